"""When the phone app's checks are left out: only where all that they look at is what they last passed on."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING, Final

import pytest

from tests.architecture.sources import ROOT

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT: Final = "services/mobile/scripts/passed.sh"
RECORD: Final = "services/mobile/PASSED"
LOOKED_AT: Final = {"openapi.json": "{}", "services/mobile/src/a.ts": "1", "tests/mobile/test_a.py": "1"}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name, text in {**LOOKED_AT, "docs/a.md": "1"}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / SCRIPT).parent.mkdir(parents=True)
    shutil.copy(ROOT / SCRIPT, tmp_path / SCRIPT)
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)  # noqa: S607
    return tmp_path


def run(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["sh", str(tree / SCRIPT), *arguments]
    return subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False)


def pass_with(tree: Path) -> None:
    run(tree, "write", run(tree, "digest").stdout.strip())


def test_what_passed_is_left_out_until_something_changes(tree: Path) -> None:
    assert run(tree, "same").returncode != 0, "nothing has passed yet"
    pass_with(tree)
    assert run(tree, "same").returncode == 0
    (tree / "docs/a.md").write_text("2")
    assert run(tree, "same").returncode == 0


@pytest.mark.parametrize("name", [*LOOKED_AT, "services/mobile/new.ts", SCRIPT])
def test_a_change_of_any_of_it_counts_committed_or_not(tree: Path, name: str) -> None:
    pass_with(tree)
    (tree / name).write_text("set -u; exit 1" if name == SCRIPT else "2")
    assert run(tree, "same").returncode != 0


def test_a_file_that_goes_counts(tree: Path) -> None:
    pass_with(tree)
    (tree / "tests/mobile/test_a.py").unlink()
    assert run(tree, "same").returncode != 0


def test_who_cannot_tell_does_not_leave_out(tree: Path) -> None:
    pass_with(tree)
    shutil.rmtree(tree / ".git")
    assert run(tree, "same").returncode != 0
    assert not run(tree, "digest").stdout


def test_what_is_committed_here_is_a_digest() -> None:
    assert len((ROOT / RECORD).read_text().strip()) == 64
