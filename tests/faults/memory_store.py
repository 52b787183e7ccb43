"""Objects in a dictionary, for histories in which the record is what is tried and the store never fails."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, BinaryIO

from shared.errors import ObjectMissing
from shared.storage.base import ObjectHead, ObjectListing

if TYPE_CHECKING:
    from collections.abc import Iterator


class MemoryStore:
    """An ObjectStore of one process."""

    def __init__(self) -> None:
        self._objects: dict[str, tuple[bytes, str]] = {}

    def clear(self) -> None:
        self._objects.clear()

    def put(self, key: str, data: bytes | BinaryIO, *, media_type: str) -> None:
        self._objects[key] = (data if isinstance(data, bytes) else data.read(), media_type)

    def get(self, key: str) -> bytes:
        if key not in self._objects:
            raise ObjectMissing(f"no object {key}")
        return self._objects[key][0]

    def stream(self, key: str) -> Iterator[bytes]:
        return iter([self.get(key)])

    def head(self, key: str) -> ObjectHead | None:
        found = self._objects.get(key)
        return None if found is None else ObjectHead(len(found[0]), found[1])

    def copy(self, source: str, target: str) -> None:
        self._objects[target] = (self.get(source), self._objects[source][1])

    def delete(self, key: str) -> None:
        self._objects.pop(key, None)

    def list_keys(self, prefix: str) -> Iterator[str]:
        return iter([key for key in self._objects if key.startswith(prefix)])

    def list_objects(self, prefix: str) -> Iterator[ObjectListing]:
        now = datetime.now(UTC)
        return (ObjectListing(key, len(self.get(key)), now) for key in list(self.list_keys(prefix)))

    def erase(self, prefix: str) -> int:
        found = list(self.list_keys(prefix))
        for key in found:
            self.delete(key)
        return len(found)

    def holds(self, prefix: str) -> bool:
        return next(self.list_keys(prefix), None) is not None

    def check(self) -> None:
        """Nothing can be wrong with it."""
