"""A client for clinics: submit a photo, wait for its result, fetch the pictures. Needs httpx and nothing else.

One file to copy. Every call may be repeated without harm, and is, for as long as `patience_s` allows: after a lost
connection, and after the answers that mean "not now", at the pace that the server names in Retry-After. A photo is sent
with one Idempotency-Key however often it has to be sent, so that it becomes one case.

    with Client("https://lesionlens.example", "ll_...") as clinic:
        case = clinic.wait(clinic.submit("mole.jpg", {"modality": "dermoscopy", "client_ref": "visit-17"}))
        if case.result:
            print(case.result["decision"], case.result["notice"])
            Path("mole.overlay.jpg").write_bytes(clinic.overlay(case))

    Problem               whatever ended a call
    ├── Refused           the server said no: status, code, detail, request_id, fields
    ├── NoAnswer          the server could not be reached, or did not answer
    └── StillOpen         the time for waiting is over; the case is safe on the server and goes on
"""

from __future__ import annotations

import json
import random
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

ENDED: Final = frozenset({"completed", "rejected", "failed", "canceled", "expired"})
_NOT_NOW: Final = frozenset({429, 502, 503, 504})
_IN_FLIGHT: Final = "idempotency_in_flight"
_LONGEST_PAUSE_S: Final = 30.0
_HELD_S: Final = 20


class Problem(Exception):
    """Whatever ended a call."""


class Refused(Problem):
    """The server said no. `code` is stable and for programs, `detail` for people, `request_id` for asking its operator.

    `fields` says which fields are to blame, where some are: dicts with `loc`, `code` and `message`.
    """

    def __init__(self, answer: httpx.Response) -> None:
        try:
            body = answer.json()
        except ValueError:
            body = {}
        known: dict[str, Any] = body if isinstance(body, dict) else {}
        self.status = answer.status_code
        self.code = str(known.get("code", "unknown"))
        self.detail = str(known.get("detail") or known.get("title") or answer.reason_phrase)
        self.request_id = str(known.get("request_id") or answer.headers.get("X-Request-Id", ""))
        self.fields: list[dict[str, Any]] = known.get("errors") or []
        super().__init__(f"{self.status} {self.code}: {self.detail} ({self.request_id or 'no request id'})")


class NoAnswer(Problem):
    """The server could not be reached, or did not answer. What was sent may have arrived all the same."""


class StillOpen(Problem):
    """The time for waiting is over. `case` is as it was last seen; it is safe on the server and goes on."""

    def __init__(self, case: Case) -> None:
        self.case = case
        super().__init__(f"{case.id} is still {case.state}")


@dataclass(frozen=True)
class Case:
    """One photo and what is known about it. `body` is the whole answer, as `/docs` of the server describes it."""

    body: dict[str, Any]

    @property
    def id(self) -> str:
        return str(self.body["id"])

    @property
    def state(self) -> str:
        return str(self.body["state"])

    @property
    def version(self) -> int:
        """Grows by one with every visible change: of two answers the one with the higher version is the newer."""
        return int(self.body["version"])

    @property
    def has_ended(self) -> bool:
        return self.state in ENDED

    @property
    def result(self) -> dict[str, Any] | None:
        """Decision, label, probabilities, notice and more; only in the state `completed`."""
        found: dict[str, Any] | None = self.body["result"]
        return found

    @property
    def reasons(self) -> list[dict[str, Any]]:
        """Why there is no result, as dicts with a stable `code` among them; empty where there is one, or none yet."""
        if self.body["rejection"]:
            return list(self.body["rejection"]["reasons"])
        return [self.body["error"]] if self.body["error"] else []


