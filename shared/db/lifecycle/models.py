"""The life of a model version: registered as a candidate, active, retired, and active again by a roll back.

At most one is active. Whoever is to change a state holds the registry's one row for the rest of the transaction, so
that two administrators come one after the other; the revision in it, which a trigger counts up with each change, tells
the second one that the registry is not what it saw.
"""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from shared.contracts.enums import ModelState
from shared.contracts.ids import IdPrefix, new_id
from shared.contracts.manifest import ModelManifest, json_content
from shared.db.lifecycle.transitions import BULK
from shared.db.models import ModelRegistry, ModelVersion
from shared.errors import ModelActive, ModelUnknown, RegistryChanged


@dataclass(frozen=True, slots=True)
class Activation:
    """Which model took over from which; `before` is None where none was active, and the same where nothing changed."""

    before: str | None
    after: str


def register_model(session: Session, manifest: ModelManifest, weights_key: str) -> tuple[str, bool]:
    """Return the id of this version, and whether it is new: a candidate then. Its weights lie in the store already."""
    made = session.scalar(
        insert(ModelVersion)
        .values(
            id=new_id(IdPrefix.MODEL),
            name=manifest.name,
            version=manifest.digest,
            state=ModelState.CANDIDATE,
            manifest=json_content(manifest),
            weights_sha256=manifest.weights.sha256,
            weights_key=weights_key,
        )
        .on_conflict_do_nothing(index_elements=[ModelVersion.version])
        .returning(ModelVersion.id)
    )
    if made is not None:
        return made, True
    # Another transaction may have been quicker by a moment; it has committed by now, or the insert would still wait.
    known = session.execute(select(ModelVersion.id).where(ModelVersion.version == manifest.digest)).scalar_one()
    return known, False


def registry_revision(session: Session) -> int:
    """Return how often a state has changed: what a compare-and-set compares with."""
    return session.execute(select(ModelRegistry.revision)).scalar_one()


def activate_model(session: Session, model_id: str, *, expected: Collection[int] | None = None) -> Activation:
    """Make a model the one that new cases are given to, and retire the one that was. The active one stays as it is.

    `expected`: the registry's revision as the caller has seen it. Raises RegistryChanged where it is another by now,
    ModelUnknown where there is no such model.
    """
    _hold_registry(session, expected)
    if _state(session, model_id) is None:
        raise ModelUnknown(f"there is no model {model_id}")
    active = active_model_id(session)
    if active != model_id:
        # In this order: at no moment, not even within a transaction, does the index find two.
        if active is not None:
            _set_state(session, active, ModelState.RETIRED)
        _set_state(session, model_id, ModelState.ACTIVE)
    return Activation(active, model_id)


def retire_model(session: Session, model_id: str) -> None:
    """Say that a model is not to be used again; one that was retired before stays as it is.

    Raises ModelActive for the active one, without which no photo could be accepted, and ModelUnknown.
    """
    _hold_registry(session, None)
    state = _state(session, model_id)
    if state is None:
        raise ModelUnknown(f"there is no model {model_id}")
    if state is ModelState.ACTIVE:
        raise ModelActive("the model is active: activate another one, which retires this one")
    if state is not ModelState.RETIRED:
        _set_state(session, model_id, ModelState.RETIRED)


def active_model_id(session: Session) -> str | None:
    """Return the id of the active model, if there is one."""
    return session.scalar(select(ModelVersion.id).where(ModelVersion.state == ModelState.ACTIVE))


def _hold_registry(session: Session, expected: Collection[int] | None) -> None:
    revision = session.execute(select(ModelRegistry.revision).with_for_update()).scalar_one()
    if expected is not None and revision not in expected:
        raise RegistryChanged("a model was activated or retired meanwhile: look at the registry again")


def _state(session: Session, model_id: str) -> ModelState | None:
    state = session.scalar(select(ModelVersion.state).where(ModelVersion.id == model_id))
    return None if state is None else ModelState(state)


def _set_state(session: Session, model_id: str, state: ModelState) -> None:
    times = (
        {"activated_at": func.now(), "retired_at": None} if state is ModelState.ACTIVE else {"retired_at": func.now()}
    )
    session.execute(
        update(ModelVersion).where(ModelVersion.id == model_id).values(state=state, **times),
        execution_options=BULK,
    )
