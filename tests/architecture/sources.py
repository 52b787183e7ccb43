"""The files that the architecture tests look at: what is in the repository's own folders, nothing installed or made."""

from __future__ import annotations

import ast
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).resolve().parents[2]
FOLDERS: Final = ("services", "shared", "migrations", "tests", "samples", "bench", "docs", "deploy", ".ci")
TEXT: Final = frozenset({".py", ".md", ".toml", ".txt", ".mako", ".ini", ".yml", ".yaml", ".sh", ".json", ""})
MADE: Final = frozenset({"__pycache__", "node_modules", ".expo", "dist", "dist-all"})


def files(*folders: str) -> Iterator[Path]:
    """Yield every file under these folders of the repository (all of them if none is named)."""
    for folder in folders or FOLDERS:
        for place, inside, names in os.walk(ROOT / folder):
            inside[:] = sorted(set(inside) - MADE)  # a folder of packages holds a hundred thousand files: not entered
            yield from (Path(place) / name for name in sorted(names))


def python_files(*folders: str) -> Iterator[Path]:
    return (path for path in files(*folders) if path.suffix == ".py")


def texts() -> Iterator[Path]:
    """Yield every text file of the repository, those at the top included."""
    yield from (path for path in files() if path.suffix in TEXT)
    yield from (path for path in sorted(ROOT.iterdir()) if path.is_file() and path.suffix in TEXT)


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), str(path))


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def module_of(path: Path) -> str:
    """Return the dotted name under which a file of services or shared is imported."""
    return name_of(path).removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def imports_of(tree: ast.AST) -> set[str]:
    """Return the dotted names of everything that a file imports, wherever in the file."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found
