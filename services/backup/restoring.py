"""How a backup becomes record and store again.

In this order: the ledger is gathered; every byte of the backup is checked; the dump is loaded in a transaction that
also closes the schema to every service; migrations; objects; and the ledger's cases are erased again in the transaction
that opens the schema. Killed at any moment, it is run again, and until it has ended no service gets at a row.
"""

import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from alembic import command
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from migrations.__main__ import alembic_config
from services.backup import object_list, postgres_tools, repository, target_repository
from services.backup.checking import checked
from services.backup.folder import Folder
from services.backup.ledger_file import Ledger
from services.backup.making import DUMP
from services.backup.manifest import Manifest
from services.backup.object_copies import Copies, side_by_side
from services.backup.object_list import Stored
from services.backup.progress import Bar, counted, say
from services.backup.refusal import Refused
from services.backup.settings import BackupSettings
from services.backup.target_repository import State
from shared.db.session import Database, make_engine
from shared.storage import keys
from shared.storage.ledger import ErasureLedger
from shared.storage.s3 import S3Store


@dataclass(frozen=True, slots=True)
class Wishes:
    """`backup`: which one, the newest if none is named. `replace`: what is in the database and the bucket may go."""

    backup: str | None
    replace: bool
    ledgers: list[Path]
    without_ledger: bool


@dataclass(frozen=True, slots=True)
class Restored:
    """What the operator is told."""

    backup: str
    cases: int
    objects: int
    erased_again: int
    complete_to: datetime | None


