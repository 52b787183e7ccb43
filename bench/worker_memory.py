"""Memory of the inference worker over many photos, and how long it takes to start: `python -m bench.worker_memory`.

The worker is the process that is deployed, with Postgres, Valkey and an S3 server of that minute. Photos of mixed sizes
wait for it all the time. Every few seconds the memory of its processes is read; the slope is that of a straight line
through the last 80 % of the photos. Start to ready: from before the process begins until it says that it is ready, with
nothing kept on disk (weights fetched, network compiled) and with what an earlier start has kept, in turn.
"""

import argparse
import io
import signal
import statistics
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

from sqlalchemy import text

from bench import machine, photos, record, worker_memory_tables
from bench.photo_ward import Ward, open_ward
from bench.worker_process import WorkerProcess, worker_process
from samples.lesion_photo import draw_lesion
from services.standalone.servers import scratch_folder, start_valkey

MODEL: Final = Path(__file__).parents[1] / "models" / "lesionlens-dermoscopy"
PHOTOS: Final = 10_000
STARTS: Final = 3
LAST: Final = 0.8
"""The share of the photos that counts for the slope: before that, caches and heaps fill."""
AT_END: Final = 0.3
"""And for a second one: by then the rare steps, where more happens at once than before, should be over."""
_WAITING: Final = 48
_SAMPLE_S: Final = 3.0
_LOOK_S: Final = 0.1
_STALL_S: Final = 120.0
_DRAWINGS: Final = 3
_ENDS: Final = text("SELECT state, count(*) FROM runs WHERE state NOT IN ('queued', 'running') GROUP BY state")
Kind = tuple[int, int, str]
_SMALL: Final[Kind] = (341, 256, "JPEG")
_DATA_SET: Final[Kind] = (600, 450, "JPEG")
_UPRIGHT: Final[Kind] = (768, 1024, "JPEG")
_PHONE: Final[Kind] = (4000, 3000, "JPEG")
MIX: Final[tuple[Kind, ...]] = (
    *([_SMALL] * 4 + [_DATA_SET, _UPRIGHT]),
    *([_SMALL] * 4 + [_DATA_SET, (450, 450, "PNG")]),
    *([_SMALL] * 3 + [_DATA_SET] * 3 + [_UPRIGHT, _PHONE]),
)
"""In turn, again and again."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Megabytes by role once so many photos had ended."""

    photos: int
    seconds: float
    pss: dict[str, float]
    rss: dict[str, float]


@dataclass
class Watch:
    """What is seen of a worker while it works."""

    worker: WorkerProcess
    began: float = field(default_factory=time.monotonic)
    samples: list[Sample] = field(default_factory=list)

    def look(self, done: int) -> None:
        """Take a sample if it is time for one."""
        now = time.monotonic() - self.began
        if self.samples and now < self.samples[-1].seconds + _SAMPLE_S:
            return
        memory = self.worker.memory()
        pss, rss = (
            {role: round(getattr(of_role, kind), 2) for role, of_role in memory.items()} for kind in ("pss", "rss")
        )
        self.samples.append(Sample(done, round(now, 1), pss, rss))


def photo(number: int) -> bytes:
    """The photo of that number: sizes take turns, and hardly two have the same bytes."""
    kind = MIX[number % len(MIX)]
    if kind == _PHONE:
        return photos.photo(photos.PHONE, number)
    drawn = _drawn(kind, number % _DRAWINGS)
    return photos.numbered(drawn, number) if kind[2] == "JPEG" else drawn


@cache
def _drawn(kind: Kind, seed: int) -> bytes:
    width, height, image_format = kind
    target = io.BytesIO()
    draw_lesion(seed, (width, height)).save(target, image_format)
    return target.getvalue()


def work(ward: Ward, worker: WorkerProcess, count: int) -> dict[str, Any]:
    """Put so many photos through, with some waiting all the time."""
    watch, sent, done, moved = Watch(worker), 0, 0, time.monotonic()
    while done < count:
        watch.look(done)
        while sent < min(count, done + _WAITING):
            ward.submit([photo(sent)])
            sent += 1
        time.sleep(_LOOK_S)
        now_done = sum(_ends(ward).values())
        moved = time.monotonic() if now_done > done else moved
        done = now_done
        assert time.monotonic() < moved + _STALL_S, f"the worker stands still at {done} of {count} photos"
    seconds = time.monotonic() - watch.began
    return {
        "photos": count,
        "seconds": round(seconds),
        "photos_per_s": round(count / seconds, 1),
        "ends": _ends(ward),
        **told(watch.samples),
        "highest_rss_mb": {role: round(of_role.highest) for role, of_role in worker.memory().items()},
        "samples": [asdict(sample) for sample in watch.samples],
    }


