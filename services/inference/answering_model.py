"""The model that an answer names: one in memory, or one whose manifest alone decides over another run's numbers."""

from dataclasses import dataclass
from typing import Protocol

from services.inference.model.preprocess import Framing
from shared.contracts.enums import LesionClass
from shared.contracts.manifest import ModelManifest


class AnsweringModel(Protocol):
    """What answers and captions say of a model. `LoadedModel` is one."""

    @property
    def manifest(self) -> ModelManifest: ...

    @property
    def version(self) -> str:
        """The digest of the manifest."""

    @property
    def backend(self) -> str:
        """What ran the body."""

    @property
    def backend_checked(self) -> bool:
        """Whether the manifest lists this backend."""

    @property
    def layer(self) -> str:
        """Where the maps come from."""

    def label_index(self, label: LesionClass) -> int:
        """The position of a class in logits and maps."""


@dataclass(frozen=True, slots=True)
class UnloadedModel:
    """A manifest without its network. `backend` and `layer` are those of the run whose numbers it is applied to."""

    manifest: ModelManifest
    backend: str
    layer: str

    @property
    def version(self) -> str:
        return self.manifest.digest

    @property
    def backend_checked(self) -> bool:
        return self.backend in self.manifest.backends

    @property
    def framing(self) -> Framing:
        return Framing(self.manifest.preprocessing.resize_short_side, self.manifest.preprocessing.input_size)

    def label_index(self, label: LesionClass) -> int:
        return self.manifest.labels.index(label)
