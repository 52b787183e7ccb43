"""Signed requests, good and bad, with the verdict on each: what makes samples/webhook_vectors.json.

It signs by five lines of its own, not by what sends webhooks, so that the file is a second opinion. The same moment
gives the same vectors. `python -m tests.contract.webhooks.vectors` writes the file anew.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

FILE: Final = Path(__file__).resolve().parents[3] / "samples" / "webhook_vectors.json"
MOMENT: Final = 1_764_000_000
ABOUT: Final = (
    "Requests signed by Standard Webhooks 1.0.0 (symmetric, v1), to try a verifier with. Verify `headers` and the body"
    " under `secrets` (the receiver knows all of them) as if it were `now`, seconds since 1970, with a tolerance of"
    " 300 s. `reason` is samples/webhook_signature.py's word for what is wrong; null where nothing is. Where"
    " `libraries_agree` is false, the public library of Python or of JavaScript gives another verdict; Lesionlens sends"
    " no such request."
)


def secret_of(name: str) -> str:
    key = hashlib.sha256(f"lesionlens test secret {name}".encode()).digest()
    return f"whsec_{base64.b64encode(key).decode()}"


NEW: Final = secret_of("new")
OLD: Final = secret_of("old")
OTHER: Final = secret_of("other")
ID: Final = "evt_01kaw3b5n4f0t8v9x2c6d7e8fg"


def sign(secret: str, message_id: str, timestamp: int | str, body: bytes, scheme: str = "v1") -> str:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = b"%s.%s.%s" % (message_id.encode(), str(timestamp).encode(), body)
    return f"{scheme},{base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()}"


@dataclass(frozen=True)
class Vector:
    """One request. `reason` is None where it is to be believed."""

    name: str
    headers: dict[str, str]
    body: bytes
    now: int
    reason: str | None = None
    secrets: tuple[str, ...] = (NEW,)
    libraries_agree: bool = True

    @property
    def valid(self) -> bool:
        return self.reason is None

    def row(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "valid": self.valid,
            "reason": self.reason,
            "libraries_agree": self.libraries_agree,
            "now": self.now,
            "secrets": list(self.secrets),
            "headers": self.headers,
            "body_base64": base64.b64encode(self.body).decode(),
        }


def headers_of(timestamp: int | str, *signatures: str, message_id: str = ID) -> dict[str, str]:
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signatures),
        "content-type": "application/json",
    }


def event(kind: str, **data: Any) -> bytes:
    content = {"type": kind, "timestamp": "2025-11-24T16:00:00.123Z", "data": {"event_id": ID} | data}
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


CASE: Final = "case_01kaw3b5n4f0t8v9x2c6d7e8ab"
RUN: Final = "run_01kaw3b5n4f0t8v9x2c6d7e8cd"
THIN: Final = event(
    "case.completed",
    case_id=CASE,
    version=3,
    state="completed",
    run_id=RUN,
    model_version="0" * 64,
    client_ref="visit-17",
    links={"case": f"https://lesionlens.example/v1/cases/{CASE}"},
)
NOTICE: Final = "Preliminary. A screening aid, not a diagnosis: “to be reviewed by a clinician”."
FULL: Final = event(
    "case.completed",
    case_id=CASE,
    version=3,
    state="completed",
    run_id=RUN,
    model_version="0" * 64,
    subject_ref="p-9",
    result={"decision": "review", "model": {"name": "example", "version": "0" * 64}, "notice": NOTICE},
)
UNICODE: Final = event("endpoint.test", endpoint_id="whe_x", note="Läsion, 病变, آفة, 👩‍⚕️, \u2028")
LARGE: Final = event("endpoint.test", endpoint_id="whe_x", note="0123456789abcdef" * 2500)


def good(now: int) -> list[Vector]:
    def signed(name: str, body: bytes, at: int = now, secret: str = NEW, **more: Any) -> Vector:
        return Vector(name, headers_of(at, sign(secret, ID, at, body)), body, now, **more)

    new, old, other = (sign(secret, ID, now, THIN) for secret in (NEW, OLD, OTHER))
    ed25519 = f"v1a,{base64.b64encode(bytes(range(64))).decode()}"

    def rotating(name: str, *signatures: str, secrets: tuple[str, ...] = (NEW,), agree: bool = True) -> Vector:
        headers = headers_of(now, *signatures)
        return Vector(name, headers, THIN, now, secrets=secrets, libraries_agree=agree)

    upper = {
        "-".join(word.capitalize() for word in name.split("-")): text for name, text in headers_of(now, new).items()
    }
    return [
        signed("a thin event", THIN),
        signed("a full event", FULL),
        signed("unicode in the body", UNICODE),
        signed("an empty body", b""),
        signed("a large body", LARGE),
        signed(
            "bytes as they came, not as JSON would be written anew",
            b'{ "type" : "x",\r\n\t"data":{"b":1.0,"a":2e0} }\n',
        ),
        signed("a body that is not UTF-8", b'{"type":"x","data":{"name":"L\xe4sion"}}', libraries_agree=False),
        signed("signed 290 s ago", THIN, now - 290),
        signed("signed 290 s from now", THIN, now + 290),
        signed("a secret without its prefix", THIN, secrets=(NEW.removeprefix("whsec_"),)),
        signed("two secrets known, signed by the old one", THIN, secret=OLD, secrets=(NEW, OLD)),
        rotating("two secrets known, signed by both", new, old, secrets=(NEW, OLD)),
        rotating("two signatures, the first right", new, other),
        rotating("two signatures, the second right", other, new),
        rotating("ten signatures, the last right", *[other] * 9, new),
        rotating("unknown schemes beside the right signature", ed25519, "v9,c29tZXRoaW5n", new),
        rotating("a part without a comma beside the right signature", "something", new, agree=False),
        Vector("names of headers in capitals", upper, THIN, now),
    ]


def _wrong_signatures(now: int) -> list[Vector]:
    right, other = (sign(secret, ID, now, THIN) for secret in (NEW, OTHER))
    mac = base64.b64decode(right.partition(",")[2])
    body_alone = base64.b64encode(hmac.new(base64.b64decode(NEW[6:]), THIN, hashlib.sha256).digest()).decode()
    whole = b"%s.%d.%s" % (ID.encode(), now, THIN)
    undecoded = base64.b64encode(hmac.new(NEW.encode(), whole, hashlib.sha256).digest()).decode()

    def wrong(name: str, *signatures: str, reason: str = "no_match", secrets: tuple[str, ...] = (NEW,)) -> Vector:
        return Vector(name, headers_of(now, *signatures), THIN, now, reason, secrets)

    return [
        wrong("the wrong secret", other),
        wrong("two secrets known, neither right", right, secrets=(OLD, OTHER)),
        wrong("two signatures, neither right", other, sign(OLD, ID, now, THIN)),
        wrong("a signature cut short", right[:24]),
        wrong("a signature in hexadecimal", f"v1,{mac.hex()}"),
        wrong("a signature that is not base64", "v1,***"),
        wrong("an empty signature", "v1,"),
        wrong("only the body signed", f"v1,{body_alone}"),
        wrong("the secret's text taken for the key", f"v1,{undecoded}"),
        wrong("unknown schemes only", right.replace("v1,", "v1a,"), "v9,c29tZXRoaW5n", reason="unknown_scheme"),
        wrong("the scheme in capitals", right.replace("v1,", "V1,"), reason="unknown_scheme"),
        wrong("a signature without its scheme", right.removeprefix("v1,"), reason="malformed_header"),
        wrong("equals instead of comma", right.replace("v1,", "v1="), reason="malformed_header"),
    ]


def _changed(now: int) -> list[Vector]:
    headers = headers_of(now, sign(NEW, ID, now, THIN))
    pretty = json.dumps(json.loads(THIN), indent=2).encode()

    def changed(name: str, body: bytes = THIN, **header: str) -> Vector:
        named = {f"webhook-{part}": value for part, value in header.items()}
        return Vector(name, headers | named, body, now, "no_match")

    return [
        changed("one digit of the body changed", THIN.replace(b'"version":3', b'"version":4')),
        changed("the body written anew", pretty),
        changed("a line end added to the body", THIN + b"\n"),
        changed("an empty body under another's signature", b""),
        changed("another id", id=ID[:-1] + "h"),
        changed("another time, within the tolerance", timestamp=str(now - 1)),
        changed("a newer time over an old signature", signature=sign(NEW, ID, now - 3600, THIN)),
    ]


def _bad_headers(now: int) -> list[Vector]:
    right = headers_of(now, sign(NEW, ID, now, THIN))

    def at(name: str, timestamp: int | str, reason: str, *, agree: bool = True) -> Vector:
        headers = headers_of(timestamp, sign(NEW, ID, timestamp, THIN))
        return Vector(name, headers, THIN, now, reason, libraries_agree=agree)

    def without(part: str) -> Vector:
        headers = {name: value for name, value in right.items() if name != f"webhook-{part}"}
        return Vector(f"no webhook-{part}", headers, THIN, now, "missing_header")

    fraction = Vector(
        "a fraction added to the time",
        right | {"webhook-timestamp": f"{now}.5"},
        THIN,
        now,
        "malformed_header",
        libraries_agree=False,
    )
    # What was signed as id `evt_…`, this time and the body `<time>.{…}` fits these headers too.
    twisted = headers_of(now, sign(NEW, ID, now, f"{now}.".encode() + THIN), message_id=f"{ID}.{now}")
    return [
        at("signed 310 s ago", now - 310, "too_old"),
        at("signed a day ago", now - 86400, "too_old"),
        at("signed 310 s from now", now + 310, "too_new"),
        at("a time in milliseconds", now * 1000, "malformed_header"),
        at("a time in words", "soon", "malformed_header"),
        at("a negative time", -now, "malformed_header"),
        fraction,
        Vector("a full stop in the id", twisted, THIN, now, "malformed_header", libraries_agree=False),
        *[without(part) for part in ("id", "timestamp", "signature")],
        Vector("an empty webhook-id", right | {"webhook-id": ""}, THIN, now, "missing_header"),
        Vector("an empty webhook-signature", right | {"webhook-signature": ""}, THIN, now, "missing_header"),
        Vector("no header at all", {}, THIN, now, "missing_header"),
    ]


def vectors(now: int = MOMENT) -> list[Vector]:
    """Return all of them, made for this moment (seconds since 1970)."""
    return [*good(now), *_wrong_signatures(now), *_changed(now), *_bad_headers(now)]


def text() -> str:
    content = {"about": ABOUT, "tolerance_s": 300, "vectors": [vector.row() for vector in vectors()]}
    return json.dumps(content, indent=1) + "\n"


if __name__ == "__main__":
    FILE.write_text(text())
    print(f"wrote {FILE}")
