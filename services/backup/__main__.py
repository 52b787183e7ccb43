"""`python -m services.backup create|restore|ledger|verify|list FOLDER`: backups of DATABASE_URL and S3_ENDPOINT.

DATABASE_URL is the owner's login. See docs/backup.md.
"""

import argparse
import os
import signal
import sys
from pathlib import Path

from pydantic import ValidationError

from services.backup.checking import checked
from services.backup.folder import Folder
from services.backup.making import Making, write_ledger
from services.backup.manifest import Manifest
from services.backup.progress import say
from services.backup.refusal import Refused
from services.backup.restoring import Restoring, Wishes
from services.backup.settings import BackupSettings
from shared.errors import LesionlensError

_MADE_BUT_MISSING = 3
_MB = 1_000_000
_INTERRUPTED = 130
_AFTER_STOP = {
    "create": "There is no new backup, and the older ones are as they were. What was copied need not be copied again.",
    "restore": "Where loading had begun, nothing is served until the restore is run again and ends.",
}


def main(arguments: list[str] | None = None) -> int:
    """Return 0; 1: refused, or a server does not answer; 2: settings; 3: the backup lacks objects; 130: stopped."""
    options = parser().parse_args(arguments)
    os.umask(0o077)  # photos of others
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    folder = Folder(Path(options.folder))
    try:
        return _do(options, folder)
    except ValidationError as error:
        names = ", ".join(str(problem["loc"][0]) for problem in error.errors())
        say(f"settings: {names}: see docs/settings.md")
        return 2
    except (Refused, LesionlensError, OSError) as error:
        say(f"error: {error}")
        return 1
    except KeyboardInterrupt:
        say(f"stopped before the end. {_AFTER_STOP.get(options.verb, 'Nothing was changed.')}")
        return _INTERRUPTED


def _stop(_number: int, _frame: object) -> None:
    """End what is done, once: what has to be cleared away then is not to be stopped in its turn."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="python -m services.backup", description="Backup and restore: docs/backup.md.")
    verbs = top.add_subparsers(dest="verb", required=True)
    create = verbs.add_parser("create", help="make a backup in a folder, while everything runs")
    create.add_argument("folder")
    create.add_argument("--keep", type=int, default=None, help="delete all but so many of the newest backups there")
    restore = verbs.add_parser("restore", help="restore from a folder; the services must not run")
    restore.add_argument("folder")
    restore.add_argument("--backup", help="which one; the newest if none is named")
    restore.add_argument("--replace", action="store_true", help="remove what the database and the bucket hold")
    restore.add_argument(
        "--ledger", action="append", default=[], metavar="FILE", help="an erasure ledger to replay too"
    )
    restore.add_argument("--without-ledger", action="store_true", help="erased cases may come back, and that is known")
    verbs.add_parser("ledger", help="write the erasure ledger into a file").add_argument("folder", metavar="file")
    verify = verbs.add_parser("verify", help="read every byte of a backup and say whether it is whole")
    verify.add_argument("folder")
    verify.add_argument("--backup", help="which one; the newest if none is named")
    verbs.add_parser("list", help="list the whole backups of a folder").add_argument("folder")
    return top


def _do(options: argparse.Namespace, folder: Folder) -> int:
    match options.verb:
        case "create":
            return _create(folder, options.keep)
        case "restore":
            wishes = Wishes(
                options.backup, options.replace, [Path(each) for each in options.ledger], options.without_ledger
            )
            return _restore(folder, wishes)
        case "ledger":
            return _write_ledger(Path(options.folder))
        case "verify":
            return _verify(folder, options.backup)
        case _:
            return _list(folder)


def _create(folder: Folder, keep: int | None) -> int:
    if keep is not None and keep < 1:
        raise Refused("at least one backup is kept")
    path, manifest = Making(BackupSettings.of_environment(), folder).run(keep)
    say(_described(manifest))
    print(path)
    if manifest.missing:
        say(f"{len(manifest.missing)} objects that the record names were missing or damaged in the store")
        return _MADE_BUT_MISSING
    return 0


def _restore(folder: Folder, wishes: Wishes) -> int:
    done = Restoring(BackupSettings.of_environment(), folder, wishes).run()
    say(f"restored {done.backup}: {done.cases:,} cases, {done.objects:,} objects; {done.erased_again:,} erased again")
    if done.complete_to is None:
        say("no ledger was replayed: what was erased after the backup is here again")
    else:
        say(
            f"erasures up to {done.complete_to:%Y-%m-%d %H:%M:%S %Z} are done again; what was erased later is not known"
        )
    return 0


def _write_ledger(path: Path) -> int:
    known = write_ledger(BackupSettings.of_environment(), path)
    say(f"{len(known.entries):,} erasures, complete to {known.complete_to:%Y-%m-%d %H:%M:%S %Z}, in {path}")
    return 0


def _verify(folder: Folder, wanted: str | None) -> int:
    with folder.locked():
        manifest = checked(folder, folder.backup(wanted), set(folder.ledger().entries))
    say(f"whole: {_described(manifest)}")
    return _MADE_BUT_MISSING if manifest.missing else 0


def _list(folder: Folder) -> int:
    for each in folder.ids():
        print(_described(Manifest.of(folder.backup(each))))
    return 0


def _described(manifest: Manifest) -> str:
    cases, missing = manifest.counts["cases"], len(manifest.missing)
    size = f"{manifest.objects:,} objects, {manifest.object_bytes / _MB:,.1f} MB"
    return f"{manifest.id}: {cases:,} cases, {size}" + (f", {missing:,} objects missing" if missing else "")


if __name__ == "__main__":
    sys.exit(main())
