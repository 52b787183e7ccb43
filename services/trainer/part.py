"""Which photos of a data set a command is to look at, and how that is told."""

import argparse

from services.trainer.photos import Photo, read_photos
from services.trainer.split import VALIDATION, split_by_lesion


def chosen(options: argparse.Namespace) -> tuple[list[Photo], str]:
    """Return the photos that `--part` names, and a sentence about them. Raises BadData."""
    photos = read_photos(options.data)
    if options.part == "hold-out":
        split = split_by_lesion(photos, seed=options.seed, fold=options.fold, folds=options.folds)
        return list(split.hold_out), hold_out_sentence(options.fold, options.folds)
    if options.part == "all":
        return photos, "All photos of the list, those that were trained on too."
    return [photo for photo in photos if photo.split == VALIDATION], "The list's own validation part."


def hold_out_sentence(fold: int, folds: int) -> str:
    return f"Hold-out: part {fold} of {folds}, by lesion, not trained on."
