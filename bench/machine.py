"""What a figure depends on: processor, cores, memory, load, versions. Nothing that tells whose machine it is."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

_TOLD: Final = ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16", "amx_int8")
_LIBRARIES: Final = ("torch", "openvino", "numpy", "pillow", "grad-cam", "torchcam", "captum", "fastapi", "celery")


def facts() -> dict[str, Any]:
    model, flags = _processor()
    return {
        "processor": model,
        "flags": [flag for flag in _TOLD if flag in flags],
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "libraries": _versions(),
    }


def load() -> float:
    """How many processes wanted a core during the last minute, on average; this one among them."""
    return round(os.getloadavg()[0], 1)


def _processor() -> tuple[str, set[str]]:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return platform.processor(), set()
    named = dict(part.split(":", 1) for part in text.splitlines() if ":" in part)
    lines = {name.strip(): value.strip() for name, value in named.items()}
    return lines.get("model name", platform.processor()), set(lines.get("flags", lines.get("Features", "")).split())


def _versions() -> dict[str, str]:
    found = {}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
