"""A folder of backups: one folder each, the bytes that they share, and the erasure ledger beside them."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from services.backup import object_list
from services.backup.ledger_file import Ledger
from services.backup.manifest import Manifest
from services.backup.pool import Pool
from services.backup.refusal import Refused

_PART = ".part"


class Folder:
    """`backups/<moment>/`, `objects/`, `ledger.jsonl`. Refuses to be used by two programs at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self.pool = Pool(self.path / "objects")
        self.ledger_path = self.path / "ledger.jsonl"
        self._backups = self.path / "backups"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder. Raises Refused where another program does; one on a medium that is read-only needs none."""
        try:
            descriptor = os.open(self.path / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except FileNotFoundError as error:
            raise Refused(f"there is no folder {self.path}") from error
        except OSError:
            yield
            return
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(descriptor)
            raise Refused(f"another backup or restore is at work in {self.path}") from error
        try:
            yield
        finally:
            os.close(descriptor)

    def prepare(self) -> None:
        """Make the folder, closed to others. Raises OSError."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._backups.mkdir(mode=0o700, exist_ok=True)

    def ledger(self) -> Ledger:
        """Raise Refused where the file is there and cannot be read."""
        return Ledger.read(self.ledger_path) if self.ledger_path.exists() else Ledger(record=None)

    def ids(self) -> list[str]:
        """Return the whole backups, oldest first."""
        if not self._backups.exists():
            return []
        found = (path for path in self._backups.iterdir() if path.suffix != _PART and path.is_dir())
        return sorted(path.name for path in found if (path / "manifest.json").exists())

    def backup(self, wanted: str | None) -> Path:
        """Return the folder of one backup, the newest if none is named. Raises Refused."""
        if wanted is not None:
            if (self._backups / wanted).parent != self._backups or not (self._backups / wanted).is_dir():
                there = ", ".join(self.ids()) or "none"
                raise Refused(f"there is no backup {wanted} in {self.path}; there are: {there}")
            return self._backups / wanted
        if not (ids := self.ids()):
            raise Refused(f"there is no whole backup in {self.path}")
        return self._backups / ids[-1]

    @contextmanager
    def begun(self) -> Iterator[Path]:
        """Give an empty folder for a backup in the making; it goes where that fails, as does what a killed one left."""
        for left in self._backups.glob(f"*{_PART}"):
            shutil.rmtree(left)
        work = self._backups / f"new{_PART}"
        work.mkdir(mode=0o700)
        try:
            yield work
        finally:
            shutil.rmtree(work, ignore_errors=True)  # a backup that was completed has another name by now

    def complete(self, work: Path, manifest: Manifest) -> Path:
        """Write the manifest, which makes it a backup, and give it its name."""
        with (work / "manifest.json").open("x", encoding="utf-8") as file:
            file.write(manifest.encoded())
            file.flush()
            os.fsync(file.fileno())
        done = work.rename(self._backups / manifest.id)
        descriptor = os.open(self._backups, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)
        return done

    def tidy(self, keep: int | None) -> tuple[int, int]:
        """Delete backups beyond the `keep` newest, and bytes that none of the others needs; return how many of each.

        Bytes of cases that are in the ledger are not needed: a restore would not put them back.
        """
        gone = self.ids()[:-keep] if keep else []
        for each in gone:
            shutil.rmtree(self._backups / each)
        erased, wanted = self.ledger().entries, set[bytes]()
        for each in self.ids():
            for stored in object_list.read(self._backups / each):
                if stored.case_id not in erased:
                    wanted.add(bytes.fromhex(stored.sha256))
        return len(gone), self.pool.clear(wanted)
