"""`import-fastai`: from a file of fastai's `learn.export()` to a run that can be exported."""

import argparse
import json
import sys
from dataclasses import replace

from services.trainer.commands.export import framing_of
from services.trainer.fastai_import import Found, import_learner
from services.trainer.faults import BadOption
from services.trainer.recipe import RECIPE, Recipe

# fastai's pictures are 0..1; a learner that does not normalize them leaves them so.
_AS_THEY_ARE = ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))


def run(options: argparse.Namespace) -> None:
    """Convert; refused without `--trust`."""
    asked = framing_of(options.framing)
    imported = import_learner(options.file, options.out, trust=options.trust)
    recipe = recipe_of(imported.found)
    if asked is not None:
        recipe = replace(recipe, resize=asked.resize_short_side, crop=asked.input_size)
    elif imported.found.input_size is None:
        raise BadOption(f"{options.file}: does not say how large its pictures are; add --framing, such as 224x224")
    (options.out / RECIPE).write_text(json.dumps(recipe.as_json(), indent=2) + "\n", encoding="utf-8")
    for each in imported.lacking:
        print(f"while the file was loaded {each}: this machine offers no fence for it", file=sys.stderr)
    print(f"imported: {options.out} ({recipe.architecture}, head {recipe.head}, {recipe.resize}x{recipe.crop})")
    print(f"next: make export RUN={options.out} DATA=photos OUT=model")


def recipe_of(found: Found) -> Recipe:
    """What is known of how it was trained: its pictures. Nothing is known of how classes were drawn: no correction."""
    size = found.input_size or Recipe().crop
    mean, std = (given or default for given, default in zip((found.mean, found.std), _AS_THEY_ARE, strict=True))
    return Recipe(
        architecture=found.architecture, head=found.head, resize=size, crop=size, balance=0.0, mean=mean, std=std
    )
