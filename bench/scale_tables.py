"""The tables of docs/scale.md, and what the measured costs of one photo add up to."""

from typing import Any, Final

from bench.record import Figures
from bench.table import Table

A_DAY: Final = 100_000
_DAY_S: Final = 86_400
_YEAR: Final = 365
_GB: Final = 1e9


def tables(figures: Figures) -> list[Table]:
    makers = {"history": _history, "bytes_a_case": _bytes, "claims": _claims, "workers": _workers}
    found = [make(figures) for name, make in makers.items() if name in figures]
    if "cost" in figures:
        found += [_cost(figures["cost"]), _rows(figures["cost"]), _sum(figures)]
    return found


def _history(figures: Figures) -> Table:
    cases = figures["cases"]
    rows = [
        (
            name,
            *(f"{each[f'{side}_{at}_ms']:.1f}" for side in ("small", "large") for at in ("p50", "p99")),
            f"{each['ratio']:.2f}",
        )
        for name, each in figures["history"].items()
    ]
    head = ("asked for", "p50 ms at 1,000", "p99", f"p50 ms at {cases:,}", "p99", "ratio")
    return Table(f"One clinic with {cases:,} cases beside one with 1,000, {figures['pairs']} pairs each", head, rows)


def _bytes(figures: Figures) -> Table:
    sizes = figures["bytes_a_case"]
    rows = [(name, f"{each['rows']:.0f}", f"{each['indexes']:.0f}") for name, each in sizes.items()]
    total = tuple(f"{sum(each[part] for each in sizes.values()):.0f}" for part in ("rows", "indexes"))
    return Table(
        "Bytes for each case, by table, in a history that is written once",
        ("table", "rows", "indexes"),
        [*rows, ("together", *total)],
    )


def _claims(figures: Figures) -> Table:
    rows = [
        (
            f"{each['processes']}",
            f"{each['runs_per_s']:.0f}",
            f"{each['claims_per_s']:.0f}",
            f"{each['claim_ms']:.1f}",
            f"{each['write_ms']:.1f}",
        )
        for each in figures["claims"]
    ]
    head = ("processes", "runs a second", "claims a second", "ms to claim 8", "ms to write 8 results")
    return Table(f"Runs handed out and results taken, over a record of {figures['cases']:,} cases", head, rows)


def _workers(figures: Figures) -> Table:
    rows = [(f"{each['workers']}", f"{each['photos_per_s']:.1f}") for each in figures["workers"]]
    return Table("Real workers with a tiny network, all on the same cores", ("workers", "photos a second"), rows)


def _cost(cost: dict[str, Any]) -> Table:
    rows = [(f"core seconds of {name}", f"{value:.4f}") for name, value in cost["core_s"].items()]
    rows += [(f"store: {name}", f"{value:,.1f}") for name, value in cost["objects"].items()]
    rows += [("bytes of the record's log (WAL)", f"{cost['log'].get('bytes', 0):,.0f}")]
    return Table(f"One photo: submitted, waited for, looked at; mean of {cost['photos']}", ("what", "a photo"), rows)


def _rows(cost: dict[str, Any]) -> Table:
    writes: dict[str, dict[str, float]] = {}
    for name, value in cost["writes"].items():
        table, what = name.rsplit(" ", 1)
        writes.setdefault(table, {})[what] = value
    rows = [
        (
            table,
            *(f"{each.get(what, 0):.2f}" for what in ("inserted", "updated", "deleted")),
            f"{cost['sizes'].get(table, 0):,.0f}",
        )
        for table, each in sorted(writes.items())
        if max(each.values()) >= _WORTH_TELLING
    ]
    return Table("Rows that one photo writes", ("table", "inserted", "updated", "deleted", "bytes on disk"), rows)


_WORTH_TELLING: Final = 0.05


def _sum(figures: Figures) -> Table:
    cost = figures["cost"]
    record = sum(cost["sizes"].values())
    stored = sum(value for name, value in cost["objects"].items() if name.endswith("bytes"))
    cores = {name: value * A_DAY / _DAY_S for name, value in cost["core_s"].items()}
    log_rows = cost["writes"].get("access_log inserted", 0)
    rows = [
        ("the record, rows and indexes: GB", f"{record * A_DAY / _GB:.2f}", f"{record * A_DAY * _YEAR / _GB:,.0f}"),
        ("store: GB", f"{stored * A_DAY / _GB:.1f}", f"{stored * A_DAY * _YEAR / _GB:,.0f}"),
        ("the record's log (WAL): GB", f"{cost['log'].get('bytes', 0) * A_DAY / _GB:.1f}", ""),
        ("rows of the access log: millions", f"{log_rows * A_DAY / 1e6:.2f}", f"{log_rows * A_DAY * _YEAR / 1e6:,.0f}"),
        *((f"cores kept busy on average: {name}", f"{value:.3f}", "") for name, value in cores.items()),
    ]
    return Table(f"What that adds up to at {A_DAY:,} photos a day", ("what", "a day", "a year"), rows)
