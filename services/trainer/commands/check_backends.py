"""`check-backends`: compare what can run a model here with the reference; list what agrees in its manifest."""

import argparse

from services.inference.model.folder import read_folder
from services.trainer.backend_check import Agreement, checked, compare, rewrite
from services.trainer.faults import BadModel, TrainerFault
from services.trainer.part import chosen
from services.trainer.progress_bar import shown
from shared.errors import ModelInvalid


def run(options: argparse.Namespace) -> None:
    """Print a line for each backend. Raises TrainerFault if one that the manifest lists does not agree."""
    try:
        folder = read_folder(options.model)
    except ModelInvalid as error:
        raise BadModel(f"{options.model}: {error}") from error
    found = compare(folder, chosen(options)[0], shown("comparing"))
    for each in found:
        print(_line(each))
    told = checked(folder.manifest, found)
    if options.write and told != folder.manifest:
        rewrite(options.model, told)
        print(f"{options.model} lists {', '.join(told.backends)} now; version {told.digest[:12]}")
    refused = sorted({each.backend for each in found if not each.passes} & set(folder.manifest.backends))
    if refused and not options.write:
        raise TrainerFault(f"{options.model} lists {', '.join(refused)}, which does not agree; --write takes it out")


def _line(each: Agreement) -> str:
    word = "agrees" if each.passes else "DOES NOT AGREE"
    return (
        f"{each.backend:<18} {word}: same class for {each.same_class} of {each.photos}, and for "
        f"{each.same_class_where_clear} of {each.clear} that are clear; same band for {each.same_band}; "
        f"logits differ by at most {each.largest_difference:.2g}"
    )
