"""Real workers with a tiny network on one record: what is left of a photo when the model costs nothing."""

import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.progress import track
from sqlalchemy import text

from bench import photos
from bench.photo_ward import Ward, open_ward
from bench.worker_process import worker_process
from services.inference.model.development import write_development_model

NOWHERE = "redis://127.0.0.1:9/0"
_SPAN = text(
    "SELECT count(*), extract(epoch FROM max(finished_at) - min(started_at)) FROM runs WHERE state = 'succeeded'"
)
_OPEN = text("SELECT count(*) FROM runs WHERE state IN ('queued', 'running')")


def measure(workers: Sequence[int], count: int) -> dict[str, Any]:
    return {"workers": [_with(each, count) for each in track(workers, "workers")]}


def _with(workers: int, count: int) -> dict[str, float]:
    """Let all photos wait, then start so many workers: from the first claim to the last end."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="lesionlens-bench-")))
        write_development_model(folder / "model", seed=1)
        ward = stack.enter_context(open_ward(folder / "model"))
        ward.submit([photos.photo(photos.SMALL, number) for number in range(count)])
        told = ward.environment | {
            "REDIS_URL": NOWHERE,
            "DEVICE": "cpu",
            "TORCH_THREADS": "1",
            "POLL_INTERVAL_S": "0.2",
        }
        for number in range(workers):
            stack.enter_context(worker_process(told, folder / f"data-{number}"))
        done, seconds = _span(ward, count)
    return {"workers": workers, "photos": done, "photos_per_s": round(done / seconds, 1)}


def _span(ward: Ward, count: int) -> tuple[int, float]:
    deadline = time.monotonic() + 30 + count
    while True:
        with ward.database.transaction() as session:
            if not session.execute(_OPEN).scalar_one():
                done, seconds = session.execute(_SPAN).one()
                return int(done), float(seconds)
        assert time.monotonic() < deadline, "the workers do not come to an end"
        time.sleep(0.2)
