"""`evaluate`: measure a model folder."""

import argparse

from services.trainer.evaluation.options import EvaluationOptions
from services.trainer.evaluation.report import evaluate
from services.trainer.progress_bar import shown


def run(options: argparse.Namespace) -> None:
    """Write the report and say where it lies."""
    evaluate(
        EvaluationOptions(
            model=options.model,
            data=options.data,
            out=options.out,
            phone_photos=options.phone_photos,
            masks=options.masks,
            part=options.part,
            seed=options.seed,
            fold=options.fold,
            folds=options.folds,
            bootstrap=options.bootstrap,
            explained=options.explained,
            progress=shown("evaluating"),
        )
    )
    print(f"report: {options.out / 'report.html'}")
