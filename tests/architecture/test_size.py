"""Files and functions that a reader can hold in mind. An exception is a line below, with its reason."""

from __future__ import annotations

import ast
from typing import Final

from tests.architecture.sources import name_of, python_files, tree_of

FILE_LINES: Final = 400
FUNCTION_LINES: Final = 40
ALLOWED: Final[dict[str, str]] = {}
VAGUE: Final = {"utils", "util", "helpers", "helper", "common", "misc", "core", "manager", "base_utils"}


def _functions() -> dict[str, int]:
    return {
        f"{name_of(path)}::{node.name}": (node.end_lineno or node.lineno) - node.lineno + 1
        for path in python_files()
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def test_no_file_is_longer_than_400_lines() -> None:
    lengths = {name_of(path): len(path.read_text().splitlines()) for path in python_files()}
    assert lengths
    assert {name: n for name, n in lengths.items() if n > FILE_LINES and name not in ALLOWED} == {}


def test_no_function_is_longer_than_40_lines() -> None:
    lengths = _functions()
    assert lengths
    assert {name: n for name, n in lengths.items() if n > FUNCTION_LINES and name not in ALLOWED} == {}


def test_a_file_is_named_after_what_is_in_it() -> None:
    assert [name_of(path) for path in python_files() if path.stem in VAGUE or path.parent.name in VAGUE] == []


def test_exceptions_are_still_needed() -> None:
    known = set(_functions()) | {name_of(path) for path in python_files()}
    assert set(ALLOWED) <= known
