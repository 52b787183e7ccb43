"""Every SQL statement that finds out which cases a selector means, a stretch of ids at a time."""

from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import ARRAY, Select, Text, func, literal, select, text
from sqlalchemy.orm import Session

from services.gateway.reruns.schemas import Selector
from shared.db import lifecycle
from shared.db.lifecycle import Window
from shared.db.models import Case, ModelVersion, Result, Run

# Cases that one statement looks at: some tenths of a second, whatever the size of the history.
CHUNK: Final = 20_000
# Drawing a sample and finding the first case may read the whole history in one statement.
_LONG_STATEMENT: Final = text("SET LOCAL statement_timeout = '60s'")

# Row security looks to the planner as if it let one row in 200 through. It would then rather read and sort the whole
# history for each stretch of it than go along the index.
_ALONG_INDEXES: Final = text(
    "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off"
)


def go_along_indexes(session: Session) -> None:
    """For a transaction that is about one stretch of ids."""
    session.execute(_ALONG_INDEXES)


def allow_long_statements(session: Session) -> None:
    session.execute(_LONG_STATEMENT)


def chosen_by(selector: Selector, clinic_id: str | None) -> Select[Any]:
    """Return the select of `Case` that a selector stands for, but for its sample."""
    chosen = select(Case)
    clinic = clinic_id or selector.clinic_id
    if clinic is not None:
        chosen = chosen.where(Case.clinic_id == clinic)
    if selector.case_ids is not None:
        chosen = chosen.where(Case.id == func.any(literal(list(selector.case_ids), ARRAY(Text))))
    if selector.created_from is not None:
        chosen = chosen.where(Case.created_at >= selector.created_from)
    if selector.created_until is not None:
        chosen = chosen.where(Case.created_at < selector.created_until)
    return _by_published(chosen, selector)


def _by_published(chosen: Select[Any], selector: Selector) -> Select[Any]:
    if selector.decision is not None or selector.label is not None:
        chosen = chosen.join(Result, Result.run_id == Case.published_run_id)
    if selector.decision is not None:
        chosen = chosen.where(Result.decision == selector.decision)
    if selector.label is not None:
        chosen = chosen.where(Result.label == selector.label)
    if selector.model_version is not None:
        chosen = chosen.join(Run, Run.id == Case.published_run_id).join(
            ModelVersion, ModelVersion.id == Run.model_version_id
        )
        chosen = chosen.where(ModelVersion.version == selector.model_version)
    return chosen


def first(session: Session, chosen: Select[Any]) -> str | None:
    """Return the first case, by id, that is selected; None where none is."""
    return session.scalar(_ids(chosen).order_by(Case.id).limit(1))


def sample(session: Session, chosen: Select[Any], size: int, seed: int) -> list[str]:
    """Return so many of the selected cases, sorted; the same ones for the same cases and seed."""
    drawn = func.md5(func.concat(str(seed), ":", Case.id))
    return sorted(session.scalars(_ids(chosen).order_by(drawn, Case.id).limit(size)))


def end_of_chunk(session: Session, start: str, clinic_id: str | None, chunk: int) -> str | None:
    """Return the case before which a chunk that begins with `start` ends; None where it is the last chunk."""
    behind = select(Case.id).where(Case.id >= start).order_by(Case.id).offset(chunk).limit(1)
    return session.scalar(behind if clinic_id is None else behind.where(Case.clinic_id == clinic_id))


def windows_of(case_ids: list[str], chunk: int) -> Iterator[Window]:
    """Yield a list of ids in chunks, in their order."""
    for begin in range(0, len(case_ids), chunk):
        yield lifecycle.among(case_ids[begin : begin + chunk])


def _ids(chosen: Select[Any]) -> Select[tuple[str]]:
    return chosen.with_only_columns(Case.id, maintain_column_froms=True)
