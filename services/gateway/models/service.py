"""Decides what becomes a model of the registry, and which one new cases are given to."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from services.gateway import paging
from services.gateway.conditional import revision_tag, revisions
from services.gateway.models import repository
from services.gateway.models.form import ModelForm
from services.gateway.models.repository import Registered
from services.gateway.models.schemas import Measured, ModelBody, ModelLine, ModelPage
from services.gateway.models.weights_file import check_weights
from services.gateway.parts import Parts
from services.gateway.refusals import (
    FieldProblem,
    NotFound,
    PreconditionRequired,
    RegistrationBusy,
    ValidationFailed,
    WeightsMismatch,
)
from shared.contracts.access import AccessAction
from shared.contracts.enums import ModelState
from shared.contracts.ids import IdPrefix
from shared.contracts.manifest import ManifestInvalid, ModelManifest, parse_manifest
from shared.db.access_log import Access, Origin, record_access
from shared.db.models import ModelVersion
from shared.db.session import Database
from shared.errors import ObjectMissing
from shared.observability.logging import get_logger
from shared.storage import keys

_log = get_logger(__name__)
_NO_SUCH_MODEL = "there is no such model"
_QUERY = paging.Query("models", {}, ids=IdPrefix.MODEL)


@dataclass(frozen=True, slots=True)
class Told:
    """A model, and the tag of the registry that it was found in."""

    body: ModelBody
    tag: str


@contextmanager
def place(parts: Parts) -> Iterator[None]:
    """Hold the one place for a model on its way in. Raises RegistrationBusy at once where it is taken."""
    if not parts.model_place.acquire(blocking=False):
        raise RegistrationBusy("another model is being taken in")
    try:
        yield
    finally:
        parts.model_place.release()


def read(database: Database, model_id: str) -> Told:
    """Return one model. Raises NotFound, DatabaseUnavailable."""
    with database.transaction() as session:
        found = repository.find(session, model_id)
    if found is None:
        raise NotFound(_NO_SUCH_MODEL)
    return _tell(found)


def page(database: Database, limit: int, cursor: str | None = None) -> ModelPage:
    """Return models, newest first. Raises ValidationFailed for the cursor, DatabaseUnavailable."""
    behind = None if cursor is None else _QUERY.decode(cursor).id
    with database.transaction() as session:
        rows = repository.page(session, limit=limit + 1, behind=behind)
    following = _QUERY.encode(paging.Position(rows[limit - 1].id)) if len(rows) > limit else None
    return ModelPage(items=[tell_line(row) for row in rows[:limit]], next_cursor=following)


def register(parts: Parts, form: ModelForm, by: Origin) -> tuple[Told, bool]:
    """Take a model in as a candidate, and say whether it is new: the same version twice is one.

    The objects are stored before the row that names them. Raises ValidationFailed naming the manifest's field,
    WeightsMismatch, WeightsInvalid, StoreUnavailable or DatabaseUnavailable; nothing is registered then.
    """
    manifest = _read_manifest(form.manifest)
    _check_card(form.card)
    if form.weights.sha256 != manifest.weights.sha256:
        raise WeightsMismatch("the sha256 of the weights is not the manifest's")
    check_weights(form.weights_file(), form.weights.size)
    _store(parts, form, manifest)
    with parts.database.transaction() as session:
        model_id, is_new = repository.register(session, manifest, keys.weights(manifest.weights.sha256))
        record_access(session, by, Access(AccessAction.MODEL_REGISTERED, subject=model_id))
    if is_new:
        _log.info("model_registered", model_id=model_id, version=manifest.digest)
    return read(parts.database, model_id), is_new


def activate(database: Database, model_id: str, if_match: str | None, by: Origin) -> Told:
    """Give new cases to this model from now on.

    Raises PreconditionRequired, RegistryChanged where a state has changed since the caller looked, ModelUnknown,
    DatabaseUnavailable.
    """
    if if_match is None:
        raise PreconditionRequired("send If-Match with the ETag of a model, as you last saw it")
    with database.transaction() as session:
        switched = repository.activate(session, model_id, revisions(if_match))
        record_access(session, by, Access(AccessAction.MODEL_ACTIVATED, subject=model_id))
    if switched.before != switched.after:
        _log.info("model_activated", before=switched.before, after=switched.after, key_id=by.key_id)
    return read(database, model_id)


def retire(database: Database, model_id: str, by: Origin) -> Told:
    """Say that a model is not to be used again. Raises ModelActive, ModelUnknown, DatabaseUnavailable."""
    with database.transaction() as session:
        repository.retire(session, model_id)
        record_access(session, by, Access(AccessAction.MODEL_RETIRED, subject=model_id))
    _log.info("model_retired", model_id=model_id, key_id=by.key_id)
    return read(database, model_id)


def card(parts: Parts, model_id: str) -> Iterator[bytes]:
    """Return a model's card. Raises NotFound, StoreUnavailable, DatabaseUnavailable."""
    version = read(parts.database, model_id).body.version
    try:
        return parts.store.stream(keys.card(version))
    except ObjectMissing as error:
        raise NotFound("the model came without a card") from error


def tell_line(model: ModelVersion) -> ModelLine:
    return ModelLine(
        id=model.id,
        name=model.name,
        version=model.version,
        state=ModelState(model.state),
        created_at=model.created_at,
        activated_at=model.activated_at,
        retired_at=model.retired_at,
    )


def _store(parts: Parts, form: ModelForm, manifest: ModelManifest) -> None:
    key = keys.weights(manifest.weights.sha256)
    with parts.database.transaction() as session:
        known = repository.is_known(session, manifest.digest)
    if not known or parts.store.head(key) is None:
        parts.store.put(key, form.weights_file(), media_type="application/octet-stream")
    if form.card is not None:
        parts.store.put(keys.card(manifest.digest), form.card, media_type="text/markdown")


def _read_manifest(content: bytes) -> ModelManifest:
    try:
        return parse_manifest(content)
    except ManifestInvalid as error:
        problems = [FieldProblem(("body", "manifest", *fault.loc), fault.code, fault.message) for fault in error.faults]
        raise ValidationFailed("the manifest does not fit", problems) from None


def _check_card(content: bytes | None) -> None:
    try:
        (content or b"").decode()
    except UnicodeDecodeError:
        problem = FieldProblem(("body", "card"), "not_text", "the card is no UTF-8 text")
        raise ValidationFailed("the card does not fit", [problem]) from None


def _tell(found: Registered) -> Told:
    manifest = parse_manifest(json.dumps(found.model.manifest).encode())
    body = ModelBody(
        **tell_line(found.model).model_dump(),
        active_model_id=found.active_id,
        status=manifest.status,
        intended_use=manifest.intended_use,
        modalities=list(manifest.modalities),
        architecture=manifest.architecture,
        head=manifest.head,
        input_size=manifest.preprocessing.input_size,
        labels=list(manifest.labels),
        malignant_labels=list(manifest.malignant_labels),
        temperature=manifest.temperature,
        thresholds=manifest.thresholds,
        out_of_distribution=manifest.out_of_distribution,
        backends=list(manifest.backends),
        metrics=[Measured(**metric.model_dump()) for metric in manifest.metrics],
        training_data=list(manifest.training_data),
        weights_sha256=manifest.weights.sha256,
        weights_format=manifest.weights.format,
    )
    return Told(body, revision_tag(found.revision))
