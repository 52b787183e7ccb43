"""Decides whether a photo is accepted. Order: look at it, store the object, commit the rows, ring the bell.

Nothing is promised before the commit, and nothing that happens after it can take the promise back.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO, Final, cast

from services.gateway.backlog.service import Snapshot
from services.gateway.cases.service import tell
from services.gateway.clinics.tenant import Tenant
from services.gateway.consents import admission as consents
from services.gateway.models.repository import active_model
from services.gateway.parts import Parts
from services.gateway.photo_types import PhotoType
from services.gateway.refusals import (
    ConsentRequired,
    ConsentWithdrawn,
    IdempotencyInFlight,
    IdempotencyKeyReused,
    NoActiveModel,
    SubjectBeingErased,
    TooLarge,
    UploadConsumed,
    UploadMissing,
)
from services.gateway.submissions import repository
from services.gateway.submissions.photo import inspect
from services.gateway.submissions.repository import StoredAnswer
from services.gateway.submissions.schemas import Metadata
from services.gateway.uploads import service as uploads
from services.gateway.uploads.repository import use_up
from shared.contracts.access import AccessAction
from shared.contracts.ids import IdPrefix, new_id
from shared.contracts.tasks import TaskName
from shared.db.access_log import Access
from shared.db.lifecycle import utc_deadline
from shared.db.records import NewCase
from shared.errors import CallerError, PermanentError, StoreUnavailable
from shared.observability.logging import get_logger
from shared.observability.tracing import current_traceparent
from shared.storage import keys

_log = get_logger(__name__)
_SPOOL_IN_MEMORY: Final = 1024 * 1024
# Raised before the commit and by nothing else: the photo that was stored will never be named.
_REFUSALS: Final = (
    *(IdempotencyInFlight, IdempotencyKeyReused, NoActiveModel, UploadConsumed),
    *(ConsentRequired, ConsentWithdrawn, SubjectBeingErased),
)


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for, and by which key: `identity` is what names the photo, by its bytes or as an upload."""

    identity: str
    metadata: Metadata
    idempotency_key: str | None
    key_id: str

    def fingerprint(self) -> str:
        """Return what makes two requests the same: the photo and the meaning of the metadata."""
        return hashlib.sha256(self.identity.encode() + b"\n" + self.metadata.canonical()).hexdigest()


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo that has arrived whole."""

    file: BinaryIO
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Stored:
    """A photo that lies where only we can write, under the key of a case to be."""

    case_id: str
    size: int
    sha256: str
    kind: PhotoType
    upload_id: str | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """The body of the answer, and whether it was given before."""

    body: dict[str, Any]
    replayed: bool


def submit(parts: Parts, tenant: Tenant, wish: Wish, photo: Photo) -> Accepted:
    """Accept a photo, or answer again what was answered under its key.

    Raises EmptyBody, UnsupportedMedia, UndecodableImage, ImageTooLarge, IdempotencyInFlight, IdempotencyKeyReused,
    ConsentRequired, ConsentWithdrawn, SubjectBeingErased, BacklogFull, NoActiveModel, StoreUnavailable or
    DatabaseUnavailable; nothing is accepted then.
    """
    kind = inspect(photo.file, parts.settings.max_photo_pixels)
    earlier = _look(tenant, wish)
    if earlier is not None:
        return earlier
    parts.backlog.admit()
    case_id = new_id(IdPrefix.CASE)
    with parts.tracing.span("store photo"):
        parts.store.put(keys.incoming(case_id), photo.file, media_type=kind)
    return _accept(parts, tenant, wish, Stored(case_id, photo.size, photo.sha256, kind))


def submit_upload(parts: Parts, tenant: Tenant, wish: Wish) -> Accepted:
    """Accept a photo that was uploaded directly, once.

    It is copied first, and looked at where nobody can replace it. Raises as `submit` does, and NotFound, UploadMissing,
    UploadChanged, UploadConsumed, TooLarge, DirectUploadOff.
    """
    earlier = _look(tenant, wish)
    if earlier is not None:
        return earlier
    try:
        return _take_upload(parts, tenant, wish)
    except (UploadConsumed, UploadMissing):
        # Another request may have been quicker: it counts as the first one if it is the same.
        earlier = _answered_already(tenant, wish)
        if earlier is not None:
            return earlier
        uploads.find(tenant, wish.identity)
        raise


def _take_upload(parts: Parts, tenant: Tenant, wish: Wish) -> Accepted:
    upload = uploads.find(tenant, wish.identity)
    parts.backlog.admit()
    case_id = new_id(IdPrefix.CASE)
    with parts.tracing.span("copy upload"):
        uploads.copy_to(parts, upload, keys.incoming(case_id))
    try:
        with parts.tracing.span("look at copy"):
            stored = _look_at_copy(parts, case_id, upload.id)
    except (CallerError, PermanentError):
        _forget_object(parts, case_id)
        raise
    accepted = _accept(parts, tenant, wish, stored)
    if not accepted.replayed:
        uploads.forget(parts, upload)
    return accepted


def _look_at_copy(parts: Parts, case_id: str, upload_id: str) -> Stored:
    """Read the copy once: its size, its hash and its header are what count."""
    limit = parts.settings.max_upload_bytes
    digest, size = hashlib.sha256(), 0
    with SpooledTemporaryFile(max_size=_SPOOL_IN_MEMORY) as file:
        for piece in parts.store.stream(keys.incoming(case_id)):
            size += len(piece)
            if size > limit:
                raise TooLarge(f"the photo is larger than {limit} bytes")
            digest.update(piece)
            file.write(piece)
        kind = inspect(cast("BinaryIO", file), parts.settings.max_photo_pixels)
    return Stored(case_id, size, digest.hexdigest(), kind, upload_id)


def _accept(parts: Parts, tenant: Tenant, wish: Wish, stored: Stored) -> Accepted:
    try:
        with parts.tracing.span("commit", attributes={"lesionlens.case_id": stored.case_id}):
            accepted = _commit(tenant, wish, stored, parts.backlog.snapshot())
    except _REFUSALS:
        _forget_object(parts, stored.case_id)
        raise
    # Any other failure may have struck during the commit, so the object stays; the sweep asks Postgres about it.
    if accepted.replayed:
        _forget_object(parts, stored.case_id)
    else:
        _log.info("case_accepted", case_id=stored.case_id)
        parts.doorbell.ring(TaskName.INFERENCE_DRAIN)
    return accepted


def _look(tenant: Tenant, wish: Wish) -> Accepted | None:
    """A quick look without the locks, so that most repetitions, and photos that may not be taken, write no object."""
    with tenant.transaction() as session:
        earlier = _replay(repository.answer_of(session, tenant, wish.idempotency_key), wish)
        if earlier is None:
            consents.look(session, tenant.clinic_id, wish.metadata.subject_ref, wish.metadata.consent)
        else:
            tenant.record(session, _told_again(earlier))
    return earlier


def _answered_already(tenant: Tenant, wish: Wish) -> Accepted | None:
    with tenant.transaction() as session:
        earlier = _replay(repository.answer_of(session, tenant, wish.idempotency_key), wish)
        if earlier is not None:
            tenant.record(session, _told_again(earlier))
    return earlier


def _commit(tenant: Tenant, wish: Wish, stored: Stored, queue: Snapshot) -> Accepted:
    with tenant.transaction() as session:
        key = wish.idempotency_key
        if key is not None and not repository.lock_key(session, tenant, key):
            raise IdempotencyInFlight("a request with this key is being worked on")
        earlier = _replay(repository.answer_of(session, tenant, key), wish)
        if earlier is not None:
            tenant.record(session, _told_again(earlier))
            return earlier
        subject_ref = wish.metadata.subject_ref
        agreed = consents.admit(session, tenant.clinic_id, subject_ref, wish.metadata.consent)
        model = active_model(session)
        if model is None:
            raise NoActiveModel("no model is active, so no photo can be accepted")
        row = repository.accept(session, _new_case(tenant, wish.metadata, stored, model.id))
        if agreed is not None:
            whose = consents.Whose(tenant.clinic_id, subject_ref, stored.case_id)
            consents.keep(session, whose, agreed, wish.key_id)
        upload_id = stored.upload_id
        if upload_id is not None and not use_up(session, tenant, upload_id, stored.case_id):
            raise UploadConsumed("the upload became a case before")
        body = tell(row, queue, tenant).model_dump(mode="json")
        if key is not None:
            repository.keep_answer(session, tenant, key, stored.case_id, StoredAnswer(wish.fingerprint(), body))
        tenant.record(session, Access(AccessAction.CASE_SUBMITTED, case_id=stored.case_id, version=row.case.version))
    return Accepted(body=body, replayed=False)


def _new_case(tenant: Tenant, metadata: Metadata, stored: Stored, model_id: str) -> NewCase:
    described = metadata.model_dump(exclude={"deadline_s", "consent"})
    described["deadline_at"] = utc_deadline(datetime.now(UTC), metadata.deadline_s)
    return NewCase(
        case_id=stored.case_id,
        clinic_id=tenant.clinic_id,
        model_version_id=model_id,
        incoming_key=keys.incoming(stored.case_id),
        source_sha256=stored.sha256,
        source_bytes=stored.size,
        source_media_type=stored.kind,
        described=described,
        traceparent=current_traceparent(),
    )


def _replay(stored: StoredAnswer | None, wish: Wish) -> Accepted | None:
    if stored is None:
        return None
    if stored.fingerprint != wish.fingerprint():
        raise IdempotencyKeyReused("this key was used for another photo or other metadata")
    return Accepted(body=stored.body, replayed=True)


def _told_again(accepted: Accepted) -> Access:
    return Access(AccessAction.CASE_SUBMITTED, case_id=accepted.body["id"], part="replayed")


def _forget_object(parts: Parts, case_id: str) -> None:
    """Delete an object that no row will name. Best effort: what stays is found by its age."""
    try:
        parts.store.delete(keys.incoming(case_id))
    except StoreUnavailable:
        _log.warning("object_left_behind", case_id=case_id)
