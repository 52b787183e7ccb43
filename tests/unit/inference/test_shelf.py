"""What a run leaves is put all at once, and nothing of it is under way once that has ended."""

import threading
from typing import Any, cast

import pytest

from services.inference.shelf import Shelf
from shared.contracts.enums import ArtifactName
from shared.errors import StoreUnavailable
from tests.claimed_run import claimed

RUN = claimed()
CONTENTS = {name: str(name).encode() for name in ArtifactName}


class Memory:
    """Objects by key. Each put waits until as many as `together` are under way; those of `broken` fail at once."""

    def __init__(self, together: int, broken: str = "-") -> None:
        self.objects: dict[str, bytes] = {}
        self._together = threading.Barrier(together)
        self._broken = broken

    def put(self, key: str, data: bytes, *, media_type: str) -> None:
        assert media_type
        if self._broken in key:
            raise StoreUnavailable("down")
        self._together.wait(timeout=10)
        self.objects[key] = data


def shelf_on(memory: Memory) -> Shelf:
    return Shelf(cast("Any", memory))


def test_all_are_put_at_once_and_named_by_their_rows() -> None:
    memory = Memory(together=len(CONTENTS))
    shelf = shelf_on(memory)
    rows = shelf.put(RUN, CONTENTS)
    assert {row.key: CONTENTS[ArtifactName(row.name)] for row in rows} == memory.objects
    assert [row.name for row in rows] == list(CONTENTS)
    shelf.close()


def test_one_that_fails_fails_them_all_once_the_others_have_ended() -> None:
    memory = Memory(together=len(CONTENTS) - 1, broken=ArtifactName.LAYER)
    shelf = shelf_on(memory)
    with pytest.raises(StoreUnavailable):
        shelf.put(RUN, CONTENTS)
    assert len(memory.objects) == len(CONTENTS) - 1
    shelf.close()
