"""Reads a campaign's cases chunk by chunk, each in a transaction of its own, and hands them to whoever tells them."""

import csv
import io
from collections.abc import Iterator
from typing import Any, Final

from services.gateway.clinics.tenant import Reach
from services.gateway.reruns import comparisons, report_page, telling
from services.gateway.reruns.comparisons import Compared, Side
from services.gateway.reruns.report import Report, decision_of, largest_shift
from services.gateway.reruns.report_schemas import ReportBody
from shared.contracts.access import AccessAction
from shared.db.access_log import Access
from shared.errors import ObjectMissing, StoreUnavailable
from shared.storage.base import ObjectStore

_OWN: Final = ("case_id", "clinic_id", "state", "skip_reason", "promotion", "error_code")
_OF_SIDE: Final = ("run_id", "decision", "label", "malignancy", "model_version", "backend", "device_ms")
_COLUMNS: Final = (
    *_OWN,
    *(f"{side}_{name}" for side in ("before", "after") for name in _OF_SIDE),
    "largest_shift",
    "shift_label",
)


def report(reach: Reach, rerun_id: str, part: str = "json") -> ReportBody:
    """Return the report on a campaign as it stands. Raises NotFound, DatabaseUnavailable."""
    with reach.transaction() as session:
        line = telling.tell_line(telling.found(session, reach, rerun_id))
        reach.record(session, Access(AccessAction.REPORT_READ, subject=rerun_id, part=part))
    found = Report()
    for row in _rows(reach, rerun_id):
        found.add(row)
    return found.told(line)


def page(reach: Reach, store: ObjectStore, rerun_id: str) -> Iterator[str]:
    """Return the report as a page, in pieces; everything but its pictures is read before this returns.

    Raises NotFound, DatabaseUnavailable.
    """
    found = report(reach, rerun_id, part="html")
    shown = [side.run_id for shift in found.largest_shifts for side in (shift.before, shift.after)]
    with reach.transaction() as session:
        objects = comparisons.overlays(session, shown)

    def overlay(run_id: str) -> bytes | None:
        try:
            return store.get(objects[run_id]) if run_id in objects else None
        except (ObjectMissing, StoreUnavailable):
            return None  # the page says that there is no picture; its numbers stand

    return report_page.page(found, overlay)


def lines(reach: Reach, rerun_id: str) -> Iterator[str]:
    """Return the cases as CSV (RFC 4180), in pieces. Raises NotFound, and what the database raises before the first."""
    with reach.transaction() as session:
        telling.found(session, reach, rerun_id)
        reach.record(session, Access(AccessAction.REPORT_READ, subject=rerun_id, part="csv"))
    return _csv(reach, rerun_id)


def _csv(reach: Reach, rerun_id: str) -> Iterator[str]:
    target = io.StringIO()
    writer = csv.writer(target)
    writer.writerow(_COLUMNS)
    for row in _rows(reach, rerun_id):
        writer.writerow(_line(row))
        if target.tell() > 2**16:
            yield target.getvalue()
            target.seek(0)
            target.truncate()
    yield target.getvalue()


def _rows(reach: Reach, rerun_id: str) -> Iterator[Compared]:
    behind = ""
    while True:
        with reach.transaction() as session:
            rows = comparisons.chunk(session, rerun_id, behind=behind)
        if not rows:
            return
        yield from rows
        behind = rows[-1].case_id


def _line(row: Compared) -> list[Any]:
    shift = None if row.old is None or row.new is None else largest_shift(row.old, row.new)
    own = [getattr(row, name) for name in _OWN]
    return [*own, *_side(row.old), *_side(row.new), *((None, None) if shift is None else shift)]


def _side(side: Side | None) -> list[Any]:
    if side is None:
        return [None] * len(_OF_SIDE)
    facts = (side.run_id, decision_of(side), side.label, side.malignancy, side.version, side.backend, side.network_ms)
    return list(facts)
