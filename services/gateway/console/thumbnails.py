"""Small pictures of stored photos, for lists. Drawn when they are asked for: browsers keep them by their tag."""

import io
from typing import Final

from services.gateway.artifacts import service as artifacts
from services.gateway.artifacts.answering import Choose, Chosen, drawn
from services.gateway.artifacts.repository import Pictures
from services.gateway.artifacts.schemas import Drawn
from services.gateway.parts import Parts
from shared.imaging.display import fit, open_reduced

SIDE_PX: Final = 144
_QUALITY: Final = 75


def thumbnail(parts: Parts) -> Choose:
    """Return what chooses a case's photo in small. Raises ArtifactNotReady while there is none."""

    def choose(pictures: Pictures) -> Chosen:
        image = artifacts.image_of(pictures)
        return drawn("thumbnail", f"{image.sha256}-{SIDE_PX}", lambda: _small(parts, image.key))

    return choose


def _small(parts: Parts, key: str) -> Drawn:
    with artifacts.place(parts):
        picture, full = open_reduced(parts.store.get(key), lambda size: SIDE_PX / max(size.width, size.height))
        target = io.BytesIO()
        fit(picture, full, SIDE_PX).save(target, "JPEG", quality=_QUALITY)
    return Drawn(target.getvalue(), "image/jpeg")
