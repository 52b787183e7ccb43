"""`measure-reference`: what a model answers to photos that it was not trained on; with --write into its manifest."""

import argparse

from services.inference.model.engine import load_model
from services.inference.model.folder import read_folder
from services.trainer.backend_check import rewrite
from services.trainer.faults import BadData, BadModel
from services.trainer.part import chosen
from services.trainer.progress_bar import shown
from services.trainer.reference import measure_reference, with_reference
from shared.contracts.manifest import Reference
from shared.errors import ModelInvalid


def run(options: argparse.Namespace) -> None:
    """Print the shares and percentiles. Raises BadModel, BadData."""
    try:
        folder = read_folder(options.model)
        model = load_model(folder)
    except ModelInvalid as error:
        raise BadModel(f"{options.model}: {error}") from error
    photos, told = chosen(options)
    found = measure_reference(model, photos, told, shown("measuring"))
    if found is None:
        raise BadData(
            f"{options.model} answers none of {len(photos)} photos: all are refused for their size or quality"
        )
    print("\n".join(_lines(found)))
    manifest = with_reference(folder.manifest, found)
    if options.write and manifest != folder.manifest:
        rewrite(options.model, manifest)
        print(f"{options.model} has this reference now; version {manifest.digest[:12]}")


def _lines(found: Reference) -> list[str]:
    labels = ", ".join(f"{label} {share:.1%}" for label, share in found.labels.items())
    measures = [
        f"{name:<12} {each.p05:g} to {each.p95:g}, median {each.p50:g}" for name, each in found.measures.items()
    ]
    return [f"{found.photos} photos. {found.measured_on}", labels, *measures]
