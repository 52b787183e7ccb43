"""`export`: from a finished run to a model folder."""

import argparse
from pathlib import Path

from services.inference.model.preprocess import Framing
from services.trainer.about import About, Source, read_about
from services.trainer.export import export
from services.trainer.export_options import ExportOptions
from services.trainer.faults import BadOption
from services.trainer.photos import read_photos
from services.trainer.progress_bar import shown
from shared.contracts.manifest import ModelManifest

LOOKING = "looking at photos"
_NOT_STATED = "not stated"


def run(options: argparse.Namespace) -> None:
    """Export a run by its photos' split."""
    wanted = wanted_of(options.run, options.out, options)
    say(export(wanted, read_photos(options.data), shown(LOOKING)), options.out, options)


def wanted_of(folder: Path, out: Path, options: argparse.Namespace) -> ExportOptions:
    """What the command line asks for. Raises BadOption."""
    return ExportOptions(
        run=folder,
        out=out,
        name=options.name,
        about=read_about(options.about) if options.about else _unknown(options.data),
        precision=options.weights,
        correct_prior=not options.no_prior_correction,
        framing=framing_of(options.framing),
    )


def say(manifest: ModelManifest, out: Path, options: argparse.Namespace) -> None:
    """Tell what was made, and what to do next."""
    print(f"model: {out} ({manifest.name}, version {manifest.digest[:12]})")
    print(f"next: make evaluate MODEL={out} DATA={options.data}")


def _unknown(data: Path) -> About:
    name = data.stem if data.is_file() else data.name
    notes = "Given by whoever trained; nothing is known of the photos."
    return About(
        training_data=(Source(name=name or "photos", licence=_NOT_STATED, attribution=_NOT_STATED, notes=notes),)
    )


def framing_of(text: str | None) -> Framing | None:
    """Read `RESIZExCROP`. Raises BadOption."""
    if text is None:
        return None
    resize, _, crop = text.partition("x")
    if not (resize.isdecimal() and crop.isdecimal() and 0 < int(crop) <= int(resize)):
        raise BadOption(f"--framing {text!r}: RESIZExCROP, the crop no larger, such as 224x192")
    return Framing(int(resize), int(crop))
