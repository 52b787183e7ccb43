"""Looks at the first bytes of a photo: its kind, and the size that its header claims. It never decodes a pixel.

No picture library is asked: what a stranger sent is opened by one in the decoder's own process only.
"""

from collections.abc import Callable
from typing import BinaryIO, Final

from services.gateway.photo_types import PhotoType
from services.gateway.refusals import EmptyBody, UnsupportedMedia
from shared.errors import ImageTooLarge, UndecodableImage
from shared.imaging.file_parts import PartsUnreadable, jpeg_size, png_size

_HEAD: Final = 64
_HEIC_BRANDS: Final = frozenset({b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1"})
# Brands that only say "some HEIF": one that names HEVC stills must stand beside them, else it may be AVIF.
_GENERIC_BRANDS: Final = frozenset({b"mif1", b"msf1"})


def kind_of(head: bytes) -> PhotoType:
    """Return the kind that the first bytes (at least 64, or all there are) tell. Raises EmptyBody, UnsupportedMedia."""
    if not head:
        raise EmptyBody("the photo has no bytes")
    if head.startswith(b"\xff\xd8\xff"):
        return PhotoType.JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PhotoType.PNG
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return PhotoType.WEBP
    if head[4:8] == b"ftyp" and _names_heic(head):
        return PhotoType.HEIC
    raise UnsupportedMedia("JPEG, PNG, WebP and HEIC photos are taken")


def _names_heic(head: bytes) -> bool:
    major = head[8:12]
    box_end = min(int.from_bytes(head[:4], "big"), len(head))
    compatible = {head[at : at + 4] for at in range(16, box_end - 3, 4)}
    if major in _GENERIC_BRANDS:
        return bool(compatible & (_HEIC_BRANDS - _GENERIC_BRANDS))
    return major in _HEIC_BRANDS


def inspect(photo: BinaryIO, max_pixels: int) -> PhotoType:
    """Return the kind of the photo, at position 0 again, after a look at its header.

    Raises EmptyBody, UnsupportedMedia, UndecodableImage (unreadable header) or ImageTooLarge (more than max_pixels).
    A HEIC file is known by its brand only; the worker's decoder measures it.
    """
    photo.seek(0)
    kind = kind_of(photo.read(_HEAD))
    photo.seek(0)
    if kind is not PhotoType.HEIC:
        width, height = _size(photo, kind)
        if width < 1 or height < 1:
            raise UndecodableImage("the photo's header claims no pixels")
        if width * height > max_pixels:
            raise ImageTooLarge(f"the photo has {width} x {height} pixels, at most {max_pixels} are taken")
    photo.seek(0)
    return kind


def _size(photo: BinaryIO, kind: PhotoType) -> tuple[int, int]:
    readers: dict[PhotoType, Callable[[BinaryIO], tuple[int, int]]]
    readers = {PhotoType.JPEG: jpeg_size, PhotoType.PNG: png_size, PhotoType.WEBP: _webp_size}
    try:
        return readers[kind](photo)
    except PartsUnreadable as error:
        raise UndecodableImage("the photo's header cannot be read") from error


def _webp_size(photo: BinaryIO) -> tuple[int, int]:
    """Width and height by RFC 9649. Pillow would set up a decoder of the claimed size before we could refuse it."""
    head = photo.read(_HEAD)
    chunk, payload = head[12:16], head[20:]
    if chunk == b"VP8X" and len(payload) >= 10:  # noqa: PLR2004
        return 1 + int.from_bytes(payload[4:7], "little"), 1 + int.from_bytes(payload[7:10], "little")
    if chunk == b"VP8L" and len(payload) >= 5 and payload[0] == 0x2F:  # noqa: PLR2004
        bits = int.from_bytes(payload[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if chunk == b"VP8 " and len(payload) >= 10 and payload[3:6] == b"\x9d\x01\x2a":  # noqa: PLR2004
        return int.from_bytes(payload[6:8], "little") & 0x3FFF, int.from_bytes(payload[8:10], "little") & 0x3FFF
    raise UndecodableImage("the photo's header cannot be read")
