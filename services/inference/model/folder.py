"""A model folder as it lies on disk: `manifest.json`, the weights file that it names, `MODEL_CARD.md`."""

from dataclasses import dataclass
from pathlib import Path

from shared.contracts.manifest import ManifestInvalid, ModelManifest, parse_manifest
from shared.errors import ModelInvalid

MANIFEST = "manifest.json"
CARD = "MODEL_CARD.md"


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A manifest and the bytes of its weights; the bytes are checked against the manifest when they are loaded."""

    manifest: ModelManifest
    weights: bytes


def read_folder(folder: Path) -> ModelFolder:
    """Read a model folder. Raises ModelInvalid if a file is missing or the manifest is none."""
    manifest = read_manifest(_content(folder / MANIFEST))
    return ModelFolder(manifest, _content(folder / manifest.weights.file))


def read_manifest(content: bytes) -> ModelManifest:
    """`parse_manifest` in the words of this package: raises ModelInvalid."""
    try:
        return parse_manifest(content)
    except ManifestInvalid as error:
        raise ModelInvalid(f"manifest: {error}") from error


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ModelInvalid(f"{path.name} cannot be read") from error
