"""The form with which a model is registered: its manifest, its weights and, if there is one, its card."""

from typing import BinaryIO, Final, cast

from services.gateway.multipart import FilePart, MultipartForm, Part, SmallPart

_TEXT_LIMIT: Final = 256 * 1024
# What a form may weigh beside its weights: manifest, card, boundaries and part headers.
_OVERHEAD: Final = 3 * _TEXT_LIMIT


class ModelForm(MultipartForm):
    """`weights` is a file on disk, hashed while it came."""

    def __init__(self, boundary: bytes, max_weights_bytes: int) -> None:
        self.weights = FilePart("weights file", max_weights_bytes)
        self._manifest = SmallPart("manifest", _TEXT_LIMIT)
        self._card = SmallPart("card", _TEXT_LIMIT)
        parts: dict[str, Part] = {"manifest": self._manifest, "weights": self.weights, "card": self._card}
        super().__init__(boundary, parts, required=("manifest", "weights"), most=max_weights_bytes + _OVERHEAD)

    @property
    def manifest(self) -> bytes:
        return self._manifest.content or b""

    @property
    def card(self) -> bytes | None:
        return self._card.content

    def weights_file(self) -> BinaryIO:
        """The weights, at position 0."""
        self.weights.file.seek(0)
        return cast("BinaryIO", self.weights.file)
