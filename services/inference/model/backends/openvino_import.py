"""Import OpenVINO without what it brings to report its own use.

`import openvino` sends an event to its maker's statistics when the package `openvino-telemetry`, on which it depends,
can be imported, and leaves an identifier in the user's home folder. A machine that holds patients' photos reports to
nobody. OpenVINO has a stand-in for an absent package; so the package is made absent before the import.
"""

import importlib
import sys
from functools import cache
from types import ModuleType

_REPORTER = "openvino_telemetry"


@cache
def openvino() -> ModuleType:
    """The module `openvino`. Raises ImportError where it is not installed or has no build for this machine."""
    # None in sys.modules makes every import of that name an ImportError.
    sys.modules[_REPORTER] = None  # type: ignore[assignment]
    return importlib.import_module("openvino")
