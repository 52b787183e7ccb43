"""What may be said about a photo, and when two sayings are the same."""

import json

import pytest

from services.gateway.refusals import ValidationFailed
from services.gateway.submissions.schemas import read_metadata

FULL = {
    "client_ref": "visit:7",
    "subject_ref": "p-1",
    "lesion_ref": "l.2",
    "body_site": "lower extremity",
    "age": 41,
    "sex": "female",
    "captured_at": "2026-03-01T10:00:00+01:00",
    "modality": "dermoscopy",
    "deadline_s": 60,
}


def test_everything() -> None:
    read = read_metadata(json.dumps(FULL).encode())
    assert read.age == 41
    assert read.captured_at is not None
    assert read.modality == "dermoscopy"


def test_nothing() -> None:
    assert read_metadata(None) == read_metadata(b"{}")
    assert read_metadata(None).modality == "unknown"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"patient_name": "Jane Doe"}, "patient_name"),
        ({"client_ref": ""}, "client_ref"),
        ({"client_ref": "a" * 65}, "client_ref"),
        ({"client_ref": "a b"}, "client_ref"),
        ({"client_ref": "a\n"}, "client_ref"),
        ({"client_ref": 7}, "client_ref"),
        ({"subject_ref": "é"}, "subject_ref"),
        ({"age": 121}, "age"),
        ({"age": -1}, "age"),
        ({"age": "41"}, "age"),
        ({"age": True}, "age"),
        ({"sex": "x"}, "sex"),
        ({"captured_at": "2026-03-01T10:00:00"}, "captured_at"),
        ({"captured_at": 1_700_000_000}, "captured_at"),
        ({"captured_at": "0001-01-01T00:00:00+14:00"}, "captured_at"),
        ({"modality": "xray"}, "modality"),
        ({"deadline_s": 0}, "deadline_s"),
        ({"body_site": "<script>"}, "body_site"),
    ],
)
def test_refused_by_field_and_without_the_value(change: dict[str, object], field: str) -> None:
    with pytest.raises(ValidationFailed) as caught:
        read_metadata(json.dumps({**FULL, **change}).encode())
    (problem,) = caught.value.problems
    assert problem.loc == ("body", "metadata", field)
    assert "Jane" not in problem.message


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"null", b"\xff", b'"x"', b'{"age": NaN}'])
def test_not_an_object(raw: bytes) -> None:
    with pytest.raises(ValidationFailed):
        read_metadata(raw)


def test_the_same_meaning_has_the_same_bytes() -> None:
    reordered = dict(reversed(FULL.items()))
    reordered["captured_at"] = "2026-03-01T09:00:00Z"
    one, other = (read_metadata(json.dumps(each).encode()) for each in (FULL, reordered))
    assert one.canonical() == other.canonical()
    assert one.canonical() != read_metadata(json.dumps({**FULL, "age": 42}).encode()).canonical()
