"""Takes the form of a submission apart while it arrives: counts, hashes, spools, and stops at the first byte too many.

It does no input or output of its own beyond the spool file, and it never looks into the photo.
"""

import hashlib
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, Final, Self

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from services.gateway.refusals import FieldProblem, Malformed, TooLarge, UnsupportedMedia, ValidationFailed

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

METADATA_LIMIT: Final = 16 * 1024
# What a form may weigh beside its photo: the metadata, boundaries and part headers.
FORM_OVERHEAD: Final = 64 * 1024
_SPOOL_IN_MEMORY: Final = 1024 * 1024
_IMAGE: Final = "image"
_METADATA: Final = "metadata"


def boundary_of(content_type: str) -> bytes:
    """Return the boundary that a multipart/form-data header names.

    Raises UnsupportedMedia for another type and Malformed where the boundary is missing or too long.
    """
    media_type, options = parse_options_header(content_type)
    if media_type.lower() != b"multipart/form-data":
        raise UnsupportedMedia("send multipart/form-data with a part named image")
    boundary = options.get(b"boundary", b"")
    if not 1 <= len(boundary) <= 70:  # noqa: PLR2004  # RFC 2046
        raise Malformed("the Content-Type header names no usable boundary")
    return boundary


class SubmissionForm:
    """A form being received: feed it bytes with `write`, call `finish`, then read what came.

    `photo` is a spooled file at position 0 after `finish`. The owner closes the form; it may be used as a context.
    """

    def __init__(self, boundary: bytes, max_photo_bytes: int) -> None:
        self.photo = SpooledTemporaryFile(max_size=_SPOOL_IN_MEMORY)  # noqa: SIM115  # closed by close()
        self.size = 0
        self.metadata: bytes | None = None
        self._limit = max_photo_bytes
        self._received = 0
        self._digest = hashlib.sha256()
        self._header_name = b""
        self._header_value = b""
        self._headers: dict[bytes, bytes] = {}
        self._part = ""
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
        self.photo.close()

    @property
    def sha256(self) -> str:
        """Hexadecimal sha256 of the photo's bytes so far."""
        return self._digest.hexdigest()

    def write(self, chunk: bytes) -> None:
        """Take the next bytes of the body. Raises TooLarge, Malformed or ValidationFailed where one offends."""
        self._received += len(chunk)
        if self._received > self._limit + FORM_OVERHEAD:
            raise TooLarge(f"the body is larger than {self._limit + FORM_OVERHEAD} bytes")
        try:
            self._parser.write(chunk)
        except FormParserError as error:
            raise Malformed("the body is not a well-formed multipart form") from error

    def finish(self) -> None:
        """Say that the body is over. Raises Malformed where it stopped early, ValidationFailed without a photo."""
        if not self._ended:
            raise Malformed("the body ended before its closing boundary")
        if _IMAGE not in self._seen:
            raise _field(_IMAGE, "missing", "a part named image is required")
        self.photo.seek(0)

    def _on_part_begin(self) -> None:
        self._headers = {}
        self._part = ""

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
        if name not in {_IMAGE, _METADATA}:
            raise _field("form", "unexpected", "only parts named image and metadata are taken")
        if name in self._seen:
            raise _field(name, "repeated", f"one part named {name} is taken")
        self._seen.append(name)
        self._part = name
        if name == _METADATA:
            self.metadata = b""

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        piece = data[start:end]
        if self._part == _IMAGE:
            self.size += len(piece)
            if self.size > self._limit:
                raise TooLarge(f"the photo is larger than {self._limit} bytes")
            self._digest.update(piece)
            self.photo.write(piece)
        else:
            self.metadata = (self.metadata or b"") + piece
            if len(self.metadata) > METADATA_LIMIT:
                raise TooLarge(f"the metadata part is larger than {METADATA_LIMIT} bytes")

    def _on_end(self) -> None:
        self._ended = True


def _field(name: str, code: str, message: str) -> ValidationFailed:
    return ValidationFailed(message, [FieldProblem(loc=("body", name), code=code, message=message)])
