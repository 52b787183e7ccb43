"""The client: posts photos as a phone would, with a key each, and repeats what got no answer or a 5xx.

Its list of 202s is what the record is held against.
"""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Any, Self

import httpx

from tests.faults.photos import jpeg

if TYPE_CHECKING:
    from collections.abc import Callable

_ACCEPTED = 202
_AGAIN = {408, 409, 425, 429}
_PAUSE_S = 0.25
_HELD_S = 0.05
_SERVER_FAULT = 500


def client_for(url: str, key: str) -> httpx.Client:
    return httpx.Client(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=15, trust_env=False)


def form(photo: bytes, key: str) -> dict[str, Any]:
    """Return the parts of a submission. The key is its client_ref too, so that doubles can be counted."""
    metadata = json.dumps({"client_ref": key, "modality": "dermoscopy"})
    return {"image": ("photo", photo, "application/octet-stream"), "metadata": (None, metadata, "application/json")}


def post(api: httpx.Client, photo: bytes, key: str) -> httpx.Response:
    return api.post("/v1/cases", files=form(photo, key), headers={"Idempotency-Key": key})


class Load:
    """Posts `count` photos from several threads, each until it is accepted or `patience_s` is over."""

    def __init__(
        self,
        connect: Callable[[], httpx.Client],
        name: str,
        count: int,
        *,
        threads: int = 3,
        pause_s: float = 0.0,
        patience_s: float = 120.0,
        photo: Callable[[int], bytes] = jpeg,
    ) -> None:
        self._connect = connect
        self._name = name
        self._count = count
        self._pause_s = pause_s
        self._patience_s = patience_s
        self._photo = photo
        self._lock = threading.Lock()
        self._next = 0
        self._halted = threading.Event()
        self.held = False  # set it to keep the client from posting, for as long as enough is waiting
        self.accepted: dict[str, str] = {}
        self.answers: Counter[str] = Counter()
        self.latencies: list[float] = []
        self.given_up: list[str] = []
        self.contradictions: list[str] = []
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(threads)]
        for thread in self._threads:
            thread.start()

    @property
    def done(self) -> bool:
        return not any(thread.is_alive() for thread in self._threads)

    @property
    def submitted(self) -> int:
        return len(self.accepted)

    def halt(self) -> None:
        """Start no further photo, and wait for those under way."""
        self._halted.set()
        for thread in self._threads:
            thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.halt()

    def _run(self) -> None:
        with self._connect() as api:
            while (number := self._take()) is not None:
                self._submit(api, number)
                self._halted.wait(self._pause_s)
                while self.held and not self._halted.is_set():
                    self._halted.wait(_HELD_S)

    def _take(self) -> int | None:
        with self._lock:
            if self._next >= self._count or self._halted.is_set():
                return None
            self._next += 1
            return self._next - 1

    def _submit(self, api: httpx.Client, number: int) -> None:
        key = f"{self._name}-{number}"
        photo = self._photo(number)
        give_up = time.monotonic() + self._patience_s
        while time.monotonic() < give_up:
            began = time.monotonic()
            try:
                answer = post(api, photo, key)
            except httpx.TransportError:
                self._count_answer("no answer")
            else:
                self._count_answer(str(answer.status_code))
                if answer.status_code == _ACCEPTED:
                    self._note(key, str(answer.json()["id"]), time.monotonic() - began)
                    return
                if answer.status_code < _SERVER_FAULT and answer.status_code not in _AGAIN:
                    break
            if self._halted.wait(_PAUSE_S):
                return
        with self._lock:
            self.given_up.append(key)

    def _count_answer(self, what: str) -> None:
        with self._lock:
            self.answers[what] += 1

    def _note(self, key: str, case_id: str, seconds: float) -> None:
        with self._lock:
            if self.accepted.setdefault(key, case_id) != case_id:
                self.contradictions.append(f"{key}: {self.accepted[key]} and {case_id}")
            self.latencies.append(seconds)
