"""The public JavaScript library, in a folder of its own, in the versions of the lock file."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

Node: TypeAlias = "Callable[[str, Any], Any]"

PROGRAMS: Final = Path(__file__).with_name("javascript")
NAMES: Final = ("node", "npm")
MISSING: Final = (
    "no {} on this machine: on Debian `apt-get install nodejs npm`; "
    "LESIONLENS_NO_NODE=1 leaves the tests of signatures in JavaScript out"
)


# Where no Node.js can be had, and only by saying so: without it these tests fail.
collect_ignore_glob = ["test_javascript_*.py"] if os.environ.get("LESIONLENS_NO_NODE") else []


@pytest.fixture(scope="session")
def node(tmp_path_factory: pytest.TempPathFactory) -> Node:
    """Return what runs a program of JavaScript: it hands the given value over as JSON and returns the answer."""
    missing = [name for name in NAMES if shutil.which(name) is None]
    assert not missing, MISSING.format(" and no ".join(missing))
    folder = tmp_path_factory.mktemp("javascript")
    for path in PROGRAMS.iterdir():
        if path.is_file():
            shutil.copy(path, folder)
    _run(folder, None, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier")

    def run(program: str, given: Any) -> Any:
        """`program` is a file of ours, or source text."""
        path = folder / program if program.endswith(".js") else folder / "given.js"
        if path.name == "given.js":
            path.write_text(program, encoding="utf-8")
        return json.loads(_run(folder, json.dumps(given), "node", str(path)))

    return run


def _run(folder: Path, given: str | None, *command: str) -> str:
    done = subprocess.run(
        command, cwd=folder, input=given, capture_output=True, encoding="utf-8", check=False, timeout=90
    )
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr or done.stdout}"
    return done.stdout
