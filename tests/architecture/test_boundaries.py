"""Lines that import-linter cannot draw: tests from outside stay outside, doubles and machine paths stay out."""

from __future__ import annotations

import ast
import re
import sys
from typing import TYPE_CHECKING, Final

from tests.architecture.sources import ROOT, imports_of, name_of, python_files, texts, tree_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OURS: Final = {"services", "shared", "migrations", "samples"}
# What users are given to copy is outside already.
FOR_USERS: Final = {"samples.lesionlens_client"}
# Written in halves so that this file does not find itself.
BANNED_IN_CODE: Final = [
    "Magic" + "Mock",
    "mock" + ".patch",
    "monkeypatch" + ".setattr",
    "sqlite" + "://",
    "task_always" + "_eager",
    "pytest" + ".skip",
    "mark" + ".skip",
    "importor" + "skip",
    "visibility_timeout" + "=",
]
BANNED_ANYWHERE: Final = [
    r"/home" + r"/\w",
    r"/root" + r"/\w",
    r"/Users" + r"/\w",
    r"(?<![\w.}])/work" + r"/",
    r"/tmp/" + r"\w",
    "TO" + r"DO\b",
    "FIX" + r"ME\b",
    r"pypi" + r"\.(org|python)",
    r"files\.python" + "hosted",
    r"--index" + r"-url (?!https://download\.pytorch\.org/)",
]


def outside_tests() -> Iterator[Path]:
    return python_files("tests/system")


def test_system_tests_import_nothing_of_the_project() -> None:
    imported = {name_of(path): imports_of(tree_of(path)) - FOR_USERS for path in outside_tests()}
    found = {name: {each.split(".")[0] for each in names} for name, names in imported.items()}
    assert found
    assert {name: names & OURS for name, names in found.items() if names & OURS} == {}


def test_system_tests_name_the_project_only_on_a_command_line() -> None:
    """No import by another door: `importlib`, `runpy` and `exec` have no business there."""
    for path in outside_tests():
        assert not imports_of(tree_of(path)) & {"importlib", "runpy"}, name_of(path)
        called = {
            node.func.id
            for node in ast.walk(tree_of(path))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        }
        assert not called & {"exec", "eval", "__import__"}, name_of(path)


def test_the_client_for_users_needs_httpx_alone() -> None:
    tops = {name.split(".")[0] for name in imports_of(tree_of(ROOT / "samples" / "lesionlens_client.py"))}
    assert tops - set(sys.stdlib_module_names) == {"httpx"}


def test_the_receiver_to_copy_needs_nothing_but_python() -> None:
    for name in ("webhook_signature", "webhook_memory", "receive_webhook"):
        found = imports_of(tree_of(ROOT / "samples" / f"{name}.py")) - {
            "samples.webhook_signature",
            "samples.webhook_memory",
        }
        assert {module.split(".")[0] for module in found} <= set(sys.stdlib_module_names), name


def test_no_double_that_hides_errors() -> None:
    found = [
        f"{name_of(path)}: {word}"
        for path in python_files("tests", "services", "shared", "samples", "migrations")
        for word in BANNED_IN_CODE
        if word in path.read_text()
    ]
    assert found == []


def test_no_path_of_one_machine_and_no_open_end() -> None:
    found = [
        f"{name_of(path)}:{number}: {line.strip()[:100]}"
        for path in texts()
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1)
        if any(re.search(pattern, line) for pattern in BANNED_ANYWHERE)
    ]
    assert found == []
