"""What goes on while a schema is changed: polls, pages and photos, each with the time that it took."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from typing import TYPE_CHECKING, Final, Self

import httpx

from tests.faults.photos import jpeg

if TYPE_CHECKING:
    from collections.abc import Callable

_PAUSE_S: Final = 0.02


class Traffic:
    """Three callers with hardly a pause. `slowest`: the longest answer of each kind; `refused`: what was none."""

    def __init__(self, url: str, key: str, known: str) -> None:
        self.slowest: defaultdict[str, float] = defaultdict(float)
        self.answered: defaultdict[str, int] = defaultdict(int)
        self.refused: list[str] = []
        self.accepted: list[str] = []
        self._headers = {"Authorization": f"Bearer {key}"}
        self._url = url
        self._over = threading.Event()
        acts: dict[str, Callable[[httpx.Client], None]] = {
            "poll": lambda api: self._ask(api, "poll", f"/v1/cases/{known}"),
            "page": lambda api: self._ask(api, "page", "/v1/cases"),
            "photo": self._submit,
        }
        self._threads = [threading.Thread(target=self._go_on, args=(act,), daemon=True) for act in acts.values()]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(30)

    def _go_on(self, act: Callable[[httpx.Client], None]) -> None:
        with httpx.Client(base_url=self._url, headers=self._headers, timeout=30, trust_env=False) as api:
            while not self._over.is_set():
                act(api)
                self._over.wait(_PAUSE_S)

    def _ask(self, api: httpx.Client, kind: str, path: str) -> None:
        self._timed(kind, lambda: api.get(path))

    def _submit(self, api: httpx.Client) -> None:
        number = len(self.accepted)
        files = {"image": ("x.jpg", jpeg(number), "image/jpeg")}
        answer = self._timed("photo", lambda: api.post("/v1/cases", files=files))
        if answer.status_code == httpx.codes.ACCEPTED:
            self.accepted.append(answer.json()["id"])

    def _timed(self, kind: str, ask: Callable[[], httpx.Response]) -> httpx.Response:
        began = time.monotonic()
        answer = ask()
        self.slowest[kind] = max(self.slowest[kind], time.monotonic() - began)
        self.answered[kind] += 1
        if not answer.is_success:
            self.refused.append(f"{kind}: {answer.status_code} {answer.text[:200]}")
        return answer
