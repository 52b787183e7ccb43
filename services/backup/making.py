"""How a backup is made, while everything runs.

The dump comes first and the objects after it: an object never changes once it is named, and goes by erasure alone, so
whatever the snapshot names and is still there is what it was. The one exception is a photo whose run has not ended: it
goes when its cleaned image is on record. These are copied before the snapshot, and again right after it; where one
went in between, another snapshot is taken.
"""

import json
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from services.backup import object_list, postgres_tools, repository
from services.backup.folder import Folder
from services.backup.ledger_file import Ledger
from services.backup.manifest import File, Manifest
from services.backup.object_copies import Copies, side_by_side
from services.backup.object_list import Stored
from services.backup.pool import sha256_of
from services.backup.progress import Bar, counted, say
from services.backup.refusal import Refused
from services.backup.repository import Named, Snapshot
from services.backup.settings import BackupSettings
from shared.db.session import Database, make_engine
from shared.storage.base import ObjectStore
from shared.storage.ledger import ErasureLedger
from shared.storage.s3 import S3Store

DUMP = "database.dump"
NAMED = "named.jsonl"
_SNAPSHOTS = 10
_ERASED_CHUNK = 1000
_MISSING_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Dumped:
    """What the snapshot said, for the manifest."""

    taken_at: datetime
    server: tuple[str, str, str, str]
    counts: dict[str, int]
    balances: dict[str, list[int]]
    named: int


class Making:
    """One backup into one folder."""

    def __init__(self, settings: BackupSettings, folder: Folder, store: ObjectStore | None = None) -> None:
        self._settings = settings.patient()
        self._folder = folder
        self._database = Database(make_engine(self._settings, role=None))
        self._store = store or S3Store(self._settings)
        self._copies = Copies(self._store, folder.pool)
        # Photos of cases that had not ended, by key.
        self._caught: dict[str, Stored] = {}

    def run(self, keep: int | None) -> tuple[Path, Manifest]:
        """Make the backup and return where it is. Raises Refused, DatabaseUnavailable, StoreUnavailable, OSError."""
        self._folder.prepare()
        with self._folder.locked(), closing(self._database):
            self.gather_ledger()
            with self._folder.begun() as work:
                dumped = self._dump(work)
                objects, size, missing = self._copy(work, dumped)
                done = self._finish(work, dumped, objects, size, missing)
            gone, cleared = self._folder.tidy(keep)
            if gone or cleared:
                say(f"cleared away: {gone} old backups, {cleared:,} objects that no backup needs")
        return done

    def gather_ledger(self) -> None:
        """Write every erasure that is known into the folder's ledger."""
        with self._database.transaction() as session:
            ledger = repository.ledger(session)
        ledger.merge(self._folder.ledger())
        # A restore leaves in the bucket what its record has no case for.
        bucket = ErasureLedger(self._store)
        for case_id in bucket.case_ids():
            if case_id not in ledger.entries:
                ledger.add(bucket.entry(case_id))
        ledger.write(self._folder.ledger_path)

    def _dump(self, work: Path) -> Dumped:
        with self._caught_snapshot() as snapshot:
            name, taken_at = snapshot.about()
            said = Dumped(
                taken_at,
                snapshot.server(),
                snapshot.counts(),
                snapshot.balances(),
                _write_named(snapshot, work / NAMED),
            )
            bar = Bar("database", None, "bytes")
            url = self._settings.database_url.get_secret_value()
            postgres_tools.dump(url, name, work / DUMP, bar.add)
            bar.end()
        return said

    @contextmanager
    def _caught_snapshot(self) -> Iterator[Snapshot]:
        """Give a snapshot all of whose unended photos are in the pool. Raises Refused after ten tries."""
        for _ in range(_SNAPSHOTS):
            self._catch(Named(key, None, "", needed=False) for key in self._store.list_keys("incoming/"))
            with repository.snapshot(self._database) as snapshot:
                photos = snapshot.open_photos()
                self._catch(photos)
                if all(photo.key in self._caught for photo in photos):
                    yield snapshot
                    return
        raise Refused("photos come and go faster than the store lets them be copied; no backup was made")

    def _catch(self, photos: Iterator[Named] | list[Named]) -> None:
        new = [photo for photo in photos if photo.key not in self._caught]
        for stored in side_by_side(self._copies.fetch, new):
            if stored is not None:
                self._caught[stored.key] = stored

    def _copy(self, work: Path, dumped: Dumped) -> tuple[int, int, list[str]]:
        """Return how many objects there are, of how many bytes, and which are missing without having been erased."""
        count = size = 0
        gone: set[str] = set()
        with (work / object_list.NAME).open("w", encoding="utf-8") as file:
            wanted = counted(_read_named(work / NAMED), "objects", dumped.named)
            for named, stored in side_by_side(self._fetch, wanted):
                if stored is not None:
                    object_list.write_line(file, stored)
                    count, size = count + 1, size + self._folder.pool.size(stored.sha256)
                elif named.needed:
                    gone.add(named.key)
            file.flush()
            os.fsync(file.fileno())
        (work / NAMED).unlink()
        return count, size, self._not_erased(gone)

    def _fetch(self, named: Named) -> tuple[Named, Stored | None]:
        caught = self._caught.get(named.key)
        if caught is not None:
            return named, Stored(named.key, caught.sha256, named.media_type)
        return named, self._copies.fetch(named)

    def _not_erased(self, gone: set[str]) -> list[str]:
        cases = sorted({case for key in gone if (case := object_list.case_of(key)) is not None})
        erased: set[str] = set()
        for start in range(0, len(cases), _ERASED_CHUNK):
            with self._database.transaction() as session:
                erased |= repository.erased(session, cases[start : start + _ERASED_CHUNK])
        missing = sorted(key for key in gone if object_list.case_of(key) not in erased)
        for key in missing[:_MISSING_SHOWN]:
            say(f"missing or damaged in the store: {key}")
        return missing

    def _finish(self, work: Path, dumped: Dumped, objects: int, size: int, missing: list[str]) -> tuple[Path, Manifest]:
        record, revision, owner, server = dumped.server
        files = {name: File(sha256_of(work / name), (work / name).stat().st_size) for name in (DUMP, object_list.NAME)}
        manifest = Manifest(
            id=f"{dumped.taken_at.astimezone(UTC):%Y-%m-%dT%H%M%S.%fZ}",
            record=record,
            taken_at=dumped.taken_at,
            finished_at=datetime.now(UTC),
            revision=revision,
            owner=owner,
            server=server,
            files=files,
            counts=dumped.counts,
            balances=dumped.balances,
            objects=objects,
            object_bytes=size,
            missing=missing,
        )
        return self._folder.complete(work, manifest), manifest


def write_ledger(settings: BackupSettings, path: Path) -> Ledger:
    """Add every erasure on record to a ledger's file; return all that it holds. Raises Refused, DatabaseUnavailable."""
    database = Database(make_engine(settings.patient(), role=None))
    with closing(database), database.transaction() as session:
        known = repository.ledger(session)
    if path.exists():
        known.merge(Ledger.read(path))
    known.write(path)
    return known


def _write_named(snapshot: Snapshot, path: Path) -> int:
    """Write down what the snapshot names, so that its transaction can end before all is copied; return how many."""
    count = 0
    with path.open("w", encoding="utf-8") as file:
        for named in snapshot.named():
            file.write(json.dumps([named.key, named.sha256, named.media_type, named.needed]) + "\n")
            count += 1
    return count


def _read_named(path: Path) -> Iterator[Named]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            key, sha256, media_type, needed = json.loads(line)
            yield Named(key, sha256, media_type, needed=needed)
