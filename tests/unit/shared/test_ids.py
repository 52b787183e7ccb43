import re
from collections.abc import Iterator

from shared.contracts.ids import IdPrefix, id_pattern, is_id, new_id


def _some() -> Iterator[str]:
    return (new_id(IdPrefix.CASE) for _ in range(2000))


def test_ids_are_unique_named_and_of_one_length() -> None:
    made = list(_some())
    assert len(set(made)) == len(made)
    assert all(re.fullmatch(id_pattern(IdPrefix.CASE), one) for one in made)
    assert not is_id(made[0], IdPrefix.RUN)


def test_ids_carry_version_seven_and_sort_by_time() -> None:
    alphabet = "0123456789abcdefghjkmnpqrstvwxyz"
    times = []
    for one in _some():
        number = 0
        for digit in one.removeprefix("case_"):
            number = number * 32 + alphabet.index(digit)
        assert number >> 128 == 0
        assert (number >> 76) & 0xF == 7
        assert (number >> 62) & 0b11 == 0b10
        times.append(number >> 80)
    assert times == sorted(times)
