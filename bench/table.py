"""A table for the screen and for a page."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Table:
    """`title` may be empty. The first column is text, the others are numbers."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]

    def markdown(self) -> str:
        lines = [f"**{self.title}**", ""] if self.title else []
        lines.append("| " + " | ".join(self.head) + " |")
        lines.append("|---" + "|---:" * (len(self.head) - 1) + "|")
        lines += ["| " + " | ".join(row) + " |" for row in self.rows]
        return "\n".join(lines)

    def show(self) -> None:
        from rich.console import Console  # noqa: PLC0415 - pages are written where rich is not installed
        from rich.table import Table as Drawn  # noqa: PLC0415

        drawn = Drawn(title=self.title.replace("`", "") or None, title_justify="left")
        for index, name in enumerate(self.head):
            drawn.add_column(name, justify="right" if index else "left", overflow="fold")
        for row in self.rows:
            drawn.add_row(*(cell.replace("**", "") for cell in row))
        Console().print(drawn)
