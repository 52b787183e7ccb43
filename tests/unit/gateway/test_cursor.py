"""Cursors come back as they went out, and everything else is refused."""

import base64
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.cases.cursor import decode, encode
from services.gateway.refusals import ValidationFailed
from shared.contracts.ids import IdPrefix, is_id, new_id


def test_round_trip() -> None:
    case_id = new_id(IdPrefix.CASE)
    word = encode(case_id)
    assert decode(word) == case_id
    assert case_id not in word


@pytest.mark.parametrize(
    "word",
    [
        "",
        "x",
        "====",
        "💥",
        "1." + "a" * 300,
        base64.urlsafe_b64encode(b"2.case_06f3k1qv2n7xw8m4t9zc5hd0ra").decode(),
        base64.urlsafe_b64encode(b"1.run_06f3k1qv2n7xw8m4t9zc5hd0ra").decode(),
        base64.urlsafe_b64encode(b"1.case_' OR 1=1 --").decode(),
        base64.urlsafe_b64encode(b"\xff\xfe\xfd").decode(),
    ],
)
def test_refused(word: str) -> None:
    with pytest.raises(ValidationFailed) as caught:
        decode(word)
    assert caught.value.problems[0].code == "bad_cursor"


@given(st.text(max_size=150))
def test_anything_else_is_refused_or_an_id(word: str) -> None:
    with contextlib.suppress(ValidationFailed):
        assert is_id(decode(word), IdPrefix.CASE)
