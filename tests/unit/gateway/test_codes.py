"""Codes of enrolment: what they look like, how they are read, what of them is kept. And the tokens of devices."""

import re

import pytest

from services.gateway.clinics.keys import looks_like_key, looks_like_token, make_token
from services.gateway.enrolments.codes import digest_of, make_code, read_code
from shared.contracts.enums import TokenKind


def test_a_code_is_ten_symbols_that_nobody_mistakes() -> None:
    codes = [make_code() for _ in range(20)]
    assert all(re.fullmatch("[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}", code.text) for code in codes)
    assert len({code.text for code in codes}) == len({code.digest for code in codes}) == 20
    assert codes[0].text not in repr(codes[0])


@pytest.mark.parametrize("typed", ["01AB1-C0DEF", "oiabl-codef", " 0 1 A B 1 C O D E F ", "OLABIC0DEF", "OLab-IC0-DEF"])
def test_what_looks_alike_is_read_alike(typed: str) -> None:
    assert read_code(typed) == "01AB1C0DEF"


@pytest.mark.parametrize("typed", ["", "01AB1-C0DE", "01AB1-C0DEFG", "U1AB1-C0DEF", "01AB1_C0DEF", "\u06601AB1-C0DEF"])
def test_what_can_be_no_code(typed: str) -> None:
    assert read_code(typed) is None


def test_the_digest_is_of_what_was_read() -> None:
    code = make_code()
    read = read_code(code.text.lower())
    assert read is not None
    assert digest_of(read) == code.digest
    assert len(code.digest) == 32


def test_tokens_are_told_apart_by_their_beginning() -> None:
    access, refresh = make_token(TokenKind.ACCESS), make_token(TokenKind.REFRESH)
    assert access.text.startswith("lld_")
    assert refresh.text.startswith("llr_")
    assert looks_like_token(access.text, TokenKind.ACCESS)
    assert not looks_like_token(refresh.text, TokenKind.ACCESS)
    assert not looks_like_token(access.text, TokenKind.REFRESH)
    assert not looks_like_token(access.text[:-1], TokenKind.ACCESS)
    assert not looks_like_key(access.text)
    assert access.text not in repr(access)
