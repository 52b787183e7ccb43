"""What a model says about itself: its manifest."""

from collections.abc import Sequence

from services.inference.model.preprocess import Framing
from services.trainer.export_options import ExportOptions
from services.trainer.fitting import Fitted
from services.trainer.recipe import Recipe
from services.trainer.rounding import FORMATS
from services.trainer.split import Split
from services.trainer.wording import research_wording
from shared.contracts.enums import LesionClass, Modality
from shared.contracts.manifest import Metric, ModelManifest, Preprocessing, Quality, TrainingData, Weights

MALIGNANT = (LesionClass.AKIEC, LesionClass.BCC, LesionClass.MEL)
BACKEND = "torch-cpu-fp32"


def describe(
    wanted: ExportOptions, recipe: Recipe, framing: Framing, split: Split, fitted: Fitted, sha256: str
) -> ModelManifest:
    """The manifest of a research model. Metrics are added by an evaluation (see `with_metrics`)."""
    sources = tuple(
        TrainingData(**source.model_dump(), images=len(split.training) if number == 0 else 0)
        for number, source in enumerate(wanted.about.training_data)
    )
    return ModelManifest(
        schema_version=1,
        name=wanted.name,
        architecture=recipe.architecture,
        head=recipe.head,
        labels=tuple(LesionClass),
        preprocessing=Preprocessing(
            id=f"short{framing.resize_short_side}-crop{framing.input_size}-v1",
            resize_short_side=framing.resize_short_side,
            input_size=framing.input_size,
            resample="bilinear-antialias",
            mean=recipe.mean,
            std=recipe.std,
        ),
        modalities=(Modality.DERMOSCOPY,),
        intended_use="research",
        status="research",
        temperature=fitted.temperature,
        malignant_labels=MALIGNANT,
        thresholds=fitted.thresholds,
        quality=Quality(min_side_px=128, pixels=fitted.pixels),
        out_of_distribution=fitted.distance,
        backends=(BACKEND,),
        training_data=sources,
        metrics=(),
        weights=Weights(file="model.safetensors", sha256=sha256, format=FORMATS[wanted.precision]),
        wording=research_wording(measures_distance=fitted.distance is not None),
    )


def with_metrics(manifest: ModelManifest, metrics: Sequence[Metric]) -> ModelManifest:
    """The same model with measured figures. Its version changes, its weights do not."""
    return ModelManifest.model_validate(manifest.model_dump(exclude_unset=True) | {"metrics": tuple(metrics)})
