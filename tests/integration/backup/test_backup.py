"""What a backup holds, what it clears away, and what is left of one that was stopped."""

from collections.abc import Iterator
from pathlib import Path
from stat import S_IMODE

import pytest

from services.backup import object_list
from services.backup.folder import Folder
from services.backup.making import Making
from services.backup.refusal import Refused
from shared.storage import keys
from shared.storage.s3 import S3Store
from tests.integration.backup.conftest import Clinic, Place
from tests.integration.gateway.worked_cases import finish


class InterruptedStore(S3Store):
    """Somebody presses Ctrl-C while an object is read."""

    def stream(self, key: str) -> Iterator[bytes]:
        raise KeyboardInterrupt(key)


class StoreAtWork(S3Store):
    """After the snapshot, as the weights are read, a worker ends a run: the photo as it was sent is deleted then."""

    place: Place
    ended: str | None = None

    def stream(self, key: str) -> Iterator[bytes]:
        if key == "models/none":
            self.ended = finish(self.place.worker, self.place.store).case_id
            self.delete(keys.incoming(self.ended))
        return super().stream(key)


def held(folder: Path, backup: str) -> set[str]:
    return {each.key for each in object_list.read(folder / "backups" / backup)}


def files(folder: Path) -> set[Path]:
    return {path.relative_to(folder) for path in folder.rglob("*") if path.name != ".lock"}


def test_a_backup_holds_every_object_that_the_record_names(clinic: Clinic, folder: Path) -> None:
    assert held(folder, clinic.backup) == set(clinic.place.objects())
    assert Folder(folder).ids() == [clinic.backup]


def test_no_other_user_can_read_it(clinic: Clinic, folder: Path) -> None:
    assert {S_IMODE(path.stat().st_mode) & 0o077 for path in clinic.backups.iterdir() if path.is_dir()} == {0}
    assert folder != clinic.backups


def test_one_that_is_stopped_leaves_nothing_that_looks_like_a_backup(clinic: Clinic, tmp_path: Path) -> None:
    target = tmp_path / "new"
    with pytest.raises(KeyboardInterrupt):
        clinic.place.back_up(target, InterruptedStore(clinic.place.storage))
    assert files(target) <= {Path("backups"), Path("objects"), Path("ledger.jsonl")}
    with pytest.raises(Refused, match="there is no whole backup"):
        Folder(target).backup(None)


def test_what_was_copied_is_not_copied_again_and_what_was_erased_goes(clinic: Clinic, folder: Path) -> None:
    first = {path for path in files(folder) if path.parts[0] == "objects"}
    second, manifest = clinic.place.back_up(folder)
    after = {path for path in files(folder) if path.parts[0] == "objects"}
    assert manifest.missing == []
    assert after < first, "of the erased case no byte stays, not even for the older backup"
    assert held(folder, second.name) == {key for key in held(folder, clinic.backup) if clinic.erased not in key}


def test_only_so_many_are_kept(clinic: Clinic, folder: Path) -> None:
    newest, _ = Making(clinic.place.settings(), Folder(folder)).run(keep=1)
    assert Folder(folder).ids() == [newest.name]


def test_a_photo_whose_run_ends_after_the_snapshot_is_in_it(clinic: Clinic, tmp_path: Path) -> None:
    busy = StoreAtWork(clinic.place.storage)
    busy.place = clinic.place
    done, manifest = clinic.place.back_up(tmp_path / "new", busy)
    assert (busy.ended, manifest.missing) == (clinic.open, [])
    assert keys.incoming(clinic.open) not in clinic.place.objects()
    assert keys.incoming(clinic.open) in held(tmp_path / "new", done.name)


def test_two_at_once_are_refused(clinic: Clinic, folder: Path) -> None:
    with Folder(folder).locked(), pytest.raises(Refused, match="another backup or restore is at work"):
        clinic.place.back_up(folder)
