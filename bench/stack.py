"""The whole product on one machine beside a server as tutorials have it: photos a second, latencies, batches.

`python -m bench.stack [--quick]`. Everything runs on loopback, on free ports, on scratch data, callers included, and on
the cores that are there; nothing is left behind, after Ctrl-C either. Saturation: all photos at once, in halves that
take turns with the other server's. From submit to completed: from the first byte of the request to the commit of the
result, by the record.
"""

import argparse
import signal
import statistics
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any, Final

import httpx
from sqlalchemy import text

from bench import machine, photos, record, stack_tables
from bench.load import CALLERS, Backlog, arrivals, burst
from bench.paired import Spread
from bench.product import Product, Run, Sent, product, tutorial_server

_SHARES: Final = (0.25, 0.5, 0.75, 0.9)
_PER_S_WHILE_BUSY: Final = 4.0
_SETTLE_S: Final = 2.0
_MANY: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is done of each."""

    small: int = 400
    phone: int = 60
    for_tutorial: float = 0.25  # of as many photos
    halves: int = 2
    busy_s: float = 60.0
    idle: int = 30
    rate_s: float = 45.0
    shares: tuple[float, ...] = _SHARES

    def photos(self, kind: str) -> int:
        return self.small if kind == photos.SMALL else self.phone


QUICK: Final = Extent(small=16, phone=2, halves=1, busy_s=6.0, idle=3, rate_s=6.0, shares=(0.5,))


class Supply:
    """Photos that nobody has sent yet."""

    def __init__(self, kind: str, first: int = 0) -> None:
        self._kind = kind
        self._next = first

    def take(self, count: int) -> list[bytes]:
        first = self._next
        self._next += count
        return [photos.photo(self._kind, first + number) for number in range(count)]


def saturation(
    stack: Product, tutorial: httpx.Client, supply: Supply, count: int, extent: Extent
) -> list[dict[str, Any]]:
    """Both servers in turn, each alone at work: A B A B."""
    found = []
    for _ in range(extent.halves):
        share = max(2, count // extent.halves)
        sent = burst(stack.submit, supply.take(share))
        ours = drained(sent, stack.runs(sent, limit_s=share * 5 + 300))
        time.sleep(_SETTLE_S)
        theirs = synchronous(tutorial, supply.take(max(2, round(share * extent.for_tutorial))))
        time.sleep(_SETTLE_S)
        found.append({"ours": ours, "tutorial": theirs})
    return found


def drained(sent: Sequence[Sent], runs: Sequence[Run]) -> dict[str, float]:
    """Photos a second: from the first request to the last result, and among the middle 60 % of the results."""
    ends = [run.ended for run in runs]
    early, late = len(ends) * 2 // 10, max(len(ends) * 8 // 10 - 1, 1)
    return {
        "photos": len(runs),
        "photos_per_s": round(len(runs) / (ends[-1] - min(each.began for each in sent)), 2),
        "photos_per_s_middle": round((late - early) / max(ends[late] - ends[early], 1e-3), 2),
        "mean_batch": mean_batch(runs),
    }


def mean_batch(runs: Sequence[Run]) -> float:
    return round(len(runs) / len({run.claimed for run in runs}), 2)


def synchronous(api: httpx.Client, given: Sequence[bytes]) -> dict[str, float]:
    def ask(photo: bytes) -> Sent:
        wall, began = time.time(), time.perf_counter()
        api.post("/predict", files={"image": ("photo.jpg", photo, "image/jpeg")}).raise_for_status()
        return Sent("", wall, time.perf_counter() - began)

    began = time.perf_counter()
    answers = burst(ask, given)
    seconds = time.perf_counter() - began
    return {
        "photos": len(given),
        "photos_per_s": round(len(given) / seconds, 2),
        "answer_ms_p50": _percentile([each.took_s for each in answers], 0.5),
    }


def busy(stack: Product, seconds: float) -> dict[str, Any]:
    """How long a photo of 200 kB takes to be accepted while the worker has more than it can do.

    Beside it, in the same minute: one object of that size put into the store, and one row committed.
    """
    with stack.owner.transaction() as session:
        session.execute(text("CREATE TABLE IF NOT EXISTS bench_commits (at timestamptz NOT NULL)"))
    photo, took, direct = photos.of_200_kilobytes(), [], []
    number, deadline = 0, time.monotonic() + seconds
    with Backlog(stack, partial(photos.photo, photos.SMALL)) as backlog:
        time.sleep(_SETTLE_S)
        sent = []
        while time.monotonic() < deadline:
            due = time.monotonic() + 1 / _PER_S_WHILE_BUSY
            number += 1
            sent.append(stack.submit(photos.numbered(photo, number)))
            took.append(sent[-1].took_s)
            if number % 2:
                direct.append(put_and_commit(stack, photo, number))
            time.sleep(max(0.0, due - time.monotonic()))
        resident = stack.resident_megabytes("gateway")
    stack.runs([*sent, *backlog.sent], limit_s=300)
    return {
        "photos": len(took),
        "bytes": len(photo),
        "submit_ms_p50": _percentile(took, 0.5),
        "submit_ms_p99": _percentile(took, 0.99),
        "put_and_commit_ms_p50": _percentile(direct, 0.5),
        "p99_over_put_and_commit": round(_percentile(took, 0.99) / _percentile(direct, 0.5), 2),
        "gateway_resident_mb": resident,
    }


def put_and_commit(stack: Product, photo: bytes, number: int) -> float:
    key = f"bench/{number}"
    began = time.perf_counter()
    stack.store.put(key, photo, media_type="image/jpeg")
    with stack.owner.transaction() as session:
        session.execute(text("INSERT INTO bench_commits VALUES (now())"))
    took = time.perf_counter() - began
    stack.store.delete(key)
    return took


def idle(stack: Product, supply: Supply, count: int) -> dict[str, Any]:
    """One photo at a time with nothing else to do, from before its request to its end in a caller's hands."""
    took, sent = [], []
    for photo in supply.take(count):
        began = time.perf_counter()
        sent.append(stack.submit(photo))
        state = stack.wait_for(sent[-1].case_id)
        took.append(1000 * (time.perf_counter() - began))
        assert state == "completed", state
        time.sleep(0.2)
    runs = stack.runs(sent, limit_s=300)
    network = [run.durations_ms["network"] for run in runs]
    phases = {
        name: round(statistics.median(run.durations_ms[name] for run in runs), 1) for name in runs[0].durations_ms
    }
    allowed = 1.5 * statistics.median(network) + 60
    return {
        "photos": count,
        "submit_to_done_ms": asdict(Spread.of(took, digits=1)),
        "phases_ms": phases,
        "allowed_ms": round(allowed, 1),
    }


