"""Which pictures there are, and drawing those that are not stored: only from what a worker wrote, a few at a time."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from services.gateway.artifacts.repository import Pictures, StoredObject
from services.gateway.artifacts.schemas import Colormap, Drawn, Subject
from services.gateway.parts import Parts
from services.gateway.refusals import ArtifactNotReady, FieldProblem, RendererBusy, ValidationFailed
from shared.contracts.enums import ArtifactName, LesionClass
from shared.contracts.manifest import parse_manifest
from shared.imaging.display import open_display
from shared.imaging.geometry import Geometry
from shared.imaging.heat import render_heatmap16, render_layer
from shared.imaging.legend import Caption
from shared.imaging.map_file import ClassMap, read_maps
from shared.imaging.overlay import render_overlay

# Part of every drawn picture's tag: to be raised when the drawing changes.
_DRAWING: Final = "2"
_PATIENCE_S: Final = 1.0
_ONE_CLASS: Final = "of this photo a device is shown the map of the class that the result explains"


def image_of(pictures: Pictures) -> StoredObject:
    """Return the stored photo. Raises ArtifactNotReady."""
    if pictures.image is None:
        raise ArtifactNotReady("the photo is not stored yet")
    return pictures.image


def object_of(pictures: Pictures, name: ArtifactName) -> StoredObject:
    """Return a stored picture. Raises ArtifactNotReady without a published answer."""
    found = pictures.objects.get(name)
    if found is None:
        raise ArtifactNotReady("the case has no answer to draw (yet)")
    return found


def maps_of(pictures: Pictures) -> StoredObject:
    """Return the signed maps of all classes. Raises ArtifactNotReady without a published answer, or for this caller."""
    if pictures.veiled:
        # The maps of all classes together come near to telling the probabilities.
        raise ArtifactNotReady(_ONE_CLASS)
    return object_of(pictures, ArtifactName.MAP)


def target_of(pictures: Pictures) -> LesionClass:
    """Return the class that the stored pictures show. Raises ArtifactNotReady without a published answer."""
    if pictures.target is None:
        raise ArtifactNotReady("the case has no answer to draw (yet)")
    return pictures.target


def drawing_tag(pictures: Pictures, *request: object) -> str:
    """Return the digest that stands for a drawn picture: of all that goes into it, so that it need not be drawn."""
    sources = [object_of(pictures, ArtifactName.MAP).sha256, object_of(pictures, ArtifactName.GEOMETRY).sha256]
    words = [_DRAWING, *sources, image_of(pictures).sha256, *map(str, request), *(["veiled"] * pictures.veiled)]
    return hashlib.sha256("\n".join(words).encode()).hexdigest()


def asked_of(pictures: Pictures, shown: LesionClass | None, against: LesionClass | None) -> Subject:
    """Return what a picture is to show: by default the class that the result explains.

    Raises ArtifactNotReady without a published answer, and for another class where this caller may see that one alone;
    ValidationFailed for a class against itself.
    """
    label = target_of(pictures) if shown is None else shown
    if label is against:
        problem = FieldProblem(("query", "against"), "same_class", "must be another class than the one shown")
        raise ValidationFailed("some parameters do not fit", [problem])
    subject = Subject(label, against)
    if pictures.veiled and not is_stored(pictures, subject):
        raise ArtifactNotReady(_ONE_CLASS)
    return subject


def is_stored(pictures: Pictures, subject: Subject) -> bool:
    """Return whether the worker's own pictures show this."""
    return subject == Subject(target_of(pictures), None)


def draw_heatmap(parts: Parts, pictures: Pictures, subject: Subject) -> Drawn:
    """Return the positive evidence as a 16-bit PNG, one pixel a cell of the map."""
    with place(parts):
        heatmap = render_heatmap16(_evidence(parts, pictures, subject)[0])
    return Drawn(heatmap.png, "image/png", heatmap.maximum)


def draw_layer(parts: Parts, pictures: Pictures, subject: Subject, colormap: Colormap) -> Drawn:
    """Return the map as a transparent PNG of the photo's aspect."""
    with place(parts):
        evidence, geometry = _evidence(parts, pictures, subject)
        return Drawn(render_layer(evidence, geometry, colormap=colormap), "image/png")


def draw_overlay(parts: Parts, pictures: Pictures, subject: Subject, alpha: float) -> Drawn:
    """Return the photo under the map, with a legend, as a JPEG."""
    with place(parts):
        evidence, geometry = _evidence(parts, pictures, subject)
        photo = open_display(parts.store.get(image_of(pictures).key))
        content = render_overlay(photo, evidence, geometry, _caption(pictures, subject), alpha=alpha)
    return Drawn(content, "image/jpeg")


@contextmanager
def place(parts: Parts) -> Iterator[None]:
    if not parts.render_places.acquire(timeout=_PATIENCE_S):
        raise RendererBusy("too many pictures are being drawn")
    try:
        yield
    finally:
        parts.render_places.release()


def _evidence(parts: Parts, pictures: Pictures, subject: Subject) -> tuple[ClassMap, Geometry]:
    geometry = Geometry.from_json(parts.store.get(object_of(pictures, ArtifactName.GEOMETRY).key))
    maps = read_maps(parts.store.get(object_of(pictures, ArtifactName.MAP).key))
    evidence = maps[geometry.labels.index(subject.label)]
    if subject.against is not None:
        evidence = evidence.minus(maps[geometry.labels.index(subject.against)])
    return evidence, geometry


def _caption(pictures: Pictures, subject: Subject) -> Caption:
    words = pictures.words
    if words is None:
        raise ArtifactNotReady("the case has no answer to draw (yet)")
    manifest = parse_manifest(json.dumps(words.manifest).encode())
    title, detail = manifest.wording.classes[subject.label], f"{words.probabilities[subject.label]:.0%}"
    if subject.against is not None:
        title += f" rather than {manifest.wording.classes[subject.against]}"
        detail += f" against {words.probabilities[subject.against]:.0%}"
    if pictures.veiled:
        detail = ""
    return Caption(
        title=title,
        model=f"{manifest.name} {manifest.digest[:12]} ({manifest.status})",
        sentence=manifest.wording.heatmap,
        detail=detail and f"calibrated probability {detail}",
    )
