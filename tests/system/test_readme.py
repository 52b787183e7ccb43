"""The README's own lines, pasted into a shell, do what the text around them says."""

from __future__ import annotations

import json
import re
import shutil
import stat
import subprocess
import sys
from typing import TYPE_CHECKING, Final

from PIL import Image

from tests.system.stack import ROOT, clean_environment

if TYPE_CHECKING:
    from pathlib import Path

    from tests.system.stack import Stack

# For machines without curl: the few options that the README uses, by the same names.
STAND_IN: Final = f"""#!{sys.executable}
import argparse, pathlib, httpx
parser = argparse.ArgumentParser()
parser.add_argument("-sS", action="store_true")
parser.add_argument("-o", type=pathlib.Path)
parser.add_argument("-H", action="append", default=[])
parser.add_argument("-F", action="append", default=[])
parser.add_argument("url")
given = parser.parse_args()
headers = dict(line.split(": ", 1) for line in given.H)
files = {{}}
for field in given.F:
    name, _, value = field.partition("=")
    value, _, kind = value.partition(";type=")
    if value.startswith("@"):
        files[name] = ("photo", pathlib.Path(value[1:]).read_bytes(), "application/octet-stream")
    else:
        files[name] = (None, value.encode(), kind)
answer = httpx.request("POST" if files else "GET", given.url, headers=headers, files=files or None)
given.o.write_bytes(answer.content)
"""


def lines_with_curl() -> str:
    """Return the blocks between "By hand" and the next heading, as they stand."""
    section = re.split(r"^## ", (ROOT / "README.md").read_text(), flags=re.MULTILINE)
    by_hand = next(part for part in section if part.startswith("By hand"))
    blocks = re.findall(r"^```sh\n(.*?)^```", by_hand, re.MULTILINE | re.DOTALL)
    assert sum("curl" in block for block in blocks) >= 3
    return "\n".join(blocks)


def test_the_lines_of_the_readme(stack: Stack, tmp_path: Path) -> None:
    (tmp_path / ".lesionlens").symlink_to(stack.data_dir)
    (tmp_path / "samples").symlink_to(ROOT / "samples")
    environment = clean_environment()
    if shutil.which("curl") is None:
        script = tmp_path / "curl"
        script.write_text(STAND_IN)
        script.chmod(script.stat().st_mode | stat.S_IXUSR)
        environment["PATH"] = f"{tmp_path}:{environment['PATH']}"
    done = subprocess.run(
        ["/bin/sh", "-eu", "-c", lines_with_curl()],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr
    case = json.loads((tmp_path / "case.json").read_text())
    assert case["state"] == "completed"
    assert case["modality"] == "dermoscopy"
    assert case["id"] in done.stdout
    for name in ("overlay.jpg", "melanoma.jpg"):
        with Image.open(tmp_path / name) as picture:
            assert picture.format == "JPEG", name
