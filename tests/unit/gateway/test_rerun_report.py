"""The arithmetic of a report, against figures worked out by hand; and its page."""

import dataclasses
import io
import random
import re
from datetime import UTC, datetime
from typing import Any

from PIL import Image

from services.gateway.reruns import report_page
from services.gateway.reruns.comparisons import Compared, Side
from services.gateway.reruns.report import LARGEST, Report, Spread, largest_shift
from services.gateway.reruns.report_schemas import Change, ReportBody
from services.gateway.reruns.schemas import RerunLine, RerunOrder, TargetModel
from shared.contracts.enums import Reprocess, RerunState

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LINE = RerunLine(
    id="rrn_1",
    state=RerunState.FINISHED,
    clinic_id=None,
    target_model=TargetModel(id="mdl_1", name="<b>new</b>", version="f" * 64),
    selector={},
    reprocess=Reprocess.ALL,
    max_active=1,
    order=RerunOrder.NEWEST_FIRST,
    stop_failure_ratio=None,
    deadline=None,
    auto_promote=False,
    max_flip_ratio=None,
    counts=None,
    estimate=None,
    digest=None,
    created_at=NOW,
    expires_at=NOW,
    started_at=None,
    finished_at=None,
    stop_reason=None,
)


def side(decision: str | None = "review", label: str | None = "nv", **changes: Any) -> Side:
    known = Side(
        run_id="run_1",
        decision=decision,
        label=label,
        probabilities=None if decision is None else {"nv": 0.7, "mel": 0.3},
        malignancy=None if decision is None else 0.3,
        name="m",
        version="1" * 64,
        weights_sha256="2" * 64,
        backend="cpu",
        backend_checked="yes",
        code_revision="abc",
        network_ms=10.0,
    )
    return dataclasses.replace(known, **changes)


def case(number: int, old: Side | None, new: Side | None, state: str = "succeeded", **changes: Any) -> Compared:
    row = Compared(
        case_id=f"case_{number:03d}",
        clinic_id="cli_1",
        state=state,
        skip_reason=None,
        promotion=None,
        error_code=None,
        old=old,
        new=new,
    )
    return dataclasses.replace(row, **changes)


def told(*rows: Compared) -> ReportBody:
    found = Report()
    for row in rows:
        found.add(row)
    return found.told(LINE)


def test_nothing_compared_is_said_as_nothing() -> None:
    found = told(case(1, side(), None, "failed", error_code="decoder_crashed"), case(2, None, side()))
    assert (found.compared, found.agreement, found.probability_shift, found.first_results) == (0, None, None, 1)
    assert (found.failures, found.items) == ({"decoder_crashed": 1}, {"failed": 1, "succeeded": 1})
    assert found.before.device_seconds is None


def test_a_refusal_is_a_decision_of_its_own_in_the_matrix() -> None:
    refused = side(None, None)
    found = told(
        case(1, side("review"), side("refer")),
        case(2, side("review"), side("review")),
        case(3, refused, side("review")),
        case(4, refused, refused, "rejected"),
    )
    assert found.decisions == [
        Change(before="rejected", after="rejected", cases=1),
        Change(before="rejected", after="review", cases=1),
        Change(before="review", after="refer", cases=1),
        Change(before="review", after="review", cases=1),
    ]
    assert (found.compared, found.flips, found.agreement, found.agreeing) == (4, 2, 0.5, 2)
    assert found.labels == [Change(before="nv", after="nv", cases=2)]


def test_labels_that_one_side_lacks_are_left_out_and_said() -> None:
    other = side(label="scc", probabilities={"nv": 0.2, "scc": 0.8})
    found = told(case(1, side(), other), case(2, side(), side()))
    assert (found.unmapped_labels.before, found.unmapped_labels.after) == (["mel"], ["scc"])
    assert (found.unmapped_labels.cases, found.labels) == (1, [Change(before="nv", after="nv", cases=1)])
    found_shift = largest_shift(side(), other)
    assert found_shift is not None
    assert (round(found_shift[0], 9), found_shift[1]) == (0.5, "nv")
    assert largest_shift(side(), side(probabilities={"scc": 1.0})) is None


def test_quantiles_are_those_of_the_sorted_numbers() -> None:
    draw = random.Random(8)
    numbers = [round(draw.uniform(-1, 1), 4) for _ in range(997)] + [-1.0, 1.0, 0.0]
    spread = Spread(-1, 1)
    for number in numbers:
        spread.add(number)
    found = spread.told()
    assert found is not None
    ranked = sorted(numbers)
    ranks = {f"p{percent}": -(-len(ranked) * percent // 100) for percent in (1, 5, 10, 25, 50, 75, 90, 95, 99)}
    assert found.quantiles == {**{name: ranked[rank - 1] for name, rank in ranks.items()}, "max": 1.0}
    assert (sum(found.histogram), found.cases) == (1000, 1000)
    assert found.histogram[-1] == sum(1 for number in numbers if number >= 0.9)


def test_the_largest_shifts_are_kept_in_order_and_no_more_of_them() -> None:
    shares = [(number * 37 % 101) / 200 for number in range(120)]
    rows = [case(n, side(), side(probabilities={"nv": 0.7 - share, "mel": 0.3})) for n, share in enumerate(shares)]
    random.Random(3).shuffle(rows)
    wanted = sorted(enumerate(shares), key=lambda pair: (-pair[1], pair[0]))[:LARGEST]
    found = told(*rows).largest_shifts
    assert [each.case_id for each in found] == [f"case_{number:03d}" for number, _ in wanted]
    assert [each.shift for each in found] == [round(share, 6) for _, share in wanted]


def test_both_sides_say_where_they_come_from() -> None:
    found = told(case(1, side(), side(backend="gpu", network_ms=2.5)), case(2, side(), side(network_ms=None)))
    assert (found.backends_differ, found.other_backend) == (True, 1)
    assert (found.before.device_seconds, found.after.device_seconds) == (0.02, 0.003)
    assert [(one.backend, one.results) for one in found.after.origins] == [("gpu", 1), ("cpu", 1)]
    assert not told(case(1, side(), side())).backends_differ


def test_the_page_shows_both_overlays_and_runs_nothing() -> None:
    picture = io.BytesIO()
    Image.new("RGB", (900, 600), (200, 150, 140)).save(picture, "JPEG")
    pictures = {"run_old": picture.getvalue(), "run_new": None, "run_bad": b"no picture"}
    rows = [
        case(1, side(run_id="run_old"), side(run_id="run_old", probabilities={"nv": 0.1, "mel": 0.9})),
        case(2, side(run_id="run_new"), side(run_id="run_bad")),
    ]
    text = "".join(report_page.page(told(*rows), pictures.get))
    assert len(re.findall(r'<img alt="\w+" src="data:image/jpeg;base64,[\w+/=]{500,20000}">', text)) == 2
    assert text.count("no picture of") == 2
    assert "<script" not in text
    assert " style=" not in text
    assert "&lt;b&gt;new&lt;/b&gt;" in text
    assert "A screening aid, not a diagnosis" in text
    assert set(re.findall(r"(\w+)-src", report_page.POLICY)) == {"default", "img", "style"}
    assert not re.findall(r"https?://", text)
