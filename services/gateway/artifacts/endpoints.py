"""Routes that send pictures. Stored ones are streamed as they are; the rest is drawn from what a worker stored."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Response

from services.gateway.artifacts import service
from services.gateway.artifacts.answering import Chosen, answer, drawn, layer, photo, stored
from services.gateway.artifacts.repository import Pictures
from services.gateway.artifacts.schemas import DEFAULT_ALPHA, DEFAULT_COLORMAP, Colormap
from services.gateway.cases.endpoints import CaseId
from services.gateway.clinics.auth import ReaderDep
from services.gateway.dependencies import PartsDep
from services.gateway.http_errors import declared
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
    return answer(tenant, case_id, photo(parts), if_none_match)


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
            return stored(parts, "map", service.maps_of(pictures))
        subject = service.asked_of(pictures, shown, against)
        tag = service.drawing_tag(pictures, "heatmap", subject)
        return drawn("heatmap", tag, lambda: service.draw_heatmap(parts, pictures, subject))

    return answer(tenant, case_id, choose, if_none_match, vary="Accept")


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
    return answer(tenant, case_id, layer(parts, shown, against, colormap), if_none_match)


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
            return stored(parts, "overlay", service.object_of(pictures, ArtifactName.OVERLAY))
        tag = service.drawing_tag(pictures, "overlay", subject, alpha)
        return drawn("overlay", tag, lambda: service.draw_overlay(parts, pictures, subject, alpha))

    return answer(tenant, case_id, choose, if_none_match)
