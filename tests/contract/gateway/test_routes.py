"""Every route that the application has is either described and locked, or one of a few that are public."""

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from services.gateway.artifacts.schemas import Colormap
from services.gateway.main import make_api
from shared.imaging.colormap import NAMES

PUBLIC = {"/", "/page/{name}", "/app", "/app/{path:path}", "/docs", "/docs/assets", "/openapi.json"} | {
    "/healthz",
    "/metrics",
    "/readyz",
}


def paths_of(app: FastAPI) -> set[str]:
    return {str(context.path) for context in iter_route_contexts(app.routes)}


def test_nothing_else_is_served() -> None:
    """But the console, which is no part of the interface: tests/security/test_console_door.py tries all of it."""
    app = make_api()
    described = set(app.openapi()["paths"])
    pages = {path for path in paths_of(app) if path.startswith("/console")}
    assert paths_of(app) - described - pages == PUBLIC - described
    assert len(pages) > 20
    assert all(path.startswith("/v1/") for path in described - PUBLIC)


def test_colour_scales_are_those_of_the_renderer() -> None:
    assert tuple(Colormap) == NAMES
