"""Sends a picture of a case: chosen from what there is, told to the access log, and only then read."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeAlias

from fastapi import Response
from fastapi.responses import StreamingResponse

from services.gateway.artifacts import repository, service
from services.gateway.artifacts.repository import Pictures, StoredObject
from services.gateway.artifacts.schemas import DEFAULT_COLORMAP, Colormap, Drawn
from services.gateway.clinics.tenant import Tenant
from services.gateway.conditional import matches, strong_tag
from services.gateway.parts import Parts
from services.gateway.refusals import CaseErased, NotFound
from shared.contracts.access import AccessAction
from shared.contracts.enums import ArtifactName, LesionClass
from shared.db.access_log import Access
from shared.errors import ObjectMissing


@dataclass(frozen=True, slots=True)
class Chosen:
    """A picture before a byte of it is read: its name, the digest that stands for it, and what sends it."""

    name: str
    tag: str
    send: Callable[[dict[str, str]], Response]


Choose: TypeAlias = Callable[[Pictures], Chosen]


def answer(
    tenant: Tenant,
    case_id: str,
    choose: Choose,
    if_none_match: str | None,
    *,
    vary: str | None = None,
    run_id: str | None = None,
) -> Response:
    """Look the picture up, tell the access log, and send it. Who has it already reads nothing, and is told so.

    Of the published run, or of `run_id`. The transaction is over before the store is asked for a byte. Raises NotFound,
    CaseErased, what `choose` raises, StoreUnavailable, DatabaseUnavailable.
    """
    with tenant.transaction() as session:
        pictures = _living(repository.pictures_of(session, tenant, case_id, run_id))
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


def photo(parts: Parts) -> Choose:
    """Return what chooses the stored photo."""
    return lambda pictures: stored(parts, "image", service.image_of(pictures))


def layer(parts: Parts, shown: LesionClass | None, against: LesionClass | None, colormap: Colormap) -> Choose:
    """Return what chooses the map of a class: the worker's own where it shows this, else one drawn now."""

    def choose(pictures: Pictures) -> Chosen:
        subject = service.asked_of(pictures, shown, against)
        if service.is_stored(pictures, subject) and colormap is DEFAULT_COLORMAP:
            return stored(parts, "layer", service.object_of(pictures, ArtifactName.LAYER))
        tag = service.drawing_tag(pictures, "layer", subject, colormap)
        return drawn("layer", tag, lambda: service.draw_layer(parts, pictures, subject, colormap))

    return choose


def stored(parts: Parts, name: str, found: StoredObject) -> Chosen:
    def send(headers: dict[str, str]) -> Response:
        if found.size is not None:
            headers["Content-Length"] = str(found.size)
        return StreamingResponse(parts.store.stream(found.key), media_type=found.media_type, headers=headers)

    return Chosen(name, found.sha256, send)


def drawn(name: str, tag: str, draw: Callable[[], Drawn]) -> Chosen:
    def send(headers: dict[str, str]) -> Response:
        drawn = draw()
        if drawn.heatmap_max is not None:
            headers["X-Heatmap-Max"] = repr(drawn.heatmap_max)
        return Response(drawn.content, media_type=drawn.media_type, headers=headers)

    return Chosen(name, tag, send)
