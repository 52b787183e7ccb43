"""Clinics, what they may do and how long their photos are kept, and their keys."""

from datetime import timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from services.gateway.clinics import service
from services.gateway.clinics.endpoints import ClinicId, KeyId
from services.gateway.clinics.schemas import CLINIC_SCOPES, ClinicChange, NewClinic, NewKey, Rotation
from services.gateway.console.cookie import PATH
from services.gateway.console.forms import Form, body_of, read_form
from services.gateway.console.gate import OperatorDep
from services.gateway.console.pages import page
from services.gateway.console.route import ConsoleRoute
from services.gateway.dependencies import PartsDep
from shared.contracts.enums import Scope

router = APIRouter(prefix=PATH, route_class=ConsoleRoute)

_PAGE: Final = 50
_SCOPES: Final = tuple(scope for scope in Scope if scope is not Scope.ADMIN)
_TERMS: Final = ("requests_per_minute", "photos_per_minute", "retention_days", "consent_text_version")


def _to(clinic_id: str) -> Response:
    return RedirectResponse(f"/console/clinics/{clinic_id}", 303)


@router.get("/clinics")
def list_clinics(
    operator: OperatorDep, parts: PartsDep, cursor: Annotated[str | None, Query(max_length=200)] = None
) -> Response:
    return page("clinics.html", operator, shown=service.page(parts.database, _PAGE, cursor))


@router.post("/clinics")
async def create_clinic(request: Request, operator: OperatorDep, parts: PartsDep) -> Response:
    form = await read_form(request, operator)
    new = body_of(NewClinic, {"name": form.one("name")})
    made = await run_in_threadpool(service.add_clinic, parts.database, new, by=operator.origin)
    return _to(made.id)


@router.get("/clinics/{clinic_id}")
def show_clinic(clinic_id: ClinicId, operator: OperatorDep, parts: PartsDep) -> Response:
    return page(
        "clinic.html",
        operator,
        clinic=service.clinic(parts.database, clinic_id),
        keys=service.keys_of(parts.database, clinic_id),
        scopes=_SCOPES,
        usual=CLINIC_SCOPES,
    )


@router.post("/clinics/{clinic_id}")
async def change_clinic(request: Request, clinic_id: ClinicId, operator: OperatorDep, parts: PartsDep) -> Response:
    """Change all that the form shows: a field that was emptied gives back what the settings allow everybody."""
    change = _terms_of(await read_form(request, operator))
    await run_in_threadpool(service.change_clinic, parts.database, clinic_id, change, by=operator.origin)
    return _to(clinic_id)


def _terms_of(form: Form) -> ClinicChange:
    said: dict[str, Any] = {"name": form.one("name"), "consent_required": form.one("consent_required") is not None}
    given = {name: form.one(name) for name in _TERMS}
    change = body_of(ClinicChange, {**said, **given})
    emptied = dict.fromkeys(name for name, value in given.items() if value is None)
    return ClinicChange(**change.model_dump(exclude_unset=True), **emptied)


@router.post("/clinics/{clinic_id}/keys")
async def create_key(request: Request, clinic_id: ClinicId, operator: OperatorDep, parts: PartsDep) -> Response:
    """Make a key, and show it on the one page that ever does."""
    form = await read_form(request, operator)
    said = {"name": form.one("name"), "expires_in_days": form.one("expires_in_days")}
    new = body_of(NewKey, {**said, "scopes": form.every("scopes") or None})
    made = await run_in_threadpool(service.create_key, parts.database, clinic_id, new, by=operator.origin)
    back = f"/console/clinics/{clinic_id}"
    return page("secret.html", operator, 201, what=f"The key {made.key_id}", secret=made.key, back=back)


@router.post("/clinics/{clinic_id}/keys/{key_id}/rotate")
async def rotate_key(
    request: Request, clinic_id: ClinicId, key_id: KeyId, operator: OperatorDep, parts: PartsDep
) -> Response:
    """Make a successor and show it; the old key counts for the time that the form names, by default not at all."""
    form = await read_form(request, operator)
    asked = body_of(Rotation, {"overlap_s": form.one("overlap_s")})
    overlap, expires_in = timedelta(seconds=asked.overlap_s), service.days(asked.expires_in_days)
    made = await run_in_threadpool(service.rotate, parts.database, key_id, overlap, expires_in, by=operator.origin)
    back = f"/console/clinics/{clinic_id}"
    return page("secret.html", operator, 201, what=f"The key {made.key_id}", secret=made.key, back=back)


@router.post("/clinics/{clinic_id}/keys/{key_id}/revoke")
async def revoke_key(
    request: Request, clinic_id: ClinicId, key_id: KeyId, operator: OperatorDep, parts: PartsDep
) -> Response:
    await read_form(request, operator)
    await run_in_threadpool(service.revoke, parts.database, key_id, by=operator.origin)
    return _to(clinic_id)
