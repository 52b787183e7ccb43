"""Every SQL statement that reads what a campaign found beside what was published before, a chunk at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Double, Select, cast, func, select
from sqlalchemy.orm import Session, aliased

from services.gateway.reruns.repository import walk_in_order
from shared.contracts.enums import ArtifactName
from shared.db.models import Artifact, RerunItem, Result, Run

CHUNK: Final = 1000
_OF_SIDE: Final = 12


@dataclass(frozen=True, slots=True)
class Side:
    """A result, or a refusal (`decision` is None), and what it came from. `network_ms`: its share of the device."""

    run_id: str
    decision: str | None
    label: str | None
    probabilities: dict[str, float] | None
    malignancy: float | None
    name: str | None
    version: str | None
    weights_sha256: str | None
    backend: str | None
    backend_checked: str | None
    code_revision: str | None
    network_ms: float | None


@dataclass(frozen=True, slots=True)
class Compared:
    """One case of a campaign; `old` is what it published when it was planned, `new` what the campaign found."""

    case_id: str
    clinic_id: str
    state: str
    skip_reason: str | None
    promotion: str | None
    error_code: str | None
    old: Side | None
    new: Side | None


def chunk(session: Session, rerun_id: str, *, behind: str) -> list[Compared]:
    """Return the next cases of a campaign, by id; none at the end."""
    walk_in_order(session)
    some = (
        select(RerunItem)
        .where(RerunItem.rerun_id == rerun_id, RerunItem.case_id > behind)
        .order_by(RerunItem.case_id)
        .limit(CHUNK)
        .subquery()
    )
    rows = session.execute(_joined(aliased(RerunItem, some)))
    return sorted((_compared(tuple(row)) for row in rows), key=lambda row: row.case_id)


def overlays(session: Session, run_ids: Sequence[str]) -> dict[str, str]:
    """Return the object of each run's overlay."""
    found = select(Artifact.run_id, Artifact.key).where(
        Artifact.run_id.in_(run_ids), Artifact.name == ArtifactName.OVERLAY
    )
    return {row.run_id: row.key for row in session.execute(found)}


def _joined(item: type[RerunItem]) -> Select[Any]:
    old, new = aliased(Result), aliased(Result)
    code = func.coalesce(Run.error_code, Run.state)
    own = (item.case_id, item.clinic_id, item.state, item.skip_reason, item.promotion, code)
    return (
        select(*own, *_side(old), *_side(new))
        .select_from(item)
        .outerjoin(Run, Run.id == item.run_id)
        .outerjoin(old, old.run_id == item.base_run_id)
        .outerjoin(new, new.run_id == item.run_id)
    )


def _side(result: type[Result]) -> list[Any]:
    return [
        result.run_id,
        result.decision,
        result.label,
        result.probabilities,
        result.malignancy,
        *(result.model[name].astext for name in ("name", "version", "weights_sha256", "backend")),
        *(result.provenance[name].astext for name in ("backend_checked", "code_revision")),
        cast(result.provenance["durations_ms"]["network"].astext, Double),
    ]


def _compared(row: tuple[Any, ...]) -> Compared:
    own, old, new = row[:6], row[6 : 6 + _OF_SIDE], row[6 + _OF_SIDE :]
    return Compared(*own, *(None if side[0] is None else Side(*side) for side in (old, new)))
