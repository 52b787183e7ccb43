"""`make test-upgrade`: the tests of an upgrade, where the history holds the release before.

A clone without it says so and ends with 75, which stands as NOT DONE among the times: no failure, and no success.
"""

from __future__ import annotations

import subprocess
import sys

from tests.architecture.sources import ROOT
from tests.upgrade.previous_release import COMMIT, is_there

NOT_DONE = 75


def main() -> int:
    if not is_there():
        print(f"not run: the history of this clone does not hold {COMMIT[:12]}, the release before")
        return NOT_DONE
    # A long history takes minutes to write.
    command = [sys.executable, "-m", "pytest", "tests/upgrade", "-q", "-s", "--durations=3", "--timeout=1800"]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
