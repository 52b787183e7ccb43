"""Routes that send pictures. Stored ones are streamed as they are; the rest is drawn from what a worker stored."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
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
from services.gateway.refusals import CaseErased, NotFound
from shared.contracts.access import AccessAction
from shared.contracts.enums import ArtifactName, LesionClass
from shared.db.access_log import Access
from shared.errors import ObjectMissing

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
    codes += ["case_erased", "store_unavailable", "database_unavailable", *(["busy"] if drawn else [])]
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
    def choose(pictures: Pictures) -> Chosen:
        return _stored(parts, "image", service.image_of(pictures))

    return _answer(tenant, case_id, choose, if_none_match)


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

    def choose(pictures: Pictures) -> Chosen:
        if _NPY in accept:
            return _stored(parts, "map", service.maps_of(pictures))
        subject = service.asked_of(pictures, shown, against)
        tag = service.drawing_tag(pictures, "heatmap", subject)
        return _drawn("heatmap", tag, lambda: service.draw_heatmap(parts, pictures, subject))

    return _answer(tenant, case_id, choose, if_none_match, vary="Accept")


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
    def choose(pictures: Pictures) -> Chosen:
        subject = service.asked_of(pictures, shown, against)
        if service.is_stored(pictures, subject) and colormap is DEFAULT_COLORMAP:
            return _stored(parts, "layer", service.object_of(pictures, ArtifactName.LAYER))
        tag = service.drawing_tag(pictures, "layer", subject, colormap)
        return _drawn("layer", tag, lambda: service.draw_layer(parts, pictures, subject, colormap))

    return _answer(tenant, case_id, choose, if_none_match)


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
    def choose(pictures: Pictures) -> Chosen:
        subject = service.asked_of(pictures, shown, against)
        # The legend of the stored one says how probable the class is.
        if service.is_stored(pictures, subject) and alpha == DEFAULT_ALPHA and not pictures.veiled:
            return _stored(parts, "overlay", service.object_of(pictures, ArtifactName.OVERLAY))
        tag = service.drawing_tag(pictures, "overlay", subject, alpha)
        return _drawn("overlay", tag, lambda: service.draw_overlay(parts, pictures, subject, alpha))

    return _answer(tenant, case_id, choose, if_none_match)


@dataclass(frozen=True, slots=True)
class Chosen:
    """A picture before a byte of it is read: its name, the digest that stands for it, and what sends it."""

    name: str
    tag: str
    send: Callable[[dict[str, str]], Response]


def _answer(
    tenant: Tenant,
    case_id: str,
    choose: Callable[[Pictures], Chosen],
    if_none_match: str | None,
    vary: str | None = None,
) -> Response:
    """Look the picture up, tell the access log, and send it. Who has it already reads nothing, and is told so.

    The transaction is over before the store is asked for a byte.
    """
    with tenant.transaction() as session:
        pictures = _living(repository.pictures_of(session, tenant, case_id))
        chosen = choose(pictures)
        headers = _headers(chosen.tag, vary)
        known = matches(if_none_match, headers["ETag"])
        if not known:
            tenant.record(session, _read_of(case_id, pictures, chosen))
    if known:
        return Response(status_code=304, headers=headers)
    with _unless_gone(tenant, case_id):
        return chosen.send(headers)


def _read_of(case_id: str, pictures: Pictures, chosen: Chosen) -> Access:
    # The photo is the case's: it is there before any run is published.
    return Access(
        AccessAction.ARTIFACT_READ,
        case_id=case_id,
        subject=pictures.run_id,
        part=chosen.name,
        version=pictures.version,
    )


def _living(pictures: Pictures | None) -> Pictures:
    if pictures is None:
        raise NotFound("there is no such case")
    if pictures.erased:
        raise CaseErased
    return pictures


@contextmanager
def _unless_gone(tenant: Tenant, case_id: str) -> Iterator[None]:
    """Say of a picture that went missing behind the row that told of it whether its case was erased. Raises CaseErased.

    Where it was not, something is lost that should be there: that stays an error.
    """
    try:
        yield
    except ObjectMissing:
        with tenant.transaction() as session:
            _living(repository.pictures_of(session, tenant, case_id))
        raise


def _headers(tag: str, vary: str | None) -> dict[str, str]:
    return {
        "ETag": strong_tag(tag),
        "Cache-Control": "private, no-cache",
        "Vary": "Authorization" if vary is None else f"Authorization, {vary}",
    }


def _stored(parts: Parts, name: str, found: StoredObject) -> Chosen:
    def send(headers: dict[str, str]) -> Response:
        if found.size is not None:
            headers["Content-Length"] = str(found.size)
        return StreamingResponse(parts.store.stream(found.key), media_type=found.media_type, headers=headers)

    return Chosen(name, found.sha256, send)


def _drawn(name: str, tag: str, draw: Callable[[], Drawn]) -> Chosen:
    def send(headers: dict[str, str]) -> Response:
        drawn = draw()
        if drawn.heatmap_max is not None:
            headers["X-Heatmap-Max"] = repr(drawn.heatmap_max)
        return Response(drawn.content, media_type=drawn.media_type, headers=headers)

    return Chosen(name, tag, send)