def at_rate(stack: Product, supply: Supply, per_s: float, seconds: float) -> dict[str, float]:
    """Photos that arrive at random moments, on average so many a second."""
    sent = arrivals(stack.submit, supply.take(max(2, round(per_s * seconds))), per_s)
    runs = stack.runs(sent, limit_s=300 + 10 * seconds)
    began = {each.case_id: each.began for each in sent}
    waited = [run.ended - began[run.case_id] for run in runs]
    return {
        "photos": len(runs),
        "asked_per_s": round(per_s, 2),
        "done_per_s": round(len(runs) / (runs[-1].ended - min(began.values())), 2),
        "submit_to_done_ms_p50": _percentile(waited, 0.5),
        "submit_to_done_ms_p95": _percentile(waited, 0.95),
        "mean_batch": mean_batch(runs),
    }


def of_kind(stack: Product, tutorial: httpx.Client, kind: str, extent: Extent) -> dict[str, Any]:
    supply = Supply(kind)
    size = statistics.mean(len(photo) for photo in supply.take(4))
    say(f"{kind}: warming up")
    warm = burst(stack.submit, supply.take(CALLERS))
    [run, *_] = stack.runs(warm, limit_s=300)
    synchronous(tutorial, supply.take(2))
    say(f"{kind}: idle")
    alone = idle(stack, supply, extent.idle)
    say(f"{kind}: saturation, in turn with the tutorial's server")
    full = saturation(stack, tutorial, supply, extent.photos(kind), extent)
    return {"bytes": round(size), "backend": run.backend, "idle": alone, "saturation": full}


def rates(stack: Product, kind: str, most: float, extent: Extent, singly: Product | None = None) -> dict[str, Any]:
    """By share of saturation (`most`, photos a second); and the same on a worker that claims one photo at a time."""
    supply = Supply(kind, first=_MANY)
    found: dict[str, Any] = {}
    for share in extent.shares:
        say(f"{kind}: arrivals at {share:.0%} of saturation")
        row: dict[str, Any] = dict(at_rate(stack, supply, most * share, extent.rate_s))
        if singly:
            row["one_by_one"] = at_rate(singly, supply, most * share, extent.rate_s)
        found[f"{share:.2f}"] = row
    return found


def middle(found: dict[str, Any]) -> float:
    """Photos a second at saturation."""
    return float(statistics.median(half["ours"]["photos_per_s_middle"] for half in found["saturation"]))


def measure(extent: Extent) -> dict[str, Any]:
    with product() as stack:
        with tutorial_server() as tutorial:
            kinds = {kind: of_kind(stack, tutorial, kind, extent) for kind in (photos.SMALL, photos.PHONE)}
        phone, small = kinds[photos.PHONE], kinds[photos.SMALL]
        phone["rates"] = rates(stack, photos.PHONE, middle(phone), extent)
        say("submitting while the worker is busy")
        beside = busy(stack, extent.busy_s)
        say("starting a second product, whose worker claims one photo at a time")
        with product(BATCH_SIZE="1") as singly:
            warm = burst(singly.submit, Supply(photos.SMALL).take(CALLERS))
            singly.runs(warm, limit_s=300)
            small["rates"] = rates(stack, photos.SMALL, middle(small), extent, singly)
    return {"kinds": kinds, "busy": beside}


def say(what: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {what}", flush=True)


def _percentile(seconds: Sequence[float], share: float) -> float:
    """In milliseconds."""
    ordered = sorted(seconds)
    return round(1000 * ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))], 1)


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--photos", type=int, default=Extent().small, help="small photos of the bursts, all halves together"
    )
    parser.add_argument("--quick", action="store_true", help="a few photos, to see that it works")
    return parser


def main() -> None:
    options = arguments().parse_args()
    extent = QUICK if options.quick else replace(Extent(), small=options.photos)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    began = time.monotonic()
    figures = record.begin(quick=options.quick) | {"callers": CALLERS}
    try:
        figures |= measure(extent)
    except KeyboardInterrupt:
        raise SystemExit("stopped; nothing was written") from None
    figures |= {"load_at_end": machine.load(), "seconds": round(time.monotonic() - began)}
    for table in stack_tables.tables(figures):
        table.show()
    print(f"written to {record.save('stack', figures)}")


if __name__ == "__main__":
    main()
