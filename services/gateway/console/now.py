"""The figures of /metrics put in order for people. Nothing is counted here a second time."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from services.gateway.backlog.service import Snapshot
from services.gateway.figures.repository import Figure
from services.gateway.parts import Parts

_LATELY_S: Final = 300.0
# As the alert has it: among fewer, chance alone makes a distance that looks like one.
_ENOUGH_ANSWERS: Final = 200
_QUEUES: Final = ("live", "bulk")
_PHASES: Final = ("wait", "work", "whole")


@dataclass(frozen=True, slots=True)
class Lane:
    """One queue. `per_second`, `claims` and `batch`: within five minutes; None where nothing was claimed."""

    queue: str
    waiting: float
    age_s: float
    per_second: float
    claims: float
    batch: float | None
    retried: float


@dataclass(frozen=True, slots=True)
class Phase:
    """Seconds of live runs that ended within five minutes."""

    name: str
    median_s: float | None
    p95_s: float | None


@dataclass(frozen=True, slots=True)
class Now:
    """Everything at one moment. `known` is false where the database could not be asked.

    `distance`: of the day's labels from the manifest's reference; see `distance_of`.
    """

    at: datetime
    known: bool
    queue: Snapshot
    lanes: list[Lane]
    phases: list[Phase]
    single: Mapping[str, float]
    failed: Mapping[str, float]
    attempts: Mapping[str, float]
    disabled: Mapping[str, float]
    mix: list[Figure]
    refused: Mapping[str, float]
    distance: float | None


class Book:
    """Figures by name and labels."""

    def __init__(self, figures: Iterable[Figure]) -> None:
        self._figures = list(figures)

    def __bool__(self) -> bool:
        return bool(self._figures)

    def named(self, name: str, **labels: str) -> list[Figure]:
        return [each for each in self._figures if each.name == name and labels.items() <= each.labels.items()]

    def one(self, name: str, **labels: str) -> float | None:
        return next((each.value for each in self.named(name, **labels)), None)

    def total(self, name: str, **labels: str) -> float:
        return sum(each.value for each in self.named(name, **labels))

    def by(self, name: str, label: str) -> dict[str, float]:
        """Return the figures added up by one label, the largest first."""
        found: dict[str, float] = {}
        for each in self.named(name):
            found[each.labels[label]] = found.get(each.labels[label], 0) + each.value
        return dict(sorted(found.items(), key=lambda item: -item[1]))


def now_of(parts: Parts) -> Now:
    """Return how things stand, by snapshots that are some seconds old at most."""
    book = Book(parts.figures.all())
    single = {name: book.total(name) for name in ("leases_lapsed", "deliveries_due", "erasures_unproved")}
    single["deliveries_due_age_seconds"] = book.total("deliveries_due_age_seconds")
    return Now(
        at=datetime.now(UTC),
        known=bool(book),
        queue=parts.backlog.snapshot(),
        lanes=[_lane(book, queue) for queue in _QUEUES],
        phases=[_phase(book, name) for name in _PHASES],
        single=single,
        failed=book.by("runs_failed_last_hour", "code"),
        attempts=book.by("delivery_attempts_last_hour", "outcome"),
        disabled=book.by("webhook_endpoints_disabled", "reason"),
        mix=sorted(book.named("results_last_day"), key=lambda each: -each.value),
        refused=book.by("photos_rejected_last_day", "reason"),
        distance=distance_of(book),
    )


def distance_of(book: Book) -> float | None:
    """Return how far the labels of a day are from the reference, 0 to 1; None without one, or for too few answers."""
    for each in book.named("label_mix_distance"):
        if book.total("results_last_day", model=each.labels["model"]) >= _ENOUGH_ANSWERS:
            return each.value
    return None


def _lane(book: Book, queue: str) -> Lane:
    return Lane(
        queue=queue,
        waiting=book.total("runs_waiting", queue=queue),
        age_s=book.total("queue_age_seconds", queue=queue),
        per_second=book.total("runs_ended_lately", queue=queue) / _LATELY_S,
        claims=book.total("claims_lately", queue=queue),
        batch=book.one("claim_runs_mean", queue=queue),
        retried=book.total("runs_retried_lately", queue=queue),
    )


def _phase(book: Book, name: str) -> Phase:
    found = {each.labels["quantile"]: each.value for each in book.named("run_seconds", phase=name)}
    return Phase(name, found.get("0.5"), found.get("0.95"))
