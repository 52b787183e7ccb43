"""Which runs of a case are shown beside each other."""

from collections.abc import Sequence

from services.gateway.runs.schemas import RunBody


def chosen_runs(runs: Sequence[RunBody], wanted: Sequence[str]) -> list[RunBody]:
    """Return the runs that are wanted and have a result; else the published one and the newest other."""
    answered = [run for run in runs if run.result is not None]
    named = [run for run in answered if run.id in wanted]
    if named:
        return named
    published = [run for run in answered if run.published]
    others = [run for run in reversed(answered) if not run.published]
    return [*published, *others][:2]
