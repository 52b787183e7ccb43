"""Programs of the bench: they can be imported, know their options, and make tables of figures. Nothing is timed."""

import importlib
from functools import partial
from pathlib import Path

import pytest

from bench import engine, engine_tables, paired, photos, record, scale, stack, stack_tables, tables, worker_memory
from bench.load import arrivals, burst
from bench.paired import Spread, Times
from bench.peers import PEERS
from bench.product import Run, Sent
from shared.contracts.enums import BackendName

FOLDER = Path(engine.__file__).parent
PROGRAMS = sorted(path.stem for path in FOLDER.glob("*.py"))
RULE, REFERENCE = BackendName.OPENVINO_CPU_BF16, BackendName.TORCH_CPU_FP32


@pytest.mark.parametrize("name", PROGRAMS)
def test_it_can_be_imported(name: str) -> None:
    assert importlib.import_module(f"bench.{name}").__doc__


def test_every_part_has_a_short_form() -> None:
    for parser in (engine.arguments(), scale.arguments(), stack.arguments(), worker_memory.arguments()):
        assert parser.parse_args(["--quick"]).quick
        assert not parser.parse_args([]).quick
    assert stack.arguments().parse_args([]).photos == stack.Extent().small


def test_the_short_form_is_shorter() -> None:
    short, whole = stack.QUICK, stack.Extent()
    assert (short.small, short.phone, short.idle) < (whole.small, whole.phone, whole.idle)
    assert short.busy_s < whole.busy_s
    assert short.rate_s * len(short.shares) < whole.rate_s * len(whole.shares)


def test_each_round_runs_each_contestant_once_in_an_order_of_its_own() -> None:
    ran: list[str] = []
    contestants = {name: partial(ran.append, name) for name in "abcd"}
    times = paired.interleave(contestants, rounds=6, warm_up=1)
    rounds = [ran[start : start + 4] for start in range(4, 28, 4)]
    assert all(sorted(each) == list("abcd") for each in rounds)
    assert len({tuple(each) for each in rounds}) > 1
    assert [len(times[name].clock) for name in "abcd"] == [6] * 4


def test_a_ratio_is_taken_round_by_round() -> None:
    """Where a machine is slow for a while, both of a round are."""
    assert paired.ratio([2, 20, 200], [1, 10, 100]) == Spread(2, 2, 2)
    assert Spread.of([1, 2, 3, 4, 100]) == Spread(3, 2, 4)
    assert Spread.of([7]) == Spread(7, 7, 7)


def engine_figures() -> record.Figures:
    names = [f"{what} {backend}" for what in ("plain", "ours") for backend in (RULE, REFERENCE)]
    times = {name: Times([0.016, 0.032], [0.032, 0.064]) for name in (*names, *PEERS)}
    groups = [{"input_size": 224, "batch": 8, **engine.compare(times, 8, RULE, REFERENCE)}]
    return {"rule": RULE, "reference": REFERENCE, "groups": groups}


def test_the_engine_is_told_in_milliseconds_a_photo() -> None:
    backends, peers = engine_tables.tables(engine_figures())
    assert backends.rows[0] == [RULE, "3.00", "3.00", "1.00 (1.00-1.00)"]
    assert [row[0] for row in peers.rows[2:]] == list(PEERS)
    assert "| pytorch-grad-cam GradCAM | 3.00 | 1.00 (1.00-1.00) | 1.00 (1.00-1.00) |" in peers.markdown()


def run(number: int, claimed: float, ended: float) -> Run:
    return Run(f"case_{number}", claimed, ended, {"network": 8.0, "decode": 2.0}, RULE)


def test_photos_a_second_and_batches_come_from_the_record() -> None:
    sent = [Sent(f"case_{number}", 100.0, 0.01) for number in range(10)]
    runs = [run(number, 100 + number // 5, 102 + number) for number in range(10)]
    told = stack.drained(sent, runs)
    assert told == {"photos": 10, "photos_per_s": 0.91, "photos_per_s_middle": 1.0, "mean_batch": 5.0}


def stack_figures() -> record.Figures:
    half = {
        "ours": {"photos": 8, "photos_per_s": 20.0, "photos_per_s_middle": 22.0, "mean_batch": 6.0},
        "tutorial": {"photos": 2, "photos_per_s": 4.0, "answer_ms_p50": 2000.0},
    }
    spread = {"median": 70.0, "low": 65.0, "high": 75.0}
    idle = {"photos": 3, "submit_to_done_ms": spread, "phases_ms": {"network": 20.0}, "allowed_ms": 90.0}
    rate = {"asked_per_s": 5.0, "done_per_s": 4.9, "submit_to_done_ms_p50": 80, "submit_to_done_ms_p95": 95}
    kind = {
        "bytes": 20_000,
        "backend": RULE,
        "idle": idle,
        "saturation": [half],
        "rates": {"0.25": {**rate, "mean_batch": 1.2, "one_by_one": {"submit_to_done_ms_p95": 99}}},
    }
    busy = {"bytes": 200_000, "submit_ms_p50": 20.0, "submit_ms_p99": 60.0, "put_and_commit_ms_p50": 14.0}
    return {"kinds": {photos.SMALL: kind}, "busy": {**busy, "gateway_resident_mb": 120.0}}


def test_the_whole_product_is_told_beside_the_other_server() -> None:
    saturation, latency, rates = stack_tables.tables(stack_figures())
    assert saturation.rows == [[f"{photos.SMALL}, 20 kB, {RULE}", "20.0", "22.0", "6.0", "4.0", "5.0"]]
    assert [row[1:] for row in latency.rows][:4] == [
        ["70 (65-75)", "90"],
        ["14.0", ""],
        ["20.0", ""],
        ["60.0", "70"],
    ]
    assert rates.rows == [["25%", "5.0", "4.9", "80", "95", "1.2", "99"]]
    assert len(rates.head) == 7


def test_no_two_photos_are_the_same_bytes() -> None:
    first, again = photos.photo(photos.SMALL, 0), photos.photo(photos.SMALL, 24)
    assert first != again
    assert len(first) == len(again)


def test_photos_are_sent_from_several_callers_and_none_is_left_out() -> None:
    def send(photo: bytes) -> Sent:
        return Sent(photo.decode(), 0.0, 0.0)

    given = [str(number).encode() for number in range(40)]
    expected = [str(number) for number in range(40)]
    assert [each.case_id for each in burst(send, given)] == expected
    assert [each.case_id for each in arrivals(send, given, per_s=1e5)] == expected


def test_the_page_says_what_the_results_say() -> None:
    texts = [page.read_text(encoding="utf-8") for page in tables.PAGES]
    assert {f"<!-- bench {name} -->" for name in tables.TABLES} <= set("\n".join(texts).splitlines())
    for text in texts:
        assert tables.page(text) == text, "python -m bench.tables"


def test_a_page_of_another_day_is_brought_up_to_date() -> None:
    written = "a\n<!-- bench stack -->\nold\nlines\n<!-- /bench stack -->\nb"
    assert tables.page(written) == f"a\n<!-- bench stack -->\n{tables.block('stack')}\n<!-- /bench stack -->\nb"


def test_a_busy_machine_is_said_to_be_one() -> None:
    known = record.begin(quick=True) | {"load_at_end": 3.0}
    assert "other work" in tables.circumstances(known | {"load": 3.0})
    assert "other work" not in tables.circumstances(known | {"load": 0.2})
