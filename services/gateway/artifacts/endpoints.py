"""Routes that send pictures. Stored ones are streamed as they are; the rest is drawn from what a worker stored."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Response
from fastapi.responses import StreamingResponse

from services.gateway.artifacts import repository, service
from services.gateway.artifacts.repository import Pictures, StoredObject
from services.gateway.artifacts.schemas import DEFAULT_ALPHA, DEFAULT_COLORMAP, Colormap, Drawn
from services.gateway.cases.endpoints import CaseId
from services.gateway.clinics.auth import ReaderDep
from services.gateway.clinics.tenant import Tenant
from services.gateway.conditional import matches, strong_tag
from services.gateway.dependencies import PartsDep
from services.gateway.http_errors import declared
from services.gateway.parts import Parts
from services.gateway.refusals import NotFound
from shared.contracts.enums import ArtifactName, LesionClass

router = APIRouter(prefix="/v1/cases/{case_id}", tags=["pictures"])

IfNoneMatch = Annotated[str | None, Header(max_length=4096)]
ShownClass = Annotated[
    LesionClass | None, Query(alias="class", description="Default: the class that the result explains")
]
Against = Annotated[
    LesionClass | None, Query(description="Show what speaks for the class rather than for this one: a contrast")
]
_NPY = "application/x-npy"
_BINARY = {"type": "string", "format": "binary"}


def _may_answer(*media_types: str, drawn: bool = True) -> dict[int | str, dict[str, Any]]:
    codes = ["unauthenticated", "forbidden", "not_found", "artifact_not_ready", "validation", "internal_error"]
    codes += ["store_unavailable", "database_unavailable", *(["busy"] if drawn else [])]
    return {
        200: {"description": "The picture", "content": {kind: {"schema": _BINARY} for kind in media_types}},
        304: {"description": "The picture is still the one that was asked about"},
        **declared(*codes),
    }


@router.get(
    "/image",
    operation_id="get_image",
    response_class=Response,
    responses=_may_answer("image/jpeg", "image/png", drawn=False),
    summary="The stored photo: upright, sRGB, without metadata",
)
def get_image(case_id: CaseId, tenant: ReaderDep, parts: PartsDep, if_none_match: IfNoneMatch = None) -> Response:
    return _stored(parts, service.image_of(_pictures(tenant, case_id)), if_none_match)


@router.get(
    "/heatmap",
    operation_id="get_heatmap",
    response_class=Response,
    responses=_may_answer("image/png", _NPY),
    summary="The map of one class as data",
)
def get_heatmap(
    case_id: CaseId,
    tenant: ReaderDep,
    parts: PartsDep,
    *,
    shown: ShownClass = None,
    against: Against = None,
    accept: Annotated[str, Header(max_length=1024)] = "",
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Return the positive evidence as a 16-bit grey PNG, one pixel a cell, 65535 = the logits in `X-Heatmap-Max`.

    With `Accept: application/x-npy`: the signed maps of all classes as a numpy file, float16 [7, h, w], in logits.
    """
    pictures = _pictures(tenant, case_id)
    if _NPY in accept:
        return _stored(parts, service.object_of(pictures, ArtifactName.MAP), if_none_match, vary="Accept")
    subject = service.asked_of(pictures, shown, against)
    tag = service.drawing_tag(pictures, "heatmap", subject)
    return _drawn(tag, if_none_match, lambda: service.draw_heatmap(parts, pictures, subject), vary="Accept")


@router.get(
    "/layer",
    operation_id="get_layer",
    response_class=Response,
    responses=_may_answer("image/png"),
    summary="The map of one class, to be laid over the photo: transparent where there is no evidence",
)
def get_layer(
    case_id: CaseId,
    tenant: ReaderDep,
    parts: PartsDep,
    *,
    shown: ShownClass = None,
    against: Against = None,
    colormap: Colormap = DEFAULT_COLORMAP,
    if_none_match: IfNoneMatch = None,
) -> Response:
    pictures = _pictures(tenant, case_id)
    subject = service.asked_of(pictures, shown, against)
    if service.is_stored(pictures, subject) and colormap is DEFAULT_COLORMAP:
        return _stored(parts, service.object_of(pictures, ArtifactName.LAYER), if_none_match)
    tag = service.drawing_tag(pictures, "layer", subject, colormap)
    return _drawn(tag, if_none_match, lambda: service.draw_layer(parts, pictures, subject, colormap))


@router.get(
    "/overlay",
    operation_id="get_overlay",
    response_class=Response,
    responses=_may_answer("image/jpeg"),
    summary="Photo and map of one class blended, with a legend",
)
def get_overlay(
    case_id: CaseId,
    tenant: ReaderDep,
    parts: PartsDep,
    *,
    shown: ShownClass = None,
    against: Against = None,
    alpha: Annotated[float, Query(ge=0, le=1)] = DEFAULT_ALPHA,
    if_none_match: IfNoneMatch = None,
) -> Response:
    pictures = _pictures(tenant, case_id)
    subject = service.asked_of(pictures, shown, against)
    if service.is_stored(pictures, subject) and alpha == DEFAULT_ALPHA:
        return _stored(parts, service.object_of(pictures, ArtifactName.OVERLAY), if_none_match)
    tag = service.drawing_tag(pictures, "overlay", subject, alpha)
    return _drawn(tag, if_none_match, lambda: service.draw_overlay(parts, pictures, subject, alpha))


def _pictures(tenant: Tenant, case_id: str) -> Pictures:
    """Look the pictures up. The transaction is over before the store is asked for a byte."""
    with tenant.transaction() as session:
        pictures = repository.pictures_of(session, tenant.clinic_id, case_id)
    if pictures is None:
        raise NotFound("there is no such case")
    return pictures


def _headers(tag: str, vary: str | None) -> dict[str, str]:
    return {
        "ETag": strong_tag(tag),
        "Cache-Control": "private, no-cache",
        "Vary": "Authorization" if vary is None else f"Authorization, {vary}",
    }


def _stored(parts: Parts, found: StoredObject, if_none_match: str | None, vary: str | None = None) -> Response:
    headers = _headers(found.sha256, vary)
    if matches(if_none_match, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    if found.size is not None:
        headers["Content-Length"] = str(found.size)
    return StreamingResponse(parts.store.stream(found.key), media_type=found.media_type, headers=headers)


def _drawn(tag: str, if_none_match: str | None, draw: Callable[[], Drawn], vary: str | None = None) -> Response:
    headers = _headers(tag, vary)
    if matches(if_none_match, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    drawn = draw()
    if drawn.heatmap_max is not None:
        headers["X-Heatmap-Max"] = repr(drawn.heatmap_max)
    return Response(drawn.content, media_type=drawn.media_type, headers=headers)
