"""What a run leaves beside its row: maps, geometry, layer and overlay, stored under the attempt's own keys."""

import hashlib
from collections.abc import Mapping

from services.inference.answering_model import AnsweringModel
from services.inference.decode import DecodedImage
from services.inference.model.engine import Prediction
from shared.contracts.enums import ArtifactName
from shared.db.models import Artifact
from shared.db.records import ClaimedRun
from shared.imaging.geometry import Geometry
from shared.imaging.heat import render_layer
from shared.imaging.legend import Caption
from shared.imaging.map_file import write_maps
from shared.imaging.overlay import render_overlay
from shared.storage import keys
from shared.storage.base import ObjectStore


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


def store(objects: ObjectStore, run: ClaimedRun, contents: dict[ArtifactName, bytes]) -> list[Artifact]:
    """Put the contents and return their rows, which name what lies in the store already. Raises StoreUnavailable."""
    rows = []
    for name, content in contents.items():
        key = keys.artifact(run.case_id, run.run_id, run.fence, name)
        media_type = keys.ARTIFACT_MEDIA_TYPES[name]
        objects.put(key, content, media_type=media_type)
        rows.append(
            Artifact(
                run_id=run.run_id,
                name=name,
                case_id=run.case_id,
                clinic_id=run.clinic_id,
                key=key,
                sha256=hashlib.sha256(content).hexdigest(),
                size=len(content),
                media_type=media_type,
            )
        )
    return rows