class Client:
    """A clinic's way to the server. Not for several threads at once; to be closed, or used in a `with` block."""

    def __init__(self, base_url: str, key: str, *, timeout_s: float = 30, patience_s: float = 60) -> None:
        """`timeout_s` is the longest silence of one attempt, `patience_s` the time in which a call is repeated."""
        headers = {"Authorization": f"Bearer {key}", "User-Agent": "lesionlens-client/1"}
        self._http = httpx.Client(base_url=base_url, headers=headers, timeout=timeout_s)
        self._timeout_s = timeout_s
        self._patience_s = patience_s

    def close(self) -> None:
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def submit(
        self,
        photo: str | Path | bytes,
        metadata: Mapping[str, Any] | None = None,
        *,
        idempotency_key: str | None = None,
    ) -> Case:
        """Send a photo and return its case, accepted: from now on it is stored and will reach an end.

        Give an `idempotency_key` of your own (kept where a crash cannot lose it) to go on with a submission in another
        process. Raises Refused, NoAnswer, and OSError where the file cannot be read.
        """
        content = photo if isinstance(photo, bytes) else Path(photo).read_bytes()
        files = {"image": ("photo", content, "application/octet-stream")}
        if metadata:
            files["metadata"] = ("metadata.json", json.dumps(dict(metadata)).encode(), "application/json")
        key = idempotency_key or str(uuid.uuid4())
        return Case(self._json("POST", "/v1/cases", files=files, headers={"Idempotency-Key": key}))

    def get(self, case: Case | str) -> Case:
        return Case(self._json("GET", _path(case)))

    def wait(
        self, case: Case | str, timeout_s: float = 120, *, on_change: Callable[[Case], None] | None = None
    ) -> Case:
        """Return the case once it has ended, however it ended. Raises StillOpen, Refused, NoAnswer.

        `on_change` is called with each newer version, the last one included.
        """
        give_up = time.monotonic() + timeout_s
        known = case if isinstance(case, Case) else self.get(case)
        while not known.has_ended:
            left = give_up - time.monotonic()
            if left <= 0:
                raise StillOpen(known)
            held = max(1, min(_HELD_S, int(left)))
            asked = {"If-None-Match": f'W/"{known.version}"', "Prefer": f"wait={held}"}
            answer = self._send("GET", _path(known), headers=asked, timeout=self._timeout_s + held)
            newer = known if answer.status_code == httpx.codes.NOT_MODIFIED else Case(answer.json())
            if newer.version > known.version:
                known = newer
                if on_change:
                    on_change(known)
            elif "Preference-Applied" not in answer.headers:  # a server that holds requests has waited already
                time.sleep(min(_named_pause(answer) or 1.0, max(0.0, give_up - time.monotonic())))
        return known

    def cases(self, **filters: str | int) -> Iterator[Case]:
        """Yield the clinic's cases, newest first, page by page; `filters` are the parameters of `GET /v1/cases`."""
        cursor: str | None = None
        while True:
            page = self._json("GET", "/v1/cases", params=filters | ({"cursor": cursor} if cursor else {}))
            yield from (Case(body) for body in page["items"])
            cursor = page["next_cursor"]
            if cursor is None:
                return

    def cancel(self, case: Case | str) -> Case:
        """Take a photo back, as far as that is possible. Raises Refused, with `already_terminal`, if it has ended."""
        return Case(self._json("POST", f"{_path(case)}/cancel"))

    def image(self, case: Case | str) -> bytes:
        """Return the stored photo: upright, sRGB, without what the camera wrote beside it; JPEG or PNG."""
        return self._send("GET", f"{_path(case)}/image").content

    def overlay(self, case: Case | str, *, lesion_class: str | None = None, alpha: float | None = None) -> bytes:
        """Return the photo under the map of a class (default: the explained one), with a legend; JPEG."""
        return self._picture(case, "overlay", {"class": lesion_class, "alpha": alpha})

    def layer(self, case: Case | str, *, lesion_class: str | None = None, colormap: str | None = None) -> bytes:
        """Return the map alone, to be laid over the photo: transparent where there is no evidence; PNG."""
        return self._picture(case, "layer", {"class": lesion_class, "colormap": colormap})

    def heatmap(self, case: Case | str, *, lesion_class: str | None = None) -> tuple[bytes, float]:
        """Return the map as a 16-bit grey PNG, and the evidence, in logits, that its brightest value stands for."""
        answer = self._send("GET", f"{_path(case)}/heatmap", params={"class": lesion_class} if lesion_class else {})
        return answer.content, float(answer.headers["X-Heatmap-Max"])

    def maps(self, case: Case | str) -> bytes:
        """Return the signed maps of all classes as a numpy file: float16 [7, h, w], in logits."""
        return self._send("GET", f"{_path(case)}/heatmap", headers={"Accept": "application/x-npy"}).content

    def _picture(self, case: Case | str, name: str, wishes: dict[str, Any]) -> bytes:
        params = {wish: value for wish, value in wishes.items() if value is not None}
        return self._send("GET", f"{_path(case)}/{name}", params=params).content

    def _json(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        body: dict[str, Any] = self._send(method, path, **request).json()
        return body

    def _send(self, method: str, path: str, **request: Any) -> httpx.Response:
        """Return a good answer, or 304. Repeats the same request while that may help and patience lasts."""
        give_up = time.monotonic() + self._patience_s
        attempt = 0
        while True:
            attempt += 1
            pause: float | None = None
            problem: Problem
            try:
                answer = self._http.request(method, path, **request)
            except httpx.TransportError as error:
                problem = NoAnswer(f"{type(error).__name__}: {error} (attempt {attempt})")
            else:
                if answer.is_success or answer.status_code == httpx.codes.NOT_MODIFIED:
                    return answer
                problem = refusal = Refused(answer)
                if not _passes(refusal):
                    raise problem
                pause = _named_pause(answer)
            pause = _own_pause(attempt) if pause is None else pause
            if time.monotonic() + pause >= give_up:
                raise problem
            time.sleep(pause)


def _path(case: Case | str) -> str:
    return f"/v1/cases/{case.id if isinstance(case, Case) else case}"


def _passes(refusal: Refused) -> bool:
    """Return whether the same request may be answered otherwise after a while."""
    return refusal.status in _NOT_NOW or refusal.code == _IN_FLIGHT


def _named_pause(answer: httpx.Response) -> float | None:
    """Return the seconds of Retry-After, which may also be a date; None if the server names none that makes sense."""
    named = answer.headers.get("Retry-After", "").strip()
    if named.isdecimal():
        return float(named)
    try:
        return max(0.0, (parsedate_to_datetime(named) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return None


def _own_pause(attempt: int) -> float:
    """Return a growing pause, not the same for everybody whom one outage met at the same moment."""
    return min(_LONGEST_PAUSE_S, 0.25 * 2.0 ** min(attempt, 8)) * random.uniform(0.5, 1)
