"""The verifier of the receiver's kit: every vector, the edges of time, and secrets that are none."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from samples.webhook_signature import TOLERANCE_S, Reason, Unverified, Verifier
from tests.contract.webhooks.vectors import FILE, ID, MOMENT, NEW, THIN, headers_of, sign, text, vectors

ROWS = json.loads(FILE.read_text(encoding="utf-8"))["vectors"]
VECTORS = {vector.name: vector for vector in vectors()}


def reason_of(headers: dict[str, str], now: float = MOMENT, body: bytes = THIN) -> Reason | None:
    try:
        assert Verifier([NEW]).verify(headers, body, now=now) == headers["webhook-id"]
    except Unverified as refusal:
        return refusal.reason
    return None


def test_the_committed_file_is_what_the_generator_makes() -> None:
    assert FILE.read_text(encoding="utf-8") == text(), "run: python -m tests.contract.webhooks.vectors"


def test_there_are_enough_of_both_kinds_and_every_reason_occurs() -> None:
    assert len(VECTORS) == len(ROWS), "two vectors have one name"
    kinds = Counter(row["valid"] for row in ROWS)
    assert kinds[True] >= 12
    assert kinds[False] >= 15
    assert {row["reason"] for row in ROWS} == {None, *Reason}


@pytest.mark.parametrize("name", VECTORS)
def test_the_kit_gives_the_verdict_of_the_vector(name: str) -> None:
    vector = VECTORS[name]
    verifier = Verifier(vector.secrets)
    if vector.valid:
        assert verifier.verify(vector.headers, vector.body, now=vector.now) == ID
        return
    with pytest.raises(Unverified) as refusal:
        verifier.verify(vector.headers, vector.body, now=vector.now)
    assert refusal.value.reason == vector.reason
    assert str(refusal.value).startswith(f"{vector.reason}: ")
    assert refusal.value.status == (400 if str(vector.reason).endswith("_header") else 401)
    assert not any(secret in str(refusal.value) for secret in vector.secrets)


@pytest.mark.parametrize(
    ("age_s", "reason"),
    [
        (TOLERANCE_S, None),
        (TOLERANCE_S + 0.01, Reason.TOO_OLD),
        (-TOLERANCE_S, None),
        (-TOLERANCE_S - 0.01, Reason.TOO_NEW),
    ],
)
def test_the_edges_of_the_tolerance(age_s: float, reason: Reason | None) -> None:
    assert reason_of(headers_of(MOMENT, sign(NEW, ID, MOMENT, THIN)), MOMENT + age_s) is reason


@pytest.mark.parametrize(
    "timestamp", [f"+{MOMENT}", f" {MOMENT}", f"{MOMENT}\n", "1_764_000_000", "١٧٦٤٠٠٠٠٠٠", "0x1", "1e9"]
)
def test_a_time_is_digits_and_nothing_else(timestamp: str) -> None:
    assert reason_of(headers_of(timestamp, sign(NEW, ID, timestamp, THIN))) is Reason.MALFORMED_HEADER


@pytest.mark.parametrize("message_id", ["a b", "evt_\x00", "ähnlich", "x" * 257, "line\n"])
def test_an_id_is_short_printable_ascii(message_id: str) -> None:
    headers = headers_of(MOMENT, sign(NEW, message_id, MOMENT, THIN), message_id=message_id)
    assert reason_of(headers) is Reason.MALFORMED_HEADER


@pytest.mark.parametrize("strange", ["v1,\xe4", "v1,\udcff", "v1,,", ", ", "v1," * 1000])
def test_a_strange_signature_is_refused_and_breaks_nothing(strange: str) -> None:
    assert reason_of(headers_of(MOMENT, strange)) in {Reason.NO_MATCH, Reason.UNKNOWN_SCHEME}
    assert reason_of(headers_of(MOMENT, strange, sign(NEW, ID, MOMENT, THIN))) is None


@pytest.mark.parametrize(
    "secret", ["", "whsec_", "whsec_c2hvcnQ=", "whsec_***", NEW[:20], "ключ", NEW.replace("whsec_", "whsec-")]
)
def test_what_is_no_secret_is_refused_at_the_start(secret: str) -> None:
    with pytest.raises(ValueError, match="secret") as error:
        Verifier([NEW, secret])
    assert secret == "" or secret not in str(error.value)


def test_no_secret_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="no secret"):
        Verifier([])


def test_a_secret_without_padding_or_with_a_line_end_counts() -> None:
    headers = headers_of(MOMENT, sign(NEW, ID, MOMENT, THIN))
    for secret in (NEW.rstrip("="), f"{NEW}\n"):
        assert Verifier([secret]).verify(headers, THIN, now=MOMENT) == ID
