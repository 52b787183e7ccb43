"""Every special range at its edges, and its neighbours: the table can fail both ways."""

import pytest

from shared.contracts.public_address import special_range
from tests.unit.contracts.address_forms import NUMERIC_HOSTS, PUBLIC, SCOPED, SPECIAL


@pytest.mark.parametrize(("address", "kind"), SPECIAL + SCOPED)
def test_special_addresses_are_told_by_their_range(address: str, kind: str) -> None:
    assert special_range(address) == kind


@pytest.mark.parametrize("address", PUBLIC)
def test_their_neighbours_are_public(address: str) -> None:
    assert special_range(address) is None


@pytest.mark.parametrize("text", ["", "localhost", "0x7f.1", "127.1", "127.0.0.1 ", "[::1]", "1.2.3.4/32", "::1/128"])
def test_what_is_no_address_is_not_public(text: str) -> None:
    assert special_range(text) == "not_an_address"


def test_the_table_has_the_size_that_was_promised() -> None:
    assert len(set(NUMERIC_HOSTS)) + len(dict(SPECIAL + SCOPED)) >= 80
