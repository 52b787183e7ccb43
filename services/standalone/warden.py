"""Ends what the supervisor left behind, if the supervisor was killed and could not do it.

It reads `+ PID SIGNAL` and `- PID` lines from its standard input. When that closes it asks the remaining processes to
stop, gives them five seconds, and kills their whole families; after an orderly end nothing remains. It ignores the
terminal's signals, holds the supervisor's lock until it is done, and refuses to start or restart anything.
"""

import signal
import sys
import time
from collections.abc import Iterable

from services.standalone.processes import alive, family, marked, send

_GRACE_S = 5.0
_SURE_WITHIN_S = 10.0


def read_remaining(lines: Iterable[str]) -> dict[int, signal.Signals]:
    """Return the processes that were announced and never called off, with the signal that stops each politely."""
    remaining: dict[int, signal.Signals] = {}
    for line in lines:
        verb, pid, *rest = line.split()
        if verb == "+":
            remaining[int(pid)] = signal.Signals(int(rest[0]))
        else:
            remaining.pop(int(pid), None)
    return remaining


def end(remaining: dict[int, signal.Signals], marker: str, grace_s: float = _GRACE_S) -> None:
    """Stop the leaders politely; after `grace_s`, or as soon as they are gone, kill what is left of their families."""
    for pid, number in remaining.items():
        send([pid], number)
    polite_until = time.monotonic() + grace_s
    while any(alive(pid) for pid in remaining) and time.monotonic() < polite_until:
        time.sleep(0.05)
    sure_until = time.monotonic() + _SURE_WITHIN_S
    while (left := family(remaining) | marked(marker)) and time.monotonic() < sure_until:
        send(left, signal.SIGKILL)
        time.sleep(0.05)


def main(marker: str) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)
    remaining = read_remaining(sys.stdin)
    if remaining:
        end(remaining, marker)


if __name__ == "__main__":
    main(sys.argv[1])
