"""The release before, as it is deployed: its own code, taken from the history, in processes of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import threading
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

from tests.architecture.sources import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

COMMIT: Final = "f1adfaf2e98ed487b79f41568ea73bacfaac1dd5"
"""The last one that was landed before the migrations from 0015 on. To be moved with each release."""
REVISION: Final = "0014"
GIT: Final = ("/usr/bin/env", "git")


def is_there() -> bool:
    """Return whether the history holds it: a shallow clone, or an archive without a history, does not."""
    found = subprocess.run([*GIT, "cat-file", "-e", f"{COMMIT}^{{commit}}"], cwd=ROOT, capture_output=True, check=False)
    return found.returncode == 0


def unpack(folder: Path) -> Path:
    """Write its tree into a folder and return that."""
    done = subprocess.run([*GIT, "archive", COMMIT], cwd=ROOT, capture_output=True, check=True)
    with tarfile.open(fileobj=BytesIO(done.stdout)) as archive:
        archive.extractall(folder, filter="data")
    return folder


@dataclass
class OldProcess:
    """`python -m module arguments` of a tree, here or there. `lines`: what it wrote."""

    tree: Path
    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    lines: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", *self.arguments],
            cwd=self.tree,
            env={**self.environment, "PYTHONPATH": str(self.tree)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        self.lines.extend(self._process.stdout)

    def says(self, name: str) -> bool:
        return any(f'"{name}"' in line or f" {name} " in f" {line} " for line in list(self.lines))

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def end(self) -> None:
        """End it and what it started."""
        if self.is_alive:
            self._process.terminate()
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, 9)
                self._process.wait()
        self._reader.join(5)
        if self._process.stdout is not None:
            self._process.stdout.close()


def told(tree: Path, environment: Mapping[str, str], *arguments: str) -> Any:
    """Run a command of a tree to its end and return the JSON that it prints."""
    done = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=tree,
        env={**environment, "PYTHONPATH": str(tree)},
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout) if done.stdout.startswith(("{", "[")) else done.stdout
