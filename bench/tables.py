"""Writes the last whole runs into docs/performance.md and docs/scale.md: `python -m bench.tables [--check]`.

What stands between `<!-- bench NAME -->` and `<!-- /bench NAME -->` is made from `bench/results/NAME.json`.
"""

import argparse
import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

from bench import engine_tables, record, scale_tables, stack_tables, webhook_tables, worker_memory_tables
from bench.record import Figures
from bench.table import Table

_DOCS: Final = Path(__file__).parents[1] / "docs"
PAGES: Final = (_DOCS / "performance.md", _DOCS / "scale.md")
TABLES: Final[dict[str, Callable[[Figures], list[Table]]]] = {
    "engine": engine_tables.tables,
    "engine_gpu": engine_tables.tables,
    "scale": scale_tables.tables,
    "stack": stack_tables.tables,
    "webhooks": webhook_tables.tables,
    "worker_memory": worker_memory_tables.tables,
}
_BLOCK: Final = re.compile(r"<!-- bench (\w+) -->\n.*?<!-- /bench \1 -->", re.DOTALL)
_BUSY: Final = 1.5
"""Load at the beginning, when nothing of the bench runs yet, from which on the page says that it was not alone."""


def page(text: str) -> str:
    """The page with every block as the results have it. Raises KeyError for a block of no bench."""
    return _BLOCK.sub(lambda found: f"<!-- bench {found[1]} -->\n{block(found[1])}\n<!-- /bench {found[1]} -->", text)


def block(name: str) -> str:
    make, figures = TABLES[name], record.read(name)
    if figures is None:
        return "Not measured yet: `make bench`."
    return "\n\n".join([circumstances(figures), *(table.markdown() for table in make(figures))])


def circumstances(figures: Figures) -> str:
    """When, where and beside what."""
    machine = figures["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in machine["libraries"].items())
    flags = f" ({', '.join(machine['flags'])})" if machine["flags"] else ""
    gpu = f" and one {figures['gpu']}" if figures.get("gpu") else ""
    beside = "" if figures["load"] < _BUSY else " **The machine had other work too, so the times are too long.**"
    return (
        f"Run of {figures['date']} on {machine['cores']} cores of {machine['processor']}{flags}{gpu}, "
        f"{machine['memory_gb']} GB, {machine['system']}, Python {machine['python']}, {versions}; "
        f"load {figures['load']} at its begin, {figures['load_at_end']} at its end.{beside}"
    )


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail if a page has other figures, and write nothing")
    return parser


def main() -> None:
    options = arguments().parse_args()
    for path in PAGES:
        before = path.read_text(encoding="utf-8")
        after = page(before)
        if options.check and after != before:
            raise SystemExit(f"{path.name} has other figures than bench/results")
        if not options.check:
            path.write_text(after, encoding="utf-8")


if __name__ == "__main__":
    main()
