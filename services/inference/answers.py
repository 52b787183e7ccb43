"""From a prediction to the words and numbers of a result. Every sentence and every limit comes from the manifest."""

from collections.abc import Iterable
from typing import Any

from services.inference.answering_model import AnsweringModel
from services.inference.model.classifier import decide
from services.inference.model.engine import METHOD, Prediction
from services.inference.model.quality import QualityReport
from services.inference.provenance import of_this_code
from shared.contracts.enums import Modality
from shared.contracts.manifest import ReasonCode
from shared.db.records import Answer, ClaimedRun
from shared.imaging.geometry import Geometry


def refusal(
    model: AnsweringModel,
    quality: QualityReport,
    reasons: Iterable[ReasonCode],
    provenance: dict[str, Any],
    *,
    distance: float | None = None,
) -> Answer:
    """Return a result without probabilities, logits or evidence, because the photo cannot carry one."""
    return Answer(
        model=model_facts(model),
        notice=model.manifest.wording.notice,
        quality=_quality(quality),
        provenance=_whole(model, provenance),
        reasons=_reasons(model, reasons),
        out_of_distribution=_out_of_distribution(model, distance),
    )


def result(
    run: ClaimedRun,
    model: AnsweringModel,
    prediction: Prediction,
    quality: QualityReport,
    geometry: Geometry,
    provenance: dict[str, Any],
    *,
    areas: dict[str, float] | None = None,
) -> Answer:
    """Return the decision with all that it rests on. `areas`: of the map's faithfulness, where it was measured."""
    manifest, found = model.manifest, prediction.classification
    verdict = decide(found.malignancy, Modality(run.modality), manifest, distance=prediction.distance)
    return Answer(
        model=model_facts(model),
        notice=f"{manifest.wording.decisions[verdict.decision]} {manifest.wording.notice}",
        quality=_quality(quality),
        provenance=_whole(model, provenance),
        reasons=_reasons(model, verdict.reasons),
        decision=verdict.decision,
        label=found.label,
        probabilities={str(label): value for label, value in found.probabilities.items()},
        logits=list(prediction.logits),
        malignancy=found.malignancy,
        thresholds={"refer": manifest.thresholds.refer, "no_refer": manifest.thresholds.no_refer},
        out_of_distribution=_out_of_distribution(model, prediction.distance),
        explanation=_explanation(model, prediction, geometry) | ({} if areas is None else {"faithfulness": areas}),
    )


def model_facts(model: AnsweringModel) -> dict[str, Any]:
    """Return what stands beside every number: which model said so."""
    manifest = model.manifest
    return {
        "name": manifest.name,
        "version": model.version,
        "status": manifest.status,
        "weights_sha256": manifest.weights.sha256,
        "preprocessing": manifest.preprocessing.id,
        "backend": model.backend,
    }


def _explanation(model: AnsweringModel, prediction: Prediction, geometry: Geometry) -> dict[str, Any]:
    label = prediction.classification.label
    evidence = prediction.maps[model.label_index(label)]
    x, y = geometry.cell_centre(*evidence.peak_cell)
    return {
        "method": METHOD,
        "layer": model.layer,
        "target_class": str(label),
        "peak": None if evidence.empty else {"x": x, "y": y, "value": evidence.peak},
        "empty": evidence.empty,
        "sentence": model.manifest.wording.heatmap,
    }


def _quality(quality: QualityReport) -> dict[str, Any]:
    pixels = quality.limits.pixels
    limits = pixels.model_dump(exclude={"rule", "fitted_on"}) if pixels else {}
    return {
        "accepted": quality.accepted,
        **quality.measures.to_mapping(),
        "limits": {"min_side_px": quality.limits.min_side_px, **limits},
    }


def _out_of_distribution(model: AnsweringModel, distance: float | None) -> dict[str, float] | None:
    limits = model.manifest.out_of_distribution
    if limits is None or distance is None:
        return None
    return {"score": distance, "soft": limits.soft, "hard": limits.hard}


def _reasons(model: AnsweringModel, codes: Iterable[ReasonCode]) -> list[dict[str, Any]]:
    return [{"code": str(code), "message": model.manifest.wording.reasons[code]} for code in codes]


def _whole(model: AnsweringModel, provenance: dict[str, Any]) -> dict[str, Any]:
    return {**of_this_code(), "backend_checked": model.backend_checked, **provenance}
