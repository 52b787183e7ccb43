"""Lines of many processes in one terminal: who said it, in that one's colour, and JSON log lines made readable.

Colour only on a terminal, and never when NO_COLOR is set. Refuses to keep or filter anything.
"""

import json
import sys
import threading
from typing import Any, TextIO

_COLOURS = (36, 33, 35, 32, 34, 96, 93, 95)
_DIM, _RED, _BOLD = 2, 31, 1
_WIDTH = 11
_NOT_REPEATED = ("event", "level", "timestamp", "service", "exception", "logger")
OURSELVES = "lesionlens"


def parsed(line: str) -> dict[str, Any] | None:
    """Return the fields of a JSON log line, or None if it is something else."""
    if not line.startswith("{"):
        return None
    try:
        fields = json.loads(line)
    except ValueError:
        return None
    return fields if isinstance(fields, dict) and "event" in fields else None


def readable(line: str) -> str:
    """Turn a JSON log line into `event name=value`; every other line stays as it is."""
    fields = parsed(line)
    if fields is None:
        return line
    level = str(fields.get("level", "info"))
    words = [] if level == "info" else [level.upper()]
    words.append(str(fields["event"]))
    words += [f"{name}={value}" for name, value in fields.items() if name not in _NOT_REPEATED]
    if "exception" in fields:
        words.append(f"exception={json.dumps(fields['exception'])}")
    return " ".join(words)


class Console:
    """Shared by the threads that read the services' output."""

    def __init__(self, stream: TextIO | None = None, *, colour: bool | None = None, no_color: str = "") -> None:
        self._stream = stream or sys.stdout
        self._colour = (self._stream.isatty() and not no_color) if colour is None else colour
        self._colours: dict[str, int] = {}
        self._lock = threading.Lock()

    def _paint(self, text: str, code: int) -> str:
        return f"\033[{code}m{text}\033[0m" if self._colour else text

    def line(self, name: str, text: str) -> None:
        with self._lock:
            code = self._colours.setdefault(name, _COLOURS[len(self._colours) % len(_COLOURS)])
            self._write(f"{self._paint(f'{name:<{_WIDTH}}|', code)} {readable(text)}")

    def say(self, text: str, *, alarm: bool = False) -> None:
        """Our own words; `alarm` for what a person should not overlook."""
        with self._lock:
            prefix = self._paint(f"{OURSELVES:<{_WIDTH}}|", _RED if alarm else _BOLD)
            self._write(f"{prefix} {self._paint(text, _RED) if alarm else text}")

    def _write(self, text: str) -> None:
        try:
            print(text, file=self._stream, flush=True)
        except OSError:
            self._colour = False  # nobody reads any more; the services matter more than their words
