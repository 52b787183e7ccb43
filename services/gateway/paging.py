"""Where a page of a list ended, as an opaque word that counts for the same query only, and the link to the next page.

Nobody outside may rely on what is in the word. It holds no secret: it only names a position.
"""

import base64
import binascii
import hashlib
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from services.gateway.refusals import FieldProblem, ValidationFailed
from shared.contracts.ids import IdPrefix, is_id

_FORM: Final = re.compile(r"2\.(?P<query>[0-9a-f]{16})\.(?P<id>[0-9a-z_]{1,40})(?:\.(?P<at>-?[0-9]{1,18}))?")
_NUMBER: Final = re.compile(r"[0-9]{1,18}")
_LONGEST: Final = 160
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Position:
    """Behind this row of a list. `at` is its time, where the list is sorted by time before it is by id."""

    id: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """Which list a cursor belongs to: its name, its filters as JSON values, its ids, whether times come before ids.

    `ids` is None where they are numbers.
    """

    name: str
    filters: dict[str, Any]
    ids: IdPrefix | None = IdPrefix.CASE
    timed: bool = False

    def encode(self, position: Position) -> str:
        """Return the word for a position in this list."""
        plain = f"2.{self._fingerprint()}.{position.id}"
        if position.at is not None:
            plain += f".{(position.at - _EPOCH) // _MICROSECOND}"
        return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")

    def decode(self, word: str) -> Position:
        """Return the position. Raises ValidationFailed for what we did not hand out, or handed out for another list."""
        match = _FORM.fullmatch(_plain(word))
        if match is None:
            raise _refused("bad_cursor", "not a cursor of this list")
        if match["query"] != self._fingerprint():
            message = "the cursor belongs to another query: send it with the filters that it came with"
            raise _refused("cursor_of_another_query", message)
        if not self._has(match["id"]) or (match["at"] is not None) is not self.timed:
            raise _refused("bad_cursor", "not a cursor of this list")
        return Position(match["id"], None if match["at"] is None else _time(int(match["at"])))

    def _has(self, value: str) -> bool:
        return _NUMBER.fullmatch(value) is not None if self.ids is None else is_id(value, self.ids)

    def _fingerprint(self) -> str:
        named = json.dumps([self.name, self.filters], sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(named.encode()).hexdigest()[:16]


def link_to_next(path: str, query: str, cursor: str) -> str:
    """Return the Link header for the page behind a cursor. `path` and `query` are those of the request, as sent."""
    kept = [(name, value) for name, value in parse_qsl(query, keep_blank_values=True) if name != "cursor"]
    return f'<{path}?{urlencode([*kept, ("cursor", cursor)])}>; rel="next"'


def _plain(word: str) -> str:
    if len(word) > _LONGEST:
        return ""
    try:
        return base64.b64decode(word + "=" * (-len(word) % 4), altchars=b"-_", validate=True).decode("ascii")
    except (ValueError, binascii.Error):
        return ""


def _time(microseconds: int) -> datetime:
    try:
        return _EPOCH + timedelta(microseconds=microseconds)
    except OverflowError as error:
        raise _refused("bad_cursor", "not a cursor of this list") from error


def _refused(code: str, message: str) -> ValidationFailed:
    return ValidationFailed(message, [FieldProblem(loc=("query", "cursor"), code=code, message=message)])
