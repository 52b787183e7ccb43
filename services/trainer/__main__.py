"""`python -m services.trainer`: train, export, evaluate, and take over what fastai exported."""

import argparse
import importlib
import sys
from pathlib import Path

from services.trainer.faults import TrainerFault

_HEADS = ("pool-linear", "concat-pool-mlp")
_SCHEDULES = ("auto", "one-cycle", "fine-tune")
_INTERRUPTED, _REFUSED = 130, 2


def parser() -> argparse.ArgumentParser:
    """Every verb and option. The verbs' modules are imported when they are run: fastai takes seconds to import."""
    top = argparse.ArgumentParser(prog="python -m services.trainer", description=__doc__)
    verbs = top.add_subparsers(dest="verb", required=True, metavar="VERB")
    _train(verbs.add_parser("train", help="train on photos with labels, then export a calibrated model folder"))
    _export(verbs.add_parser("export", help="make a model folder of a finished run"))
    _evaluate(verbs.add_parser("evaluate", help="measure a model folder; write report.json and report.html"))
    check = verbs.add_parser("check-backends", help="compare what can run a model here with the reference")
    _of_manifest(check, "list what agrees in")
    measure = verbs.add_parser("measure-reference", help="measure what drift of a model is told against")
    _of_manifest(measure, "put it into")
    _import(verbs.add_parser("import-fastai", help="convert a learn.export() file into a run (runs what it pickled!)"))
    return top


def _train(verb: argparse.ArgumentParser) -> None:
    _data(verb)
    verb.add_argument("--out", type=Path, default=Path("runs/latest"), help="folder of the run (default %(default)s)")
    verb.add_argument("--stages", nargs="+", metavar="EPOCHSxSIZE", help="such as 12x80 10x112 6x144")
    verb.add_argument("--architecture", default="resnet50", help="(default %(default)s)")
    verb.add_argument("--head", choices=_HEADS, default=_HEADS[0], help="(default %(default)s)")
    verb.add_argument("--pretrained", default="none", metavar="imagenet|none|PATH", help="where the body starts from")
    verb.add_argument("--schedule", choices=_SCHEDULES, help="auto: one-cycle from nothing, fine-tune from weights")
    verb.add_argument("--rate", default=None, metavar="RATE|find", help="peak learning rate, or fastai's lr_find")
    for name, kind in (("batch", int), ("mixup", float), ("smoothing", float), ("balance", float), ("ema", float)):
        verb.add_argument(f"--{name}", type=kind, help=argparse.SUPPRESS if name == "ema" else "see the recipe")
    for name in ("canvas", "resize", "crop", "seed", "fold", "folds"):
        verb.add_argument(f"--{name}", type=int, help="see the recipe")
    verb.add_argument("--precision", choices=("bf16", "fp32"), help="(default bf16)")
    verb.add_argument("--device", default="auto", help="cpu, cuda or auto (default %(default)s)")
    verb.add_argument("--threads", type=int, default=0, help="0: as many as torch takes")
    verb.add_argument("--cache", type=Path, default=Path("runs/cache"), help="decoded photos (default %(default)s)")
    _model(verb)
    verb.add_argument("--no-export", action="store_true", help="stop after training")


def _export(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("run", type=Path, help="folder of a finished run")
    _data(verb)
    verb.add_argument("--out", type=Path, required=True, help="the model folder to make")
    _model(verb)


def _evaluate(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("model", type=Path, help="a model folder")
    _data(verb)
    verb.add_argument("--out", type=Path, default=Path("runs/report"), help="folder (default %(default)s)")
    verb.add_argument("--part", choices=("hold-out", "validation", "all"), default="hold-out")
    verb.add_argument("--phone-photos", type=Path, help="folder with labels.csv and photos of another kind")
    verb.add_argument("--masks", type=Path, help="folder with <image_id>_segmentation.png")
    verb.add_argument("--bootstrap", type=int, default=1000, help="resamples (default %(default)s)")
    verb.add_argument("--explained", type=int, default=200, help="photos for the checks of maps (default %(default)s)")
    _split(verb)


def _of_manifest(verb: argparse.ArgumentParser, written: str) -> None:
    """What a finished model is told of itself, measured on a part of its photos."""
    verb.add_argument("model", type=Path, help="a model folder")
    _data(verb)
    verb.add_argument("--part", choices=("hold-out", "validation", "all"), default="hold-out")
    verb.add_argument("--write", action="store_true", help=f"{written} the manifest: a new version")
    _split(verb)


def _split(verb: argparse.ArgumentParser) -> None:
    for name, default in (("seed", 0), ("fold", 0), ("folds", 10)):
        verb.add_argument(f"--{name}", type=int, default=default, help="of the split (default %(default)s)")


def _import(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("file", type=Path, help="what learn.export() wrote")
    verb.add_argument("--out", type=Path, required=True, help="folder of the run to make, for `export`")
    verb.add_argument("--framing", metavar="RESIZExCROP", help="if the file does not say how large its pictures are")
    verb.add_argument("--trust", action="store_true", help="yes, run the code that this file holds")


def _data(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("data", type=Path, help="a CSV like HAM10000's, its folder, or a folder for each class")


def _model(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--name", default="my-model", help="the model's name (default %(default)s)")
    verb.add_argument("--about", help="ham10000, or a JSON file: name, licence and origin of the photos")
    verb.add_argument("--weights", choices=("int8", "fp16", "fp32"), default="int8", help="(default %(default)s)")
    verb.add_argument("--no-prior-correction", action="store_true", help="leave classes as likely as they were drawn")
    verb.add_argument(
        "--framing", metavar="RESIZExCROP", help="other sizes of input than the recipe's, such as 224x192"
    )


def main(arguments: list[str]) -> int:
    """Return the exit status."""
    options = parser().parse_args(arguments)
    module = importlib.import_module(f"services.trainer.commands.{options.verb.replace('-', '_')}")
    try:
        module.run(options)
    except TrainerFault as fault:
        print(f"{options.verb}: {fault}", file=sys.stderr)
        return _REFUSED
    except KeyboardInterrupt:
        print("\ninterrupted; the same command goes on after the last finished epoch", file=sys.stderr)
        return _INTERRUPTED
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
