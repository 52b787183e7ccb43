"""Thousands of phones in long polls on one gateway process: how soon they hear, and what it costs the others.

`python -m bench.waiting [--phones 5000]` starts its own servers on loopback, takes about three minutes, prints a table.
Three phases under the same load of submissions and changes: without phones, with them, without them again. A phone asks
again as soon as it is answered, so the polls themselves are part of the load. Figures are the client's.
"""

import argparse
import asyncio
import gc
import io
import json
import os
import random
import resource
import statistics
import sys
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import httpx
import uvloop
from PIL import Image

from bench.crowd import WAIT_S, Crowd, Phone, until
from bench.one_gateway import OneGateway, one_gateway
from shared.contracts.enums import RunQueue
from shared.db import lifecycle

if TYPE_CHECKING:
    from collections.abc import Iterator

CLINICS = 50
CHANGES_PER_S = 20
SUBMITS_PER_S = 5
PHOTO = (360, 240)


class Changes(threading.Thread):
    """Stands in for the workers: claims cases at a steady rate, four in a commit, and notes when it committed."""

    def __init__(self, stack: OneGateway) -> None:
        super().__init__(daemon=True)
        self.made: dict[str, float] = {}
        self._stack = stack
        self._stopping = threading.Event()

    def run(self) -> None:
        due = time.monotonic()
        while not self._stopping.wait(max(0.0, due - time.monotonic())):
            due += 4 / CHANGES_PER_S
            with self._stack.worker.transaction() as session:
                claimed = lifecycle.claim_runs(
                    session, worker="bench", queue=RunQueue.LIVE, limit=4, lease=timedelta(hours=1)
                )
                # Before the commit, so that the commit itself counts.
                now = time.monotonic()
            self.made |= {run.case_id: now for run in claimed}

    def stop(self) -> None:
        self._stopping.set()
        self.join()


class Submissions(threading.Thread):
    """One caller after the other submits a photo, at a steady rate."""

    def __init__(self, stack: OneGateway, key: str) -> None:
        super().__init__(daemon=True)
        self.took: list[float] = []
        self._client = httpx.Client(
            base_url=f"http://127.0.0.1:{stack.port}",
            headers={"Authorization": f"Bearer {key}"},
            timeout=60,
            trust_env=False,
        )
        self._stopping = threading.Event()

    def run(self) -> None:
        photo = _photo()
        due = time.monotonic()
        while not self._stopping.wait(max(0.0, due - time.monotonic())):
            due += 1 / SUBMITS_PER_S
            started = time.monotonic()
            self._client.post("/v1/cases", files={"image": ("photo.jpg", photo, "image/jpeg")}).raise_for_status()
            self.took.append(time.monotonic() - started)

    def stop(self) -> None:
        self._stopping.set()
        self.join()
        self._client.close()


@contextmanager
def load(stack: OneGateway, key: str) -> "Iterator[tuple[Changes, Submissions]]":
    threads = Changes(stack), Submissions(stack, key)
    for thread in threads:
        thread.start()
    try:
        yield threads
    finally:
        for thread in threads:
            thread.stop()


async def measure(stack: OneGateway, number: int, phase_s: float) -> dict[str, float]:
    clinics = stack.clinics(CLINICS)
    phones = [Phone(case, clinic.key) for clinic in clinics for case in stack.cases(clinic, number // CLINICS)]
    random.shuffle(phones)
    key = clinics[0].key
    with busy(stack) as share_without:
        before = await without_phones(stack, key, phase_s)
    empty = stack.resident_bytes()
    crowd = Crowd(stack.port, phones)
    await crowd.start(over_s=WAIT_S)
    assert await until(lambda: crowd.waiting == len(phones), 30), f"{crowd.waiting} wait: {crowd.tally.errors}"
    full = stack.resident_bytes()
    crowd.tally.unchanged = 0
    with busy(stack) as share_with, load(stack, key) as (changes, submissions):
        await asyncio.sleep(phase_s)
    polls = crowd.tally.unchanged / phase_s
    await asyncio.sleep(3)
    peak = stack.resident_bytes()
    await crowd.stop()
    after = await without_phones(stack, key, phase_s)
    return {
        "phones": len(phones),
        "unchanged_polls_per_s": polls,
        **heard(crowd, changes),
        **_figures("submit_without_ms", before + after),
        **_figures("submit_with_ms", submissions.took),
        "gateway_core_percent_without": share_without[0],
        "gateway_core_percent_with": share_with[0],
        "kilobytes_per_waiter": (full - empty) / len(phones) / 1000,
        "kilobytes_per_waiter_after_polls": (peak - empty) / len(phones) / 1000,
        "resident_megabytes_with": peak / 1e6,
    }


def heard(crowd: Crowd, changes: Changes) -> dict[str, float]:
    """Return how long after each change its phone had the answer."""
    concerned = set(changes.made) & {phone.case_id for phone in crowd.phones}
    answered = crowd.tally.answered
    took = [answered[case, 2] - changes.made[case] for case in concerned if (case, 2) in answered]
    return {
        **_figures("change_to_answer_ms", took),
        "changes_unheard": len(concerned) - len(took),
        "errors": sum(crowd.tally.errors.values()),
    }


@contextmanager
def busy(stack: OneGateway) -> "Iterator[list[float]]":
    """Yield a list that holds, after the block, the percentage of a core that the gateway used."""
    share: list[float] = []
    started, used = time.monotonic(), stack.core_seconds()
    yield share
    share.append(100 * (stack.core_seconds() - used) / (time.monotonic() - started))


async def without_phones(stack: OneGateway, key: str, phase_s: float) -> list[float]:
    with load(stack, key) as (_, submissions):
        await asyncio.sleep(phase_s)
    return submissions.took


def _figures(name: str, seconds: list[float]) -> dict[str, float]:
    ordered = sorted(1000 * value for value in seconds)
    return {
        f"{name}_n": len(ordered),
        f"{name}_p50": statistics.median(ordered),
        f"{name}_p99": ordered[min(len(ordered) - 1, round(0.99 * len(ordered)))],
        f"{name}_max": ordered[-1],
    }


def _photo() -> bytes:
    target = io.BytesIO()
    noise = random.Random(1).randbytes(PHOTO[0] * PHOTO[1] * 3)
    Image.frombytes("RGB", PHOTO, noise).save(target, "JPEG", quality=95)
    return target.getvalue()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--phones", type=int, default=5000)
    parser.add_argument("--seconds", type=float, default=40, help="length of each of the three phases")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of lines")
    options = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    # The phones' own pauses are not to be measured: no collection, and short turns between the threads.
    gc.disable()
    sys.setswitchinterval(0.0005)
    with one_gateway() as stack:
        figures = uvloop.run(measure(stack, options.phones, options.seconds))
    if options.json:
        print(json.dumps(figures))
        return
    print(f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    for name, value in figures.items():
        print(f"{name:36} {value:10.1f}")


if __name__ == "__main__":
    main()
