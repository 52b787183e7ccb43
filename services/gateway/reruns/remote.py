"""A gateway at the other end of HTTP, for the command line: the standard library's client, no proxy, JSON."""

import http.client
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, Request, build_opener

_PATIENCE_S: Final = 600  # planning and publishing answer when they are done
_PIECE: Final = 1 << 16


class NoAnswer(Exception):
    """The gateway cannot be reached."""


class Refused(Exception):
    """The gateway said no; `code` is its problem's."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code


class Remote:
    """Calls one gateway with one key. Every method raises NoAnswer and Refused."""

    def __init__(self, base_url: str, key: str) -> None:
        self._base_url = base_url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        self._opener = build_opener(ProxyHandler({}))

    def get(self, path: str) -> dict[str, Any]:
        return self._json("GET", path, None)

    def post(self, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        return self._json("POST", path, body)

    def save(self, path: str, target: Path) -> None:
        """Write what is answered to a file, piece by piece."""
        try:
            with self._open("GET", path, None) as answer, target.open("wb") as file:
                while piece := answer.read(_PIECE):
                    file.write(piece)
        except (OSError, http.client.HTTPException) as error:
            raise NoAnswer(f"{path} ended early") from error

    def _json(self, method: str, path: str, body: Mapping[str, Any] | None) -> dict[str, Any]:
        try:
            with self._open(method, path, body) as answer:
                told: dict[str, Any] = json.load(answer)
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise NoAnswer(f"{path} gave no whole answer") from error
        return told

    def _open(self, method: str, path: str, body: Mapping[str, Any] | None) -> Any:
        content = None if body is None else json.dumps(body).encode()
        request = Request(self._base_url + path, content, self._headers, method=method)  # noqa: S310  # the user's URL
        try:
            return self._opener.open(request, timeout=_PATIENCE_S)
        except HTTPError as error:
            raise _refusal(error) from None
        except (URLError, OSError) as error:
            raise NoAnswer(f"{self._base_url} cannot be reached") from error


def _refusal(error: HTTPError) -> Refused:
    try:
        told = json.load(error)
        return Refused(str(told["code"]), str(told["detail"]))
    except (OSError, ValueError, KeyError, TypeError):
        return Refused(f"status {error.code}", str(error.reason))
