"""Decides whether a photo is accepted. Order: look at it, store the object, commit the rows, ring the bell.

Nothing is promised before the commit, and nothing that happens after it can take the promise back.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, BinaryIO

from services.gateway.backlog.service import Snapshot
from services.gateway.cases.service import tell
from services.gateway.clinics.tenant import Tenant
from services.gateway.models.repository import active_model
from services.gateway.parts import Parts
from services.gateway.refusals import IdempotencyInFlight, IdempotencyKeyReused, NoActiveModel
from services.gateway.submissions import repository
from services.gateway.submissions.photo import PhotoType, inspect
from services.gateway.submissions.repository import StoredAnswer
from services.gateway.submissions.schemas import Metadata
from shared.contracts.ids import IdPrefix, new_id
from shared.contracts.tasks import TaskName
from shared.db.lifecycle import utc_deadline
from shared.db.records import NewCase
from shared.errors import StoreUnavailable
from shared.observability.logging import get_logger
from shared.storage import keys

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Submission:
    """A photo that has arrived whole, with what was said about it."""

    photo: BinaryIO
    size: int
    sha256: str
    metadata: Metadata
    idempotency_key: str | None

    def fingerprint(self) -> str:
        """Return what makes two requests the same: the photo's bytes and the meaning of the metadata."""
        return hashlib.sha256(self.sha256.encode() + b"\n" + self.metadata.canonical()).hexdigest()


@dataclass(frozen=True, slots=True)
class Accepted:
    """The body of the answer, and whether it was given before."""

    body: dict[str, Any]
    replayed: bool


def submit(parts: Parts, tenant: Tenant, submission: Submission) -> Accepted:
    """Accept a photo, or answer again what was answered under its key.

    Raises EmptyBody, UnsupportedMedia, UndecodableImage, ImageTooLarge, IdempotencyInFlight, IdempotencyKeyReused,
    BacklogFull, NoActiveModel, StoreUnavailable or DatabaseUnavailable; nothing is accepted then.
    """
    kind = inspect(submission.photo, parts.settings.max_photo_pixels)
    earlier = _answered_already(tenant, submission)
    if earlier is not None:
        return earlier
    parts.backlog.admit()
    case_id = new_id(IdPrefix.CASE)
    parts.store.put(keys.incoming(case_id), submission.photo, media_type=kind)
    try:
        accepted = _commit(tenant, submission, case_id, kind, parts.backlog.snapshot())
    except (IdempotencyInFlight, IdempotencyKeyReused, NoActiveModel):
        _forget_object(parts, case_id)
        raise
    # Any other failure may have struck during the commit, so the object stays; the sweep asks Postgres about it.
    if accepted.replayed:
        _forget_object(parts, case_id)
    else:
        _log.info("case_accepted", case_id=case_id)
        parts.doorbell.ring(TaskName.INFERENCE_DRAIN)
    return accepted


def _answered_already(tenant: Tenant, submission: Submission) -> Accepted | None:
    """A quick look without the lock, so that most repetitions write no object."""
    if submission.idempotency_key is None:
        return None
    with tenant.transaction() as session:
        stored = repository.answer_of(session, tenant.clinic_id, submission.idempotency_key)
    return _replay(stored, submission.fingerprint())


def _commit(tenant: Tenant, submission: Submission, case_id: str, kind: PhotoType, queue: Snapshot) -> Accepted:
    with tenant.transaction() as session:
        key, fingerprint = submission.idempotency_key, submission.fingerprint()
        if key is not None:
            if not repository.lock_key(session, tenant.clinic_id, key):
                raise IdempotencyInFlight("a request with this key is being worked on")
            earlier = _replay(repository.answer_of(session, tenant.clinic_id, key), fingerprint)
            if earlier is not None:
                return earlier
        model = active_model(session)
        if model is None:
            raise NoActiveModel("no model is active, so no photo can be accepted")
        row = repository.accept(session, _new_case(tenant, submission, case_id, kind, model.id))
        body = tell(row, queue).model_dump(mode="json")
        if key is not None:
            repository.keep_answer(session, tenant.clinic_id, key, case_id, StoredAnswer(fingerprint, body))
    return Accepted(body=body, replayed=False)


def _new_case(tenant: Tenant, submission: Submission, case_id: str, kind: PhotoType, model_id: str) -> NewCase:
    described = submission.metadata.model_dump(exclude={"deadline_s"})
    described["deadline_at"] = utc_deadline(datetime.now(UTC), submission.metadata.deadline_s)
    return NewCase(
        case_id=case_id,
        clinic_id=tenant.clinic_id,
        model_version_id=model_id,
        incoming_key=keys.incoming(case_id),
        source_sha256=submission.sha256,
        source_bytes=submission.size,
        source_media_type=kind,
        described=described,
    )


def _replay(stored: StoredAnswer | None, fingerprint: str) -> Accepted | None:
    if stored is None:
        return None
    if stored.fingerprint != fingerprint:
        raise IdempotencyKeyReused("this key was used for another photo or other metadata")
    return Accepted(body=stored.body, replayed=True)


def _forget_object(parts: Parts, case_id: str) -> None:
    """Delete an object that no row will name. Best effort: what stays is found by its age."""
    try:
        parts.store.delete(keys.incoming(case_id))
    except StoreUnavailable:
        _log.warning("object_left_behind", case_id=case_id)
