"""The kinds of photo that we take."""

from enum import StrEnum


class PhotoType(StrEnum):
    """What we take, as its media type."""

    JPEG = "image/jpeg"
    PNG = "image/png"
    WEBP = "image/webp"
    HEIC = "image/heic"
