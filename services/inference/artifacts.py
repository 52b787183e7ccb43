"""What a run leaves beside its row: maps, geometry, layer and overlay. `shelf` stores them."""

from collections.abc import Mapping

from services.inference.answering_model import AnsweringModel
from services.inference.decode import DecodedImage
from services.inference.model.engine import Prediction
from shared.contracts.enums import ArtifactName
from shared.imaging.geometry import Geometry
from shared.imaging.heat import render_layer
from shared.imaging.legend import Caption
from shared.imaging.map_file import write_maps
from shared.imaging.overlay import render_overlay


def render(
    model: AnsweringModel, prediction: Prediction, pixels: DecodedImage, geometry: Geometry
) -> dict[ArtifactName, bytes]:
    """Return the contents of all four artifacts; layer and overlay show the top class."""
    evidence = prediction.maps[model.label_index(prediction.classification.label)]
    drawn = {
        ArtifactName.MAP: write_maps(prediction.maps),
        ArtifactName.GEOMETRY: geometry.to_json(),
        ArtifactName.LAYER: render_layer(evidence, geometry),
    }
    return redrawn(model, prediction, pixels, geometry, drawn)


def redrawn(
    model: AnsweringModel,
    prediction: Prediction,
    pixels: DecodedImage,
    geometry: Geometry,
    kept: Mapping[ArtifactName, bytes],
) -> dict[ArtifactName, bytes]:
    """Return all four where map, geometry and layer are `kept`: the overlay alone names probability and model."""
    evidence = prediction.maps[model.label_index(prediction.classification.label)]
    return {
        **kept,
        ArtifactName.OVERLAY: render_overlay(pixels.display, evidence, geometry, caption(model, prediction)),
    }


def caption(model: AnsweringModel, prediction: Prediction) -> Caption:
    manifest, found = model.manifest, prediction.classification
    share = found.probabilities[found.label]
    return Caption(
        title=manifest.wording.classes[found.label],
        model=f"{manifest.name} {model.version[:12]} ({manifest.status})",
        sentence=manifest.wording.heatmap,
        detail=f"calibrated probability {share:.0%}",
    )
