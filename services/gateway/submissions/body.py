"""The form of a submission: a photo, and what is said about it."""

from typing import Final

from services.gateway.multipart import FilePart, MultipartForm, Part, SmallPart

METADATA_LIMIT: Final = 16 * 1024
# What a form may weigh beside its photo: the metadata, boundaries and part headers.
FORM_OVERHEAD: Final = 64 * 1024


class SubmissionForm(MultipartForm):
    """`photo` is a spooled file, at position 0 after `finish`."""

    def __init__(self, boundary: bytes, max_photo_bytes: int) -> None:
        self._photo = FilePart("photo", max_photo_bytes)
        self._metadata = SmallPart("metadata part", METADATA_LIMIT)
        self.photo = self._photo.file
        parts: dict[str, Part] = {"image": self._photo, "metadata": self._metadata}
        super().__init__(boundary, parts, required=("image",), most=max_photo_bytes + FORM_OVERHEAD)

    def finish(self) -> None:
        super().finish()
        self.photo.seek(0)

    @property
    def size(self) -> int:
        return self._photo.size

    @property
    def sha256(self) -> str:
        """Hexadecimal sha256 of the photo's bytes so far."""
        return self._photo.sha256

    @property
    def metadata(self) -> bytes | None:
        return self._metadata.content
