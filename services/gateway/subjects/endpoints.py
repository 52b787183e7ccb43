"""Routes over all that is stored of one subject: send it, erase it."""

from typing import Any, Final

from fastapi import APIRouter, Response
from fastapi.responses import StreamingResponse

from services.gateway.clinics.auth import CallerDep, ReaderDep, WriterDep
from services.gateway.consents.schemas import SubjectRef
from services.gateway.dependencies import PartsDep
from services.gateway.http_errors import declared
from services.gateway.subjects import service
from services.gateway.subjects.schemas import SubjectErasureBody

router = APIRouter(prefix="/v1/subjects/{subject_ref}", tags=["subjects"])

_USUAL: Final = ("unauthenticated", "forbidden", "validation", "database_unavailable", "internal_error")
_ZIP: Final = "application/zip"
_ARCHIVE: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "A zip. One that broke off has no table of contents at its end, so that it does not open",
        "content": {_ZIP: {"schema": {"type": "string", "format": "binary"}}},
    },
    **declared(*_USUAL, "not_found", "subject_being_erased", "store_unavailable"),
}


@router.get(
    "/export",
    operation_id="export_subject",
    response_class=Response,
    responses=_ARCHIVE,
    summary="All that is stored of a subject",
)
def export_subject(subject_ref: SubjectRef, tenant: ReaderDep, parts: PartsDep) -> Response:
    """Photos, pictures, results, events and consents, each with what it is. README.txt says what is where.

    A device gets what it may see of its subject: without probabilities where they mean nothing.
    """
    pieces = service.export(parts, tenant, subject_ref)
    # The name says nothing of the subject: downloads lie about in folders.
    headers = {"Content-Disposition": 'attachment; filename="subject-export.zip"', "Cache-Control": "no-store"}
    return StreamingResponse(pieces, media_type=_ZIP, headers=headers)


@router.delete(
    "",
    operation_id="erase_subject",
    status_code=202,
    responses=declared(*_USUAL, "not_found"),
    summary="Erase all that is stored of a subject",
)
def erase_subject(subject_ref: SubjectRef, tenant: WriterDep, caller: CallerDep, parts: PartsDep) -> SubjectErasureBody:
    """Erase every case of the subject as `DELETE /v1/cases/{case_id}` does, then its consents and its reference.

    What takes longer than some seconds goes on by itself. Sent again it tells how far that is; once it is done nothing
    is stored, and nothing is left to tell. The subject's devices are signed out at once, the one that asks among them.
    """
    return service.erase(parts, tenant, subject_ref, caller.key_id)
