"""Workers that die, or stop, exactly where they are told to: the product's engine with boundaries in between.

    python -m tests.faults.planted.worker obey    one worker for each line {"at": k, "signal": "SIGKILL"} on stdin
    python -m tests.faults.planted.worker serve   one after the other, each until a photo kills it

Each worker is a fork of one process that has loaded everything, as Celery forks the real one. `obey` answers each line
with {"pid": ...}; {"wait": pid} is answered with how it ended or that it stopped. A worker does one batch, or as many
as `batches` says, then ends.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import traceback
from typing import TYPE_CHECKING, Any

from services.inference import pipeline
from services.inference.engine import InferenceEngine
from services.inference.settings import InferenceSettings
from shared.db.session import DatabaseRole, make_engine
from shared.observability.logging import configure
from shared.queue.worker_process import _end_with_parent
from shared.storage.s3 import S3Store
from tests.faults.photos import KILLER_MARK
from tests.faults.planted.boundaries import Boundaries, WatchedDatabase, WatchedStore

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from shared.db.records import ClaimedRun


def build(settings: InferenceSettings, boundaries: Boundaries, stop: threading.Event) -> InferenceEngine:
    """Return the product's engine, with a boundary around everything that it does to the world."""
    database = WatchedDatabase(make_engine(settings, DatabaseRole.WORKER), boundaries)
    engine = InferenceEngine(settings, stop, database=database, store=WatchedStore(S3Store(settings), boundaries))
    decoder = engine._decoder
    vars(decoder).update({name: _decoding(getattr(decoder, name), boundaries) for name in ("decode", "read")})
    vars(pipeline)["_predict"] = _watched(pipeline._predict, boundaries, "the network")
    return engine


def _watched(call: Callable[..., Any], boundaries: Boundaries, name: str) -> Callable[..., Any]:
    def watched(*arguments: Any) -> Any:
        with boundaries.around(name):
            return call(*arguments)

    return watched


def _decoding(call: Callable[..., Any], boundaries: Boundaries) -> Callable[..., Any]:
    def decode(content: bytes, framing: Any) -> Any:
        if content.endswith(KILLER_MARK):
            os.kill(os.getpid(), signal.SIGKILL)
        with boundaries.around("decoding"):
            return call(content, framing)

    return decode


def one_batch(order: dict[str, Any]) -> None:
    """Claim one batch and work on it, or die on the way; write the boundaries that were crossed where asked for."""
    batch = int(order.get("batch", 1))
    more = {"lease_s": float(order["lease"])} if "lease" in order else {}
    settings = InferenceSettings().model_copy(update={"poll_interval_s": 3600.0, "batch_size": batch, **more})
    boundaries, stop = Boundaries(int(order["at"]), signal.Signals[order.get("signal", "SIGKILL")]), threading.Event()
    engine = build(settings, boundaries, stop)
    # One after the other: boundaries are numbered as one batch crosses them.
    engine._drain._lanes = 1
    work = engine._drain._work

    left = [int(order.get("batches", 1))]

    def counted(runs: Sequence[ClaimedRun]) -> None:
        work(runs)
        left[0] -= 1
        if not left[0]:
            boundaries.disarm()
            stop.set()

    engine._drain._work = counted
    boundaries.arm()
    engine.drain()
    if "log" in order:
        with open(order["log"], "w", encoding="utf-8") as log:  # noqa: PTH123 - a path from a JSON line
            json.dump(boundaries.passed, log)
    engine.close()


def _fork(act: Callable[[], None]) -> int:
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        _end_with_parent()
        act()
        status = 0
    except BaseException as error:  # noqa: BLE001 - a fork must never return into its parent's code
        traceback.print_exception(error)
    os._exit(status)


def obey() -> None:
    # What workers log goes to stderr: what was stdout is for answers alone.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", buffering=1)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    for line in sys.stdin:
        order = json.loads(line)
        if "wait" in order:
            _, status = os.waitpid(order["wait"], os.WUNTRACED)
            stopped = os.WIFSTOPPED(status)
            answer = {"stopped": stopped, "ended": None if stopped else os.waitstatus_to_exitcode(status)}
        else:
            answer = {"pid": _fork(lambda order=order: one_batch(order))}  # type: ignore[misc]
        print(json.dumps(answer), file=answers, flush=True)


def serve() -> None:
    while True:
        os.waitpid(_fork(_serve_until_killed), 0)


def _serve_until_killed() -> None:
    build(InferenceSettings(), Boundaries(0), threading.Event())
    signal.pause()


if __name__ == "__main__":
    configure("inference", InferenceSettings())
    {"obey": obey, "serve": serve}[sys.argv[1]]()
