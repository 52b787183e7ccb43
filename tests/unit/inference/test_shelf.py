"""What a run leaves is put all at once, and nothing of it is under way once that has ended."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import pytest

from services.inference.shelf import Shelf
from shared.contracts.enums import ArtifactName
from shared.errors import StoreUnavailable
from shared.storage import keys
from tests.claimed_run import claimed

RUN = claimed()
CONTENTS = {name: str(name).encode() for name in ArtifactName}


class Memory:
    """Objects by key. Each put waits until as many as `together` are under way; those of `broken` fail at once."""

    def __init__(self, together: int, broken: str = "-") -> None:
        self.objects: dict[str, bytes] = {}
        self.failed = threading.Event()
        self.together = threading.Barrier(together)
        self._broken = broken

    def put(self, key: str, data: bytes, *, media_type: str) -> None:
        assert media_type
        if self._broken in key:
            self.failed.set()
            raise StoreUnavailable("down")
        self.together.wait(timeout=10)
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
    first = keys.artifact(RUN.case_id, RUN.run_id, RUN.fence, next(iter(CONTENTS)))
    memory = Memory(together=len(CONTENTS), broken=first)
    shelf = shelf_on(memory)
    with ThreadPoolExecutor(1) as pool:
        putting = pool.submit(shelf.put, RUN, CONTENTS)
        assert memory.failed.wait(10)
        # The others are under way still: they wait for one more.
        with pytest.raises(TimeoutError):
            putting.exception(timeout=0.2)
        memory.together.wait(timeout=10)
        with pytest.raises(StoreUnavailable):
            putting.result(timeout=10)
    assert len(memory.objects) == len(CONTENTS) - 1
    shelf.close()


def test_one_begun_tells_when_it_was_under_way() -> None:
    memory = Memory(together=2)
    shelf = shelf_on(memory)
    before = time.time_ns()
    one = shelf.begin("one", b"1", media_type="image/png")
    assert not one.done()
    memory.together.wait(timeout=10)
    began, ended = one.result(timeout=10)
    assert before <= began <= ended <= time.time_ns()
    assert memory.objects == {"one": b"1"}
    shelf.close()
