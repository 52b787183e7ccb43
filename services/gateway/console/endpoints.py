"""All routes of the console under one path. They are no part of the API: pages may change from release to release."""

from pathlib import Path
from typing import Final

from fastapi import APIRouter, Response

from services.gateway.console import (
    audit,
    campaigns,
    cases,
    clinics,
    models,
    overview,
    sign_in,
    troubles,
    webhooks,
)
from services.gateway.console.cookie import PATH
from services.gateway.console.route import ConsoleRoute
from services.gateway.refusals import NotFound

router = APIRouter(include_in_schema=False, route_class=ConsoleRoute)

_ASSETS: Final = Path(__file__).parent / "assets"
_TYPES: Final = {"console.css": "text/css", "console.js": "text/javascript"}


@router.get(f"{PATH}/assets/{{name}}")
def asset(name: str) -> Response:
    """Answer with one of the few files by name; a name is looked up, never made into a path."""
    if name not in _TYPES:
        raise NotFound("there is no such file")
    return Response((_ASSETS / name).read_bytes(), media_type=_TYPES[name])


for _part in (sign_in, overview, troubles, clinics, cases, webhooks, campaigns, models, audit):
    router.include_router(_part.router)
