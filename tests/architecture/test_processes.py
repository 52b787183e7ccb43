"""What importing a process's code may do: nothing to the outside, and in the gateway nothing heavy."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Final

from tests.architecture.sources import ROOT, module_of, python_files

HEAVY: Final = ("torch", "torchvision", "numpy", "safetensors", "openvino", "services.inference")

GATEWAY: Final = """
import importlib, json, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
print(json.dumps(sorted(sys.modules)))
"""

# A CUDA call in a process that later forks breaks every child; on a machine without a GPU the same calls are caught.
FORKING: Final = """
import importlib, sys
import torch
def refuse(name):
    def call(*arguments, **options):
        raise SystemExit(f"torch.cuda.{name} was called by an import")
    return call
for name in ("is_available", "device_count", "init", "_lazy_init", "current_device", "get_device_name"):
    setattr(torch.cuda, name, refuse(name))
for name in sys.argv[1:]:
    importlib.import_module(name)
assert not torch.cuda.is_initialized()
"""

# On a machine that it is new to, matplotlib asks for a list of the fonts, and keeps it: that is done before.
QUIET: Final = """
import importlib, sys
import matplotlib.font_manager
def watch(event, arguments):
    if event in {"socket.connect", "subprocess.Popen", "os.fork"} and loading:
        raise SystemExit(f"{loading[-1]}: {event} at import")
sys.addaudithook(watch)
loading = []
for name in sys.argv[1:]:
    loading.append(name)
    importlib.import_module(name)
loading.clear()
"""


def modules(*folders: str) -> list[str]:
    """Return what can be imported there; `__main__` runs a program, so it cannot."""
    return [module_of(path) for path in python_files(*folders) if path.stem != "__main__"]


def run(script: str, names: list[str]) -> str:
    assert names
    done = subprocess.run(
        [sys.executable, "-c", script, *names],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)},  # no setting at all: imports must not need one
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def test_the_gateway_loads_nothing_heavy() -> None:
    loaded = set(json.loads(run(GATEWAY, modules("services/gateway"))))
    assert "fastapi" in loaded
    assert [name for name in HEAVY if name in loaded] == []


def test_standalone_loads_no_service() -> None:
    loaded = set(json.loads(run(GATEWAY, modules("services/standalone"))))
    others = ("services.gateway", "services.inference", "services.maintenance", "services.notifier", "fastapi")
    assert [name for name in loaded if name.startswith(others)] == []


def test_maintenance_loads_nothing_heavy_and_no_web_framework() -> None:
    loaded = set(json.loads(run(GATEWAY, modules("services/maintenance"))))
    assert "services.maintenance.rounds" in loaded
    assert [name for name in (*HEAVY, "PIL", "fastapi", "starlette") if name in loaded] == []


def test_the_notifier_loads_nothing_heavy_and_no_web_framework() -> None:
    loaded = set(json.loads(run(GATEWAY, modules("services/notifier"))))
    assert "services.notifier.delivery" in loaded
    assert [name for name in (*HEAVY, "PIL", "fastapi", "starlette") if name in loaded] == []


def test_importing_the_worker_leaves_cuda_alone() -> None:
    run(FORKING, modules("services/inference"))


def test_importing_connects_to_nothing_and_starts_nothing() -> None:
    run(QUIET, modules("services", "shared"))
