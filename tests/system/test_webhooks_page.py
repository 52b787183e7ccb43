"""The lines of docs/webhooks.md, pasted into a shell beside a server: the receiver prints what the page says."""

from __future__ import annotations

import re
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from tests.system.stack import ROOT, Stack, clean_environment

if TYPE_CHECKING:
    from collections.abc import Iterator

PORT: Final = 9000


def lines() -> str:
    """Return the blocks of "In ten minutes" but the first, which starts the server."""
    parts = re.split(r"^## ", (ROOT / "docs" / "webhooks.md").read_text(), flags=re.MULTILINE)
    section = next(part for part in parts if part.startswith("In ten minutes"))
    first, *others = re.findall(r"^```sh\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    assert first == f"WEBHOOK_ALLOWED_HOSTS=127.0.0.1:{PORT} make run\n"
    return "\n".join(["trap 'kill $!' EXIT", *others])


@contextmanager
def server() -> Iterator[Stack]:
    with TemporaryDirectory(prefix="lesionlens-webhooks-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        stack = Stack(folder, WEBHOOK_ALLOWED_HOSTS=f"127.0.0.1:{PORT}")
        try:
            stack.wait_ready()
            yield stack
        finally:
            stack.stop()


def test_the_lines_of_the_page(tmp_path: Path) -> None:
    (tmp_path / "samples").symlink_to(ROOT / "samples")
    (tmp_path / ".venv").symlink_to(sys.prefix)
    with server() as stack:
        (tmp_path / ".lesionlens").symlink_to(stack.data_dir)
        # Into a file: a receiver that outlives the shell would hold a pipe open.
        with (tmp_path / "said").open("wb") as output:
            done = subprocess.run(
                ["/bin/sh", "-eu", "-c", lines()],
                cwd=tmp_path,
                env=clean_environment() | {"PYTHONPATH": str(ROOT)},
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
                timeout=60,
            )
    said = (tmp_path / "said").read_text().splitlines()
    assert done.returncode == 0, said
    assert any(re.fullmatch(r"endpoint\.test endpoint_id whe_\w{26}", line) for line in said), said
    completed = re.compile(r"case\.completed case_\w{26} version \d+ state completed model \w+")
    assert any(completed.fullmatch(line) for line in said), said
