"""The figures of `bench.engine` as tables."""

from typing import Any

from bench.record import Figures
from bench.table import Table


def tables(figures: Figures) -> list[Table]:
    found = []
    for group in figures["groups"]:
        title = f"{group['input_size']} x {group['input_size']} pixels, {_photos(group['batch'])}"
        found += [_backends(title, group), _peers(title, group, figures["rule"], figures["reference"])]
    return found


def _photos(batch: int) -> str:
    return "one photo" if batch == 1 else f"batches of {batch}"


def _backends(title: str, group: dict[str, Any]) -> Table:
    times = group["ms_per_photo"]
    rows = [
        [name, _number(times[f"plain {name}"]), _number(times[f"ours {name}"]), _ratio(spread)]
        for name, spread in group["ours_over_plain"].items()
    ]
    return Table(title, ["backend", "forward alone, ms a photo", "with all maps", "ratio (quartiles)"], rows)


def _peers(title: str, group: dict[str, Any], rule: str, reference: str) -> Table:
    times = group["ms_per_photo"]
    rows = [
        [f"ours, {name}, maps of every class", _number(times[f"ours {name}"]), "", ""] for name in (rule, reference)
    ]
    rows += [
        [name, _number(times[name]), _ratio(group["over_ours"][name]), _ratio(group["over_ours_in_torch"][name])]
        for name in group["over_ours"]
    ]
    head = ["others in torch float32", "ms a photo", f"times ours on {rule}", "times ours in torch float32"]
    return Table(title, head, rows if rule != reference else rows[1:])


def _number(spread: dict[str, float]) -> str:
    return f"{spread['median']:.{1 if spread['median'] >= 10 else 2}f}"


def _ratio(spread: dict[str, float]) -> str:
    digits = 2 if spread["median"] < 2 else 1
    return f"{spread['median']:.{digits}f} ({spread['low']:.{digits}f}-{spread['high']:.{digits}f})"
