"""The program that opens an exported learner, apart from everything else. Started by `fastai_import` only.

Arguments: the file, a folder to write into, the parent's process id. Leaves `tensors.safetensors` and `found.json`, or
`fault.txt` with what is wrong, and before anything else `lacking.json`: what this machine could not fence off.
"""

import json
import sys
from pathlib import Path

from services.trainer.confinement import confine

LACKING, FAULT, FOUND, TENSORS = "lacking.json", "fault.txt", "found.json", "tensors.safetensors"


def main(arguments: list[str]) -> int:
    """Return 0 with the tensors written, 1 with the fault."""
    file, out = Path(arguments[0]), Path(arguments[1])
    lacking = confine(int(arguments[2]), out)
    (out / LACKING).write_text(json.dumps(lacking), encoding="utf-8")
    # Not before: torch starts threads, and a process with threads cannot leave the network.
    from safetensors.torch import save_file  # noqa: PLC0415

    from services.trainer.exported_learner import read_exported  # noqa: PLC0415

    try:
        tensors, found = read_exported(file)
        save_file(tensors, out / TENSORS)
        (out / FOUND).write_text(json.dumps(found), encoding="utf-8")
    except Exception as error:  # noqa: BLE001 - whatever the file's code raises, the parent has to be told
        (out / FAULT).write_text(f"{type(error).__name__}: {error}", encoding="utf-8", errors="replace")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
