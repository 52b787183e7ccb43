"""`make gpu-check`: the engine's tests and one case from end to end on the GPU, where there is one.

Without a GPU nothing is checked: it says so, and fails only if REQUIRE=1 asks for one.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import torch

from services.inference.model.backends.choice import available

ROOT = Path(__file__).parents[2]
TESTS = ("tests/unit/model", "tests/engine", "tests/gpu")


def main() -> int:
    if not torch.cuda.is_available():
        built = f"torch {torch.__version__}" + (", a build for the CPU alone" if torch.version.cuda is None else "")
        print(f"CUDA not run: {built} sees no GPU on this machine")
        return int(os.environ.get("REQUIRE") == "1")
    gpu = torch.cuda.get_device_properties(0)
    print(f"{gpu.name}, {gpu.total_memory >> 30} GiB, compute {gpu.major}.{gpu.minor}, torch {torch.__version__}")
    print(f"backends here: {', '.join(available())}", flush=True)
    return subprocess.run([sys.executable, "-m", "pytest", "-q", *TESTS], cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
