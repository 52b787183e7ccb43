"""Takes a multipart form apart while it arrives: counts, hashes, spools, and stops at the first byte too many.

It does no input or output of its own beyond the spool files, and it never looks into what a part holds.
"""

import asyncio
import hashlib
import time
from collections.abc import AsyncGenerator, Collection, Mapping
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, Final, Protocol, Self

from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from services.gateway.refusals import (
    FieldProblem,
    Malformed,
    RequestTimeout,
    TooLarge,
    UnsupportedMedia,
    ValidationFailed,
)
from services.gateway.settings import GatewaySettings

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

_SPOOL_IN_MEMORY: Final = 1024 * 1024


class Part(Protocol):
    """Where the bytes of one part go."""

    def take(self, piece: bytes) -> None:
        """Take the next bytes. Raises TooLarge."""

    def close(self) -> None: ...


class FilePart:
    """A part of many bytes: spooled to disk beyond the first megabyte, hashed on the way. `what` names it in errors."""

    def __init__(self, what: str, limit: int) -> None:
        self.file = SpooledTemporaryFile(max_size=_SPOOL_IN_MEMORY)  # noqa: SIM115  # closed by close()
        self.size = 0
        self._what = what
        self._limit = limit
        self._digest = hashlib.sha256()

    @property
    def sha256(self) -> str:
        """Hexadecimal sha256 of the bytes so far."""
        return self._digest.hexdigest()

    def take(self, piece: bytes) -> None:
        """See `Part`."""
        self.size += len(piece)
        if self.size > self._limit:
            raise TooLarge(f"the {self._what} is larger than {self._limit} bytes")
        self._digest.update(piece)
        self.file.write(piece)

    def close(self) -> None:
        self.file.close()


class SmallPart:
    """A part that is kept in memory; `content` is None where it did not come."""

    def __init__(self, what: str, limit: int) -> None:
        self.content: bytes | None = None
        self._what = what
        self._limit = limit

    def take(self, piece: bytes) -> None:
        """See `Part`."""
        self.content = (self.content or b"") + piece
        if len(self.content) > self._limit:
            raise TooLarge(f"the {self._what} is larger than {self._limit} bytes")

    def close(self) -> None:
        """Nothing to close."""


def boundary_of(content_type: str) -> bytes:
    """Return the boundary that a multipart/form-data header names.

    Raises UnsupportedMedia for another type and Malformed where the boundary is missing or too long.
    """
    media_type, options = parse_options_header(content_type)
    if media_type.lower() != b"multipart/form-data":
        raise UnsupportedMedia("send multipart/form-data")
    boundary = options.get(b"boundary", b"")
    if not 1 <= len(boundary) <= 70:  # noqa: PLR2004  # RFC 2046
        raise Malformed("the Content-Type header names no usable boundary")
    return boundary


class MultipartForm:
    """A form being received: feed it bytes with `write`, call `finish`, then read its parts.

    `most`: bytes of the whole body. The owner closes the form; it may be used as a context.
    """

    def __init__(self, boundary: bytes, parts: Mapping[str, Part], *, required: Collection[str], most: int) -> None:
        self.most = most
        self._parts = parts
        self._required = required
        self.received = 0
        self._header_name = b""
        self._header_value = b""
        self._headers: dict[bytes, bytes] = {}
        self._part: Part | None = None
        self._seen: list[str] = []
        self._ended = False
        callbacks: MultipartCallbacks = {
            "on_part_begin": self._on_part_begin,
            "on_header_field": self._on_header_field,
            "on_header_value": self._on_header_value,
            "on_header_end": self._on_header_end,
            "on_headers_finished": self._on_headers_finished,
            "on_part_data": self._on_part_data,
            "on_end": self._on_end,
        }
        self._parser = MultipartParser(boundary, callbacks)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        for part in self._parts.values():
            part.close()

    def expect(self, announced: str) -> None:
        """Look at the length that a header announces, before the first byte. Raises TooLarge."""
        if announced.isdecimal() and int(announced) > self.most:
            raise TooLarge(f"the body is larger than {self.most} bytes")

    def write(self, chunk: bytes) -> None:
        """Take the next bytes of the body. Raises TooLarge, Malformed or ValidationFailed where one offends."""
        self.received += len(chunk)
        if self.received > self.most:
            raise TooLarge(f"the body is larger than {self.most} bytes")
        try:
            self._parser.write(chunk)
        except FormParserError as error:
            raise Malformed("the body is not a well-formed multipart form") from error

    def finish(self) -> None:
        """Say that the body is over. Raises Malformed where it stopped early, ValidationFailed without a part."""
        if not self._ended:
            raise Malformed("the body ended before its closing boundary")
        for name in self._required:
            if name not in self._seen:
                raise _field(name, "missing", f"a part named {name} is required")

    def _on_part_begin(self) -> None:
        self._headers = {}
        self._part = None

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]

    def _on_header_end(self) -> None:
        self._headers[self._header_name.lower()] = self._header_value
        self._header_name = self._header_value = b""

    def _on_headers_finished(self) -> None:
        disposition, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        name = options.get(b"name", b"").decode("utf-8", "replace")
        if disposition.lower() != b"form-data" or not name:
            raise Malformed("each part needs a Content-Disposition of form-data with a name")
        if self._headers.get(b"content-transfer-encoding", b"binary").lower() not in {b"binary", b"8bit", b"7bit"}:
            raise Malformed("parts are taken as they are; no transfer encoding is undone")
        if name not in self._parts:
            raise _field("form", "unexpected", f"only parts named {' and '.join(self._parts)} are taken")
        if name in self._seen:
            raise _field(name, "repeated", f"one part named {name} is taken")
        self._seen.append(name)
        self._part = self._parts[name]
        self._part.take(b"")  # it came, even if it is empty

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._part is not None:
            self._part.take(data[start:end])

    def _on_end(self) -> None:
        self._ended = True


@dataclass(frozen=True, slots=True)
class Pace:
    """Longest silence and longest upload, seconds; and the mean, in bytes a second, that counts after such a silence.

    Without the mean a byte in each silence would hold a body open for as long as the longest upload.
    """

    idle_s: float
    total_s: float
    least_bytes_per_s: int

    @classmethod
    def of(cls, settings: GatewaySettings) -> Self:
        return cls(settings.body_idle_timeout_s, settings.body_total_timeout_s, settings.body_least_bytes_per_s)

    def check(self, received: int, elapsed_s: float) -> None:
        """Raises TimeoutError where so many bytes in so many seconds are too few."""
        if elapsed_s > self.idle_s and received < self.least_bytes_per_s * elapsed_s:
            raise TimeoutError


async def receive(request: Request, form: MultipartForm, pace: Pace) -> None:
    """Read the body into a form, and finish it; where that fails the form is closed.

    Raises what the form raises, TooLarge by the announced length, RequestTimeout.
    """
    try:
        form.expect(request.headers.get("content-length", "0"))
        began = time.monotonic()
        async with asyncio.timeout(pace.total_s):
            stream = request.stream()
            while chunk := await _next(stream, pace.idle_s):
                form.write(chunk)
                pace.check(form.received, time.monotonic() - began)
        form.finish()
    except TimeoutError as error:
        form.close()
        raise RequestTimeout("the body came too slowly") from error
    except BaseException:
        form.close()
        raise


async def _next(stream: AsyncGenerator[bytes, None], patience_s: float) -> bytes:
    async with asyncio.timeout(patience_s):
        return await anext(stream)


def _field(name: str, code: str, message: str) -> ValidationFailed:
    return ValidationFailed(message, [FieldProblem(loc=("body", name), code=code, message=message)])
