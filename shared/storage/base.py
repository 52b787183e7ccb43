"""What the product needs of an object store. `shared.storage.s3` is the implementation."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Protocol


@dataclass(frozen=True, slots=True)
class ObjectHead:
    size: int
    media_type: str


@dataclass(frozen=True, slots=True)
class ObjectListing:
    """An object as a listing shows it. Size in bytes; `modified_at` by the store's clock, aware."""

    key: str
    size: int
    modified_at: datetime


class ObjectStore(Protocol):
    """Whole objects under opaque keys.

    Every method raises StoreUnavailable where the store cannot be asked or answers with a fault of its own;
    reading a key that is not there raises ObjectMissing.
    """

    def put(self, key: str, data: bytes | BinaryIO, *, media_type: str) -> None:
        """Store the object whole or not at all; an object already under that key is replaced."""

    def get(self, key: str) -> bytes:
        """Return all bytes of the object."""

    def stream(self, key: str) -> Iterator[bytes]:
        """Return the object's bytes in pieces; the first look at the store happens before this returns."""

    def head(self, key: str) -> ObjectHead | None:
        """Return size in bytes and media type, or None where there is no such object."""

    def copy(self, source: str, target: str) -> None:
        """Copy an object within the store; raises ObjectMissing where there is none to copy."""

    def delete(self, key: str) -> None:
        """Delete the object; one that is not there is no error."""

    def list_keys(self, prefix: str) -> Iterator[str]:
        """Yield the keys that start so, in the store's order."""

    def list_objects(self, prefix: str) -> Iterator[ObjectListing]:
        """Yield the objects whose keys start so, a page in memory at a time; deleting what was yielded is allowed."""

    def erase(self, prefix: str) -> int:
        """Delete every version of every object whose key starts so; return how many, markers of deletion included."""

    def holds(self, prefix: str) -> bool:
        """Return whether any version of an object whose key starts so is there, a marker of deletion included."""

    def check(self) -> None:
        """Ask for the bucket, so that a wrong address or key shows at start."""
