"""What a backup says of itself. It is written last: a folder without one is no backup."""

import json
import re
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from services.backup.refusal import Refused

FORMAT = 1
_ID: Final = re.compile(r"[0-9TZ.-]{1,40}")
NAME = "manifest.json"


@dataclass(frozen=True, slots=True)
class File:
    sha256: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """`taken_at`: the moment of the database's snapshot. `missing`: keys that the record names and the store lacked.

    `record`: which record it is of; a ledger is of the same one, or promises nothing.
    """

    id: str
    record: str
    taken_at: datetime
    finished_at: datetime
    revision: str
    owner: str
    server: str
    files: dict[str, File]
    counts: dict[str, int]
    # Of each clinic: accepted, open and ended cases, as the audit counts them.
    balances: dict[str, list[int]]
    objects: int
    object_bytes: int
    missing: list[str] = field(default_factory=list)

    def encoded(self) -> str:
        return json.dumps({"format": FORMAT, **asdict(self)}, indent=2, default=datetime.isoformat) + "\n"

    @classmethod
    def decoded(cls, text: str) -> "Manifest":
        """Raise Refused where this is no manifest, or one of a later format."""
        try:
            words: dict[str, Any] = json.loads(text)
            if words.pop("format") != FORMAT:
                raise Refused("the backup is of another format: restore it with the release that made it")
            words["files"] = {name: File(**each) for name, each in words["files"].items()}
            for name in ("taken_at", "finished_at"):
                words[name] = datetime.fromisoformat(words[name])
            found = cls(**words)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Refused("the manifest cannot be read: this is not a whole backup") from error
        if not _ID.fullmatch(found.id):
            raise Refused("the manifest names no backup")
        return found

    @classmethod
    def of(cls, folder: Path) -> "Manifest":
        """Raise Refused where the folder holds no whole backup."""
        try:
            text = (folder / NAME).read_text(encoding="utf-8")
        except OSError as error:
            raise Refused(f"{folder} has no {NAME}: it is not a whole backup") from error
        return cls.decoded(text)