class Restoring:
    """One backup out of one folder."""

    def __init__(self, settings: BackupSettings, folder: Folder, wishes: Wishes, store: S3Store | None = None) -> None:
        self._settings = settings.patient()
        self._folder = folder
        self._wishes = wishes
        self._engine = make_engine(self._settings, role=None)
        self._database = Database(self._engine)
        self._store = store or S3Store(self._settings)
        self._bucket_ledger = ErasureLedger(self._store)

    def run(self) -> Restored:
        """Raise Refused, DatabaseUnavailable, StoreUnavailable; run again it goes on."""
        with self._folder.locked(), closing(self._database):
            backup = self._folder.backup(self._wishes.backup)
            manifest = Manifest.of(backup)
            state = self._look(manifest)
            ledger, in_bucket = self._gather(state, manifest.record)
            self._want_newer(ledger, manifest)
            checked(self._folder, backup, set(ledger.entries))
            self._keep(ledger, in_bucket)
            if state.unfinished != manifest.id:
                self._load(backup, manifest, replace=state.has_tables)
            self._compare(manifest)
            self._migrate()
            objects = self._put_back(backup, manifest, set(ledger.entries))
            self._remove_erased(ledger)
            with self._database.transaction() as session:
                target_repository.open_schema(session, manifest.id)
                replayed = target_repository.erase_again(session, list(ledger.entries.values()))
                target_repository.finish(session, manifest.id, ledger.complete_to, len(replayed))
        return Restored(manifest.id, manifest.counts["cases"], objects, len(replayed), ledger.complete_to)

    def _look(self, manifest: Manifest) -> State:
        with self._database.transaction() as session:
            state = target_repository.look(session)
        # While a restore of it is under way services may wait: they cannot get at a row.
        if state.others and state.unfinished != manifest.id:
            raise Refused(f"others are connected to the database ({', '.join(state.others)}): stop the services first")
        if state.user != manifest.owner:
            raise Refused(f"the backup belongs to the role {manifest.owner}, DATABASE_URL logs in as {state.user}")
        _refuse_later(manifest)
        self._store.ensure_bucket()
        if state.unfinished == manifest.id or self._wishes.replace:
            return state
        if state.unfinished is not None:
            raise Refused(
                f"a restore of {state.unfinished} was cut off: finish it, or replace it by REPLACE=1 (--replace)"
            )
        used = ["the database"] if state.has_tables else []
        used += ["the bucket"] if any(not key.startswith(keys.LEDGER) for key in self._store.list_keys("")) else []
        if used:
            raise Refused(f"{' and '.join(used)} must be empty; REPLACE=1 (--replace) removes all that is there")
        return state

    def _gather(self, state: State, record: str) -> tuple[Ledger, set[str]]:
        """Return every erasure that can be found anywhere, and which of them the bucket's ledger has."""
        ledger = Ledger(record)
        for found in (self._folder.ledger(), *map(Ledger.read, self._wishes.ledgers)):
            ledger.merge(found)
        in_bucket = Ledger(record, self._bucket_ledger.complete_to(record))
        for entry in side_by_side(self._bucket_ledger.entry, self._bucket_ledger.case_ids()):
            in_bucket.add(entry)
        ledger.merge(in_bucket)
        if state.has_erasures:
            with self._database.transaction() as session:
                here = repository.ledger(session)
            if state.unfinished is not None:
                here.complete_to = None  # it knows what its backup knew
            ledger.merge(here)
        return ledger, set(in_bucket.entries)

    def _want_newer(self, ledger: Ledger, manifest: Manifest) -> None:
        if ledger.complete_to is not None and ledger.complete_to > manifest.taken_at:
            say(f"the erasure ledger is complete to {ledger.complete_to:%Y-%m-%d %H:%M:%S %Z}")
            return
        found = f"the newest is complete to {ledger.complete_to}" if ledger.complete_to else "there is none"
        words = (
            f"no erasure ledger newer than the backup of {manifest.taken_at} was found ({found}): "
            "what was erased after that would come back"
        )
        if self._wishes.without_ledger:
            say(f"going on without: {words}")
        elif not (sys.stdin.isatty() and _says_yes(words)):
            raise Refused(f"{words}. LEDGER=file names one, WITHOUT_LEDGER=1 (--without-ledger) goes on all the same")

    def _keep(self, ledger: Ledger, in_bucket: set[str]) -> None:
        """Write what was gathered into the bucket before what it may have come from is removed."""
        new = [entry for case_id, entry in ledger.entries.items() if case_id not in in_bucket]
        for _ in side_by_side(self._bucket_ledger.write, new):
            pass
        if ledger.record is not None and ledger.complete_to is not None:
            self._bucket_ledger.stamp(ledger.record, ledger.complete_to)

    def _load(self, backup: Path, manifest: Manifest, *, replace: bool) -> None:
        with self._database.transaction() as session:
            target_repository.make_roles(session)
        self._engine.dispose()
        bar = Bar("database", None, "bytes")
        postgres_tools.load(
            self._settings.database_url.get_secret_value(),
            backup / DUMP,
            before=target_repository.before_load(replace=replace),
            after=target_repository.after_load(manifest),
            on_bytes=bar.add,
        )
        bar.end()

    def _compare(self, manifest: Manifest) -> None:
        with self._database.transaction() as session:
            found = repository.balances(session)
        if found != manifest.balances:
            raise Refused("the record does not add up to what the manifest says; the services stay shut out")

    def _migrate(self) -> None:
        config = alembic_config()
        with self._engine.connect() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    def _put_back(self, backup: Path, manifest: Manifest, erased: set[str]) -> int:
        """Put every object back but those of erased cases; what else is in the bucket goes. Return how many."""

        def wanted() -> Iterator[Stored]:
            return (each for each in object_list.read(backup) if each.case_id not in erased)

        there = {key for key in self._store.list_keys("") if not key.startswith(keys.LEDGER)}
        if there:
            others = there.difference(each.key for each in wanted())
            for _ in side_by_side(self._store.erase, counted(others, "removed", len(others), "objects")):
                pass
        copies = Copies(self._store, self._folder.pool)
        seen = counted(wanted(), "put back", manifest.objects, "objects")
        return sum(1 for _ in side_by_side(copies.put, seen))

    def _remove_erased(self, ledger: Ledger) -> None:
        """Remove, with all versions, what a bucket that outlived its database has of erased cases."""
        prefixes = (prefix for case_id in ledger.entries for prefix in keys.all_of(case_id))
        removed = sum(side_by_side(self._store.erase, prefixes))
        if removed:
            say(f"removed {removed} objects of erased cases")


def _refuse_later(manifest: Manifest) -> None:
    try:
        ScriptDirectory.from_config(alembic_config()).get_revision(manifest.revision)
    except CommandError as error:
        raise Refused(f"the backup's schema {manifest.revision} is of a later release than this one") from error


def _says_yes(words: str) -> bool:
    say(words)
    return input("Go on without one? Type yes: ").strip() == "yes"
