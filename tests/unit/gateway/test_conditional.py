"""Weak comparison of entity tags."""

import pytest

from services.gateway.conditional import matches, strong_tag, weak_tag


@pytest.mark.parametrize(
    "header", ['W/"3"', '"3"', 'W/"1", W/"3"', '"1","3"', ' W/"3" ', "*", 'W/"2" , "x" ,W/"3"', '"a,b", "3"']
)
def test_named(header: str) -> None:
    assert matches(header, weak_tag(3))


@pytest.mark.parametrize("header", [None, "", '"33"', "3", 'W/"4"', 'w/"3"', '"3', 'W/"1" W/"3"', '"1", oops', "**"])
def test_not_named(header: str | None) -> None:
    assert not matches(header, weak_tag(3))


def test_strong_tags_compare_too() -> None:
    assert matches('W/"abc"', strong_tag("abc"))
