"""Prove that a webhook is genuine: the signatures of Standard Webhooks 1.0.0. The standard library, and nothing else.

One file to copy. Give it the headers as they came and the body as bytes, before anything has parsed the body: it is the
bytes that are signed, as `<webhook-id>.<webhook-timestamp>.<body>`, by HMAC-SHA256 under the endpoint's secret.

    verifier = Verifier(["whsec_..."])
    try:
        message_id = verifier.verify(headers, body)
    except Unverified as refusal:
        return refusal.status, str(refusal)

While a secret is being rotated give both, the new and the old one: it does not matter which of them has signed.
`webhook_vectors.json` beside this file has cases to try any other verifier with.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
import time
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

TOLERANCE_S: Final = 300
"""How far apart sender's and receiver's clocks may be. It also bounds for how long a request can be played back."""

SECRET_PREFIX: Final = "whsec_"  # noqa: S105  (what every secret begins with)
_SCHEME: Final = "v1"
_SHORTEST_SECRET_BYTES: Final = 24  # of 24 to 64, by the specification
# Printable ASCII without the full stop, which separates what is signed: with one in the id, the same signature would
# also fit another id, time and body.
_ID: Final = re.compile(r"[\x21-\x2d\x2f-\x7e]{1,256}")
_TIMESTAMP: Final = re.compile(r"[0-9]{1,12}")


class Reason(StrEnum):
    """Why a request is not believed."""

    MISSING_HEADER = "missing_header"
    MALFORMED_HEADER = "malformed_header"
    TOO_OLD = "too_old"
    TOO_NEW = "too_new"
    UNKNOWN_SCHEME = "unknown_scheme"
    NO_MATCH = "no_match"


_WORDS: Final = {
    Reason.TOO_OLD: f"signed more than {TOLERANCE_S} s ago; is the clock right?",
    Reason.TOO_NEW: f"signed more than {TOLERANCE_S} s from now; is the clock right?",
    Reason.UNKNOWN_SCHEME: f"no signature of scheme {_SCHEME}",
    Reason.NO_MATCH: "no signature fits: another secret, or the body was changed on its way",
}


class Unverified(Exception):
    """The request does not prove that it is genuine. `reason` is for programs, the text for people."""

    def __init__(self, reason: Reason, words: str | None = None) -> None:
        self.reason = reason
        super().__init__(f"{reason}: {words or _WORDS[reason]}")

    @property
    def status(self) -> int:
        """The status to answer with: 400 for what is no signed request at all, 401 for a signature that is no good."""
        return 400 if self.reason in {Reason.MISSING_HEADER, Reason.MALFORMED_HEADER} else 401


class Verifier:
    """Knows the secrets of one endpoint. Safe to share between threads."""

    def __init__(self, secrets: Iterable[str], *, tolerance_s: int = TOLERANCE_S) -> None:
        """Raises ValueError if there is no secret, or one that cannot be a secret."""
        self._keys = [_key(secret) for secret in secrets]
        if not self._keys:
            raise ValueError("no secret given")
        self._tolerance_s = tolerance_s

    def verify(self, headers: Mapping[str, str], body: bytes, *, now: float | None = None) -> str:
        """Return the message's id: the same on every attempt, so that a repetition can be told by it.

        `now` is in seconds since 1970, this machine's clock by default. Raises Unverified.
        """
        message_id, timestamp, signatures = _read(headers)
        age_s = (time.time() if now is None else now) - int(timestamp)
        if age_s > self._tolerance_s:
            raise Unverified(Reason.TOO_OLD)
        if age_s < -self._tolerance_s:
            raise Unverified(Reason.TOO_NEW)
        signed = f"{message_id}.{timestamp}.".encode("ascii") + body
        expected = [base64.b64encode(hmac.digest(key, signed, "sha256")) for key in self._keys]
        # Every pair is compared, each in a time that does not tell how much of it was right.
        if not sum(hmac.compare_digest(given, right) for given in signatures for right in expected):
            raise Unverified(Reason.NO_MATCH)
        return message_id


def _key(secret: str) -> bytes:
    text = secret.strip().removeprefix(SECRET_PREFIX)
    try:
        key = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):  # ValueError: characters that are not ASCII
        raise ValueError(f"a secret is {SECRET_PREFIX} and base64; one of those given is not") from None
    if len(key) < _SHORTEST_SECRET_BYTES:
        raise ValueError(f"a secret has {_SHORTEST_SECRET_BYTES} bytes at least; was one cut short?")
    return key


def _read(headers: Mapping[str, str]) -> tuple[str, str, list[bytes]]:
    """Return id, timestamp and the signatures of the scheme that we know. Names count in any case of letters."""
    known = {name.lower(): value for name, value in headers.items()}
    message_id, timestamp, signature = (_header(known, name) for name in ("id", "timestamp", "signature"))
    if not _ID.fullmatch(message_id):
        raise Unverified(Reason.MALFORMED_HEADER, "webhook-id is no id")
    if not _TIMESTAMP.fullmatch(timestamp):
        raise Unverified(Reason.MALFORMED_HEADER, "webhook-timestamp is not in whole seconds since 1970")
    parts = [part.partition(",") for part in signature.split(" ")]
    if not any(comma for _, comma, _ in parts):
        raise Unverified(Reason.MALFORMED_HEADER, "webhook-signature has no part like v1,<base64>")
    ours = [value.encode("utf-8", "replace") for scheme, comma, value in parts if comma and scheme == _SCHEME]
    if not ours:
        raise Unverified(Reason.UNKNOWN_SCHEME)
    return message_id, timestamp, ours


def _header(known: Mapping[str, str], name: str) -> str:
    value = known.get(f"webhook-{name}")
    if not value:
        raise Unverified(Reason.MISSING_HEADER, f"webhook-{name}")
    return value