def told(samples: Sequence[Sample]) -> dict[str, Any]:
    """What the samples come to. Growth is that of RSS: PSS also grows where a stranger who shared libraries ends."""
    pss = {role: _spread([sample.pss[role] for sample in samples]) for role in samples[0].pss}
    return {
        "last": LAST,
        "at_end": AT_END,
        "pss_mb": pss | {"all": _spread([sum(sample.pss.values()) for sample in samples])},
        "rss_mb": {"all": _spread([sum(sample.rss.values()) for sample in samples])},
        "slope_kb_per_1000": _slopes(samples, LAST),
        "slope_at_end_kb_per_1000": _slopes(samples, AT_END),
    }


def _slopes(samples: Sequence[Sample], last: float) -> dict[str, dict[str, float]]:
    late = [sample for sample in samples if sample.photos >= (1 - last) * samples[-1].photos]
    found = {role: slope([(sample.photos, sample.rss[role]) for sample in late]) for role in late[0].rss}
    return found | {"all": slope([(sample.photos, sum(sample.rss.values())) for sample in late])}


def slope(points: Sequence[tuple[int, float]]) -> dict[str, float]:
    """Kilobytes a thousand photos, of (photos, megabytes), by least squares; with its standard error.

    Readings soon after each other are alike, so the true error is rather larger.
    """
    xs, ys = [x / 1000 for x, _ in points], [1000 * y for _, y in points]
    by, offset = statistics.linear_regression(xs, ys)
    rest = sum((y - offset - by * x) ** 2 for x, y in zip(xs, ys, strict=True)) / max(1, len(xs) - 2)
    mean = statistics.fmean(xs)
    return {"value": round(by), "error": round((rest / sum((x - mean) ** 2 for x in xs)) ** 0.5)}


def starts(environment: dict[str, str], folder: Path, count: int) -> dict[str, Any]:
    """Seconds from start to ready, without and with what an earlier start kept, in turn; and CPU time of that."""
    found: dict[str, Any] = {name: {"seconds": [], "core_s": []} for name in ("cold", "warm")}
    load = machine.load()
    for number in range(count):
        for name in ("cold", "warm"):
            with worker_process(environment, folder / f"caches-{number}") as worker:
                found[name]["seconds"].append(round(worker.ready_after_s, 2))
                found[name]["core_s"].append(round(worker.core_s, 2))
                print(f"ready after {worker.ready_after_s:.1f} s, {worker.core_s:.1f} core-s, {name}", flush=True)
    return found | {"load": load, "load_at_end": machine.load()}


def measure(count: int, times: int) -> dict[str, Any]:
    """Starts alone for no photos."""
    with open_ward(MODEL) as ward, scratch_folder() as folder, start_valkey(folder / "valkey") as valkey:
        environment = ward.environment | {"REDIS_URL": valkey.url, "POLL_INTERVAL_S": "0.2"}
        found = {"start": starts(environment, folder, times)}
        if not count:
            return found
        with worker_process(environment, folder / "caches-0") as worker:
            return found | work(ward, worker, count)


def _ends(ward: Ward) -> dict[str, int]:
    with ward.database.transaction() as session:
        return {str(state): int(count) for state, count in session.execute(_ENDS).all()}


def _spread(values: Sequence[float]) -> dict[str, float]:
    return {"ready": round(values[0]), "median": round(statistics.median(values)), "peak": round(max(values))}


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.worker_memory", description=__doc__)
    parser.add_argument("photos", type=int, nargs="?", default=PHOTOS)
    parser.add_argument("--starts", action="store_true", help="measure the starts anew, and no photos")
    parser.add_argument("--quick", action="store_true", help="a few photos, to see that it works")
    return parser


def main() -> None:
    options = arguments().parse_args()
    count, times = (60, 1) if options.quick else (options.photos, STARTS)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    figures = (record.read("worker_memory") if options.starts else None) or record.begin(quick=options.quick)
    try:
        figures |= measure(0 if options.starts else count, times)
    except KeyboardInterrupt:
        raise SystemExit("stopped; nothing was written") from None
    if not options.starts:
        figures["load_at_end"] = machine.load()
    for table in worker_memory_tables.tables(figures):
        table.show()
    print(f"written to {record.save('worker_memory', figures)}")


if __name__ == "__main__":
    main()
