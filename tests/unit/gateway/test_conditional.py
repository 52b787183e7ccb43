"""Comparison of entity tags."""

import pytest

from services.gateway.conditional import matches, revision_tag, revisions, strong_tag, weak_tag


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


@pytest.mark.parametrize(
    ("header", "named"),
    [
        ('"3"', {3}),
        (' "3" , "4"', {3, 4}),
        ('W/"3"', set()),
        ('W/"3", "4"', {4}),
        ("*", None),
        ("3", set()),
        ("", set()),
        ('"3", oops', set()),
        ('"-3"', set()),
        ('"9999999999999"', set()),
    ],
)
def test_revisions_are_named_by_strong_comparison(header: str, named: set[int] | None) -> None:
    assert revisions(header) == (None if named is None else frozenset(named))


def test_a_revision_names_itself() -> None:
    assert revisions(revision_tag(7)) == frozenset({7})
