"""Every SQL statement of the gateway about models."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.contracts.enums import ModelState
from shared.db.models import ModelVersion


@dataclass(frozen=True, slots=True)
class ActiveModel:
    """The model that new cases are given to."""

    id: str
    name: str
    version: str


def active_model(session: Session) -> ActiveModel | None:
    """Return the active model; there is at most one."""
    row = session.execute(
        select(ModelVersion.id, ModelVersion.name, ModelVersion.version).where(ModelVersion.state == ModelState.ACTIVE)
    ).one_or_none()
    return None if row is None else ActiveModel(*row)
