"""The objects of one backup: key, digest, media type, one JSON line each."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TextIO

NAME = "objects.jsonl"
_OF_CASE: Final = re.compile(r"(?:incoming/|quarantine/|cases/)(case_[0-9a-z]{26})(?:/.*)?")


@dataclass(frozen=True, slots=True)
class Stored:
    key: str
    sha256: str
    media_type: str

    @property
    def case_id(self) -> str | None:
        return case_of(self.key)


def case_of(key: str) -> str | None:
    """Return the case that an object belongs to, None for a model's."""
    found = _OF_CASE.fullmatch(key)
    return found[1] if found else None


def write_line(file: TextIO, stored: Stored) -> None:
    file.write(json.dumps([stored.key, stored.sha256, stored.media_type]) + "\n")


def read(folder: Path) -> Iterator[Stored]:
    with (folder / NAME).open(encoding="utf-8") as file:
        for line in file:
            yield Stored(*json.loads(line))
