"""The three questions behind the figures. The functions run in the database as a role that sees every row."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

_LATELY: Final = text("SELECT name, labels, value FROM figures_lately()")
_OF_DAY: Final = text("SELECT name, labels, value FROM figures_of_day()")
_OF_DRIFT: Final = text("SELECT name, labels, value FROM figures_of_drift()")


@dataclass(frozen=True, slots=True)
class Figure:
    """One number. `name`: of its metric, without the prefix."""

    name: str
    labels: Mapping[str, str]
    value: float


Question: TypeAlias = Callable[[Session], list[Figure]]


def lately(session: Session) -> list[Figure]:
    """Return what waits now, and what became of the last minutes' work."""
    return _read(session, _LATELY)


def of_day(session: Session) -> list[Figure]:
    """Return what the models answered to the photos of the last 24 hours, and what these measured."""
    return _read(session, _OF_DAY)


def of_drift(session: Session) -> list[Figure]:
    """Return what the active model's manifest expects of photos, and how far the answers of 24 hours are from it."""
    return _read(session, _OF_DRIFT)


def _read(session: Session, question: TextClause) -> list[Figure]:
    return [
        Figure(name, {label: str(word) for label, word in labels.items()}, value)
        for name, labels, value in session.execute(question)
    ]
