"""What an auditor will ask in two years: which code, which libraries, which machine's kind of processor."""

import functools
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

_LIBRARIES = ("torch", "torchvision", "openvino", "pillow", "pi-heif", "numpy")
_ROOT = Path(__file__).resolve().parents[2]


@functools.cache
def of_this_code() -> dict[str, Any]:
    """Return code revision and library versions. The revision is `unknown` outside a git checkout."""
    return {"code_revision": _revision(), "libraries": {name: _version(name) for name in _LIBRARIES}}


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "absent"


def _revision() -> str:
    stamped = _ROOT / "REVISION"
    if stamped.exists():
        return stamped.read_text().strip()
    try:
        described = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=40"],  # noqa: S607 - whichever git the operator has
            cwd=_ROOT,
            capture_output=True,
            text=True,
            timeout=5,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return described.stdout.strip()
