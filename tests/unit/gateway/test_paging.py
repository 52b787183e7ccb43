"""Cursors come back as they went out, count for their own query, and everything else is refused."""

import base64
import contextlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.paging import Position, Query, link_to_next
from services.gateway.refusals import ValidationFailed
from shared.contracts.ids import IdPrefix, is_id, new_id

QUERY = Query("cases", {"state": "accepted"})
TIMED = Query("cases", {"created_after": 1.5}, timed=True)


def code_of(query: Query, word: str) -> str:
    with pytest.raises(ValidationFailed) as caught:
        query.decode(word)
    return caught.value.problems[0].code


def test_round_trip() -> None:
    position = Position(new_id(IdPrefix.CASE))
    word = QUERY.encode(position)
    assert QUERY.decode(word) == position
    assert position.id not in word


@given(st.datetimes(timezones=st.just(UTC)))
def test_round_trip_of_times(at: datetime) -> None:
    position = Position(new_id(IdPrefix.CASE), at)
    assert TIMED.decode(TIMED.encode(position)) == position


def test_another_query_refuses_it() -> None:
    word = QUERY.encode(Position(new_id(IdPrefix.CASE)))
    for other in (
        Query("cases", {}),
        Query("cases", {"state": "failed"}),
        Query("lesion", {"state": "accepted"}),
        TIMED,
    ):
        assert code_of(other, word) == "cursor_of_another_query"
    assert Query("cases", {"b": 1, "a": 2})._fingerprint() == Query("cases", {"a": 2, "b": 1})._fingerprint()


def test_a_forged_position_is_refused() -> None:
    case_id, run_id = new_id(IdPrefix.CASE), new_id(IdPrefix.RUN)
    mark = QUERY._fingerprint()
    for plain in (f"2.{mark}.{run_id}", f"2.{mark}.{case_id}.5", f"2.{mark}.case_' OR 1=1 --", f"1.{case_id}", "\xff"):
        assert code_of(QUERY, base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")) == "bad_cursor"
    for at in ("", ".999999999999999999", ".-999999999999999999"):
        plain = f"2.{TIMED._fingerprint()}.{case_id}{at}"
        assert code_of(TIMED, base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")) == "bad_cursor"


@given(st.text(max_size=200))
def test_anything_else_is_refused_or_an_id(word: str) -> None:
    with contextlib.suppress(ValidationFailed):
        assert is_id(QUERY.decode(word).id, IdPrefix.CASE)


def test_the_link_keeps_the_query() -> None:
    link = link_to_next("/v1/cases", "limit=5&cursor=old&created_after=2026-01-01T00%3A00%3A00%2B01%3A00", "new")
    assert link == '</v1/cases?limit=5&created_after=2026-01-01T00%3A00%3A00%2B01%3A00&cursor=new>; rel="next"'
