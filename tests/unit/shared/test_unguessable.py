"""What must not be guessed comes from the system's random numbers, and has as many as the security page says."""

import ast
import re
from pathlib import Path

from services.gateway.clinics.keys import make_key
from services.gateway.uploads.service import new_token
from shared.contracts.ids import IdPrefix, new_id

ROOT = Path(__file__).parents[3]
ID_BITS = 74
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def number_of(identifier: str) -> int:
    number = 0
    for letter in identifier.partition("_")[2]:
        number = number << 5 | _ALPHABET.index(letter)
    return number


def test_an_id_has_74_bits_that_nobody_can_know() -> None:
    numbers = [number_of(new_id(IdPrefix.CASE)) for _ in range(400)]
    # Below the 48 bits of the time, without the four of the version and the two of the variant.
    free = [bit for bit in range(80) if bit not in {62, 63, 76, 77, 78, 79}]
    assert len(free) == ID_BITS
    for bit in free:
        ones = sum(number >> bit & 1 for number in numbers)
        assert 100 < ones < 300, f"bit {bit} is no coin"
    assert len({number & (1 << 62) - 1 for number in numbers}) == 400


def test_a_key_has_200_bits_and_a_place_for_an_upload_128() -> None:
    secrets = {make_key(new_id(IdPrefix.KEY)).text.rpartition("_")[2] for _ in range(50)}
    assert len(secrets) == 50
    assert all(re.fullmatch(f"[{_ALPHABET}]{{40}}", secret) for secret in secrets)
    places = {new_token() for _ in range(50)}
    assert len(places) == 50
    assert all(re.fullmatch("[0-9a-f]{32}", place) for place in places)


def test_no_service_uses_random_numbers_that_can_be_foretold() -> None:
    """But for those that have nothing to hide: which port is tried first, when a webhook is tried again."""
    allowed = {"services/standalone/ports.py", "services/notifier/engine.py"}
    found = set()
    for path in [*(ROOT / "services").rglob("*.py"), *(ROOT / "shared").rglob("*.py")]:
        name = path.relative_to(ROOT).as_posix()
        # The trainer draws photos, and has to draw the same ones again.
        if name.startswith(("services/trainer/", "services/mobile/")):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            names = [each.name for each in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if "random" in names:
                found.add(name)
    assert found == allowed
