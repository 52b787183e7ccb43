"""Every SQL statement of the gateway about models, beside those of `shared.db.lifecycle`, which change their states."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from shared.contracts.enums import ModelState
from shared.contracts.manifest import ModelManifest
from shared.db import lifecycle
from shared.db.models import ModelVersion


@dataclass(frozen=True, slots=True)
class ActiveModel:
    """The model that new cases are given to."""

    id: str
    name: str
    version: str


@dataclass(frozen=True, slots=True)
class Registered:
    """A model as it stands in the registry, whose revision is at least what is said here."""

    model: ModelVersion
    active_id: str | None
    revision: int


def active_model(session: Session) -> ActiveModel | None:
    """Return the active model; there is at most one."""
    row = session.execute(
        select(ModelVersion.id, ModelVersion.name, ModelVersion.version).where(ModelVersion.state == ModelState.ACTIVE)
    ).one_or_none()
    return None if row is None else ActiveModel(*row)


def find(session: Session, model_id: str) -> Registered | None:
    """Return a model with the registry around it."""
    # First, so that what is told with it is as new or newer: an old picture under a new revision would be believed.
    revision = lifecycle.registry_revision(session)
    model = session.scalar(select(ModelVersion).where(ModelVersion.id == model_id))
    return None if model is None else Registered(model, lifecycle.active_model_id(session), revision)


def page(session: Session, *, limit: int, behind: str | None) -> list[ModelVersion]:
    """Return up to `limit` models, newest first, that come behind one; their manifests are not read."""
    query = select(ModelVersion).options(defer(ModelVersion.manifest)).order_by(ModelVersion.id.desc()).limit(limit)
    return list(session.scalars(query if behind is None else query.where(ModelVersion.id < behind)))


def is_known(session: Session, version: str) -> bool:
    return session.scalar(select(ModelVersion.id).where(ModelVersion.version == version)) is not None


def register(session: Session, manifest: ModelManifest, weights_key: str) -> tuple[str, bool]:
    return lifecycle.register_model(session, manifest, weights_key)


def activate(session: Session, model_id: str, expected: frozenset[int] | None) -> lifecycle.Activation:
    return lifecycle.activate_model(session, model_id, expected=expected)


def retire(session: Session, model_id: str) -> None:
    lifecycle.retire_model(session, model_id)
