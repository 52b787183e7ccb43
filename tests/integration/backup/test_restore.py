"""What comes back out of a backup, what must not, and that nobody is served before that is settled."""

import os
import subprocess
import sys
from pathlib import Path
from typing import BinaryIO

import pytest
from sqlalchemy import text

from services.backup.ledger_file import Ledger
from services.backup.making import write_ledger
from services.backup.refusal import Refused
from services.backup.restoring import Wishes
from services.maintenance.access_sealer import Sealer
from services.maintenance.access_verifier import verify
from services.standalone.preparation import unfinished_restore
from shared.contracts.ids import IdPrefix, new_id
from shared.db import lifecycle
from shared.db.models import Consent
from shared.errors import DatabaseUnavailable, StoreUnavailable
from shared.storage import keys
from shared.storage.s3 import S3Store
from tests.integration.backup.conftest import Clinic, Place, answers_at, served
from tests.integration.conftest import Servers
from tests.integration.gateway.conftest import client_of
from tests.integration.records import claim

ALL_THE_SAME = Wishes(None, replace=False, ledgers=[], without_ledger=True)
REPLACE = Wishes(None, replace=True, ledgers=[], without_ledger=False)


class StoreThatFails(S3Store):
    """Takes the ledger and two objects, and no more."""

    left = 2

    def put(self, key: str, data: bytes | BinaryIO, *, media_type: str) -> None:
        if not key.startswith(keys.LEDGER):
            if not self.left:
                raise StoreUnavailable("no room")
            self.left -= 1
        super().put(key, data, media_type=media_type)


def command(place: Place, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        env={**os.environ, **place.environment()},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        stdin=subprocess.DEVNULL,
    )


def with_ledger(clinic: Clinic, folder: Path) -> Path:
    """Bring the folder's ledger up to date, as an operator does each hour."""
    write_ledger(clinic.place.settings(), folder / "ledger.jsonl")
    return folder


def tables(place: Place) -> int:
    return int(place.rows("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")[0][0])


def test_what_was_erased_after_the_backup_stays_away_and_all_else_is_as_it_was(
    clinic: Clinic, folder: Path, empty: Place, servers: Servers
) -> None:
    with_ledger(clinic, folder)
    with pytest.raises(StoreUnavailable):  # in the middle of the objects
        empty.restore(folder, store=StoreThatFails(empty.storage))
    with served(empty, servers) as url:
        refuses_everybody(url, clinic, empty)
        assert unfinished_restore(empty.url) == clinic.backup, "nor would `make run` start anything"
        done = command(empty, "services.backup", "restore", str(folder))
        assert done.returncode == 0, done.stderr
        assert "1 erased again" in done.stderr
        assert answers_at(url, clinic.key, clinic.kept) == clinic.answers, "without a restart of the gateway"
        with client_of(url, clinic.key) as client:
            assert client.get(f"/v1/cases/{clinic.erased}").status_code == 410
            assert client.get(f"/v1/cases/{clinic.open}").json()["state"] == "accepted"
    assert unfinished_restore(empty.url) is None
    assert empty.objects() == clinic.place.objects(without=clinic.erased)
    assert purged(empty, clinic.erased)


def refuses_everybody(url: str, clinic: Clinic, place: Place) -> None:
    with client_of(url, clinic.key) as client:
        for case in (*clinic.kept, clinic.erased):
            refused = client.get(f"/v1/cases/{case}")
            assert (refused.status_code, refused.json()["code"]) == (503, "database_unavailable")
            assert "retry-after" in refused.headers
        assert client.get("/readyz").status_code == 503
    with pytest.raises(DatabaseUnavailable):
        claim(place.worker)


def purged(place: Place, case_id: str) -> bool:
    left = """
    SELECT state, client_ref, image_key, published_run_id,
           (SELECT count(*) FROM results WHERE case_id = c.id),
           (SELECT count(*) FROM artifacts WHERE case_id = c.id),
           (SELECT count(*) FROM events WHERE case_id = c.id)
      FROM cases c WHERE id = :case
    """
    return place.rows(left, case=case_id) == [("erased", None, None, None, 0, 0, 1)]


def test_the_audit_says_of_the_copy_what_it_says_of_what_it_is_a_copy_of(
    clinic: Clinic, folder: Path, empty: Place
) -> None:
    empty.restore(with_ledger(clinic, folder))
    Sealer(empty.worker).act()
    balance = "SELECT clinic_id, accepted, open, terminal FROM case_balance"
    assert empty.rows(balance) == clinic.place.rows(balance) == [(clinic.key.clinic_id, 4, 1, 3)]
    assert empty.rows("SELECT * FROM audit_violations()") == []
    with empty.worker.transaction() as session:
        assert verify(session, {}).findings == []
    told = "SELECT caller FROM access_log WHERE action = 'case_erased' AND case_id = :case"
    assert empty.rows(told, case=clinic.erased) == [("command_line",)]
    assert claim(empty.worker)[0].case_id == clinic.open, "what was waiting is taken up"


def test_without_a_ledger_that_is_newer_nothing_happens_unless_that_is_wanted(
    clinic: Clinic, folder: Path, empty: Place
) -> None:
    with pytest.raises(Refused, match="no erasure ledger newer than the backup"):
        empty.restore(folder)
    assert tables(empty) == 0
    done = empty.restore(folder, ALL_THE_SAME)
    assert (done.cases, done.erased_again) == (4, 0)
    assert empty.objects() == clinic.place.objects()


def test_a_place_that_holds_something_is_left_alone_unless_it_may_be_replaced(
    clinic: Clinic, folder: Path, empty: Place
) -> None:
    empty.restore(folder, ALL_THE_SAME)
    objects = empty.objects()
    with pytest.raises(Refused, match="the database and the bucket must be empty"):
        empty.restore(folder)
    assert (empty.objects(), objects) == (objects, clinic.place.objects())
    with pytest.raises(Refused, match="no erasure ledger newer than the backup"):
        empty.restore(folder, REPLACE)  # what a copy knows of erasures is not what its origin knows
    with empty.gateway.transaction(clinic.key.clinic_id) as session:
        assert lifecycle.erase_case(session, str(clinic.key.clinic_id), clinic.erased, clinic.key.key_id)
    empty.leave()
    done = empty.restore(folder, Wishes(None, replace=True, ledgers=[], without_ledger=True))
    assert (done.erased_again, empty.objects()) == (1, clinic.place.objects(without=clinic.erased))
    assert purged(empty, clinic.erased), "the record that was replaced knew of it"


def test_in_its_own_place_a_record_is_its_ledger(clinic: Clinic, folder: Path, empty: Place) -> None:
    empty.restore(folder, ALL_THE_SAME)
    empty.back_up(folder)
    with empty.gateway.transaction(clinic.key.clinic_id) as session:
        assert lifecycle.erase_case(session, str(clinic.key.clinic_id), clinic.erased, clinic.key.key_id)
    empty.leave()
    assert empty.restore(folder, REPLACE).erased_again == 1


def test_of_a_person_who_was_erased_no_consent_comes_back_either(clinic: Clinic, folder: Path, empty: Place) -> None:
    empty.restore(folder, ALL_THE_SAME)
    clinic_id, person = str(clinic.key.clinic_id), "person-0"
    with empty.gateway.transaction(clinic_id) as session:
        of_person = {"subject_ref": person, "purpose": "screening", "text_version": "1", "recorded_by": "k"}
        session.add(Consent(id=new_id(IdPrefix.CONSENT), clinic_id=clinic_id, **of_person))
    empty.leave()
    empty.back_up(folder)
    with empty.gateway.transaction(clinic_id) as session:
        erasure = lifecycle.open_subject_erasure(session, clinic_id, person, clinic.key.key_id)
        assert erasure is not None
    with empty.worker.transaction() as session:
        assert lifecycle.erase_next_of_subject(session, erasure.id) == clinic.kept[0]
        assert lifecycle.erase_next_of_subject(session, erasure.id) is None
    empty.leave()
    assert empty.restore(folder, REPLACE).erased_again == 1
    assert purged(empty, clinic.kept[0])
    assert empty.rows("SELECT FROM consents UNION ALL SELECT FROM subject_erasures WHERE subject_ref IS NOT NULL") == []


def test_services_that_still_run_are_named(clinic: Clinic, folder: Path) -> None:
    with clinic.place.worker.transaction() as session:
        session.execute(text("SELECT 1"))  # its connection stays open afterwards, as a service's does
    with pytest.raises(Refused, match=r"others are connected .*lesionlens"):
        clinic.place.restore(folder, REPLACE)
    clinic.place.leave()


@pytest.mark.parametrize("what", ["database.dump", "objects.jsonl", "a photo"])
def test_a_damaged_backup_is_refused_before_anything_is_touched(
    clinic: Clinic, folder: Path, empty: Place, what: str
) -> None:
    damage(clinic, folder, what)
    with pytest.raises(Refused, match="the backup is damaged"):
        empty.restore(folder, ALL_THE_SAME)
    assert (tables(empty), empty.objects()) == (0, {})


def damage(clinic: Clinic, folder: Path, what: str) -> None:
    """Change one bit."""
    path = folder / "backups" / clinic.backup / what
    if what == "a photo":
        photo = clinic.place.rows("SELECT image_sha256 FROM cases WHERE id = :case", case=clinic.kept[0])[0][0]
        path = folder / "objects" / photo[:2] / photo
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def test_ledgers_are_put_together_and_one_alone_is_enough(
    clinic: Clinic, folder: Path, empty: Place, tmp_path: Path
) -> None:
    kept_apart = tmp_path / "ledger"
    done = command(clinic.place, "services.backup", "ledger", str(kept_apart))
    assert (done.returncode, set(Ledger.read(kept_apart).entries)) == (0, {clinic.erased})
    assert set(Ledger.read(folder / "ledger.jsonl").entries) == set()
    restored = empty.restore(folder, Wishes(None, replace=False, ledgers=[kept_apart], without_ledger=False))
    assert restored.erased_again == 1


def test_a_restore_that_was_cut_off_is_finished_and_not_mixed_with_another(
    clinic: Clinic, folder: Path, empty: Place
) -> None:
    second, _ = clinic.place.back_up(folder)
    clinic.place.leave()
    first = Wishes(clinic.backup, replace=False, ledgers=[], without_ledger=False)
    with pytest.raises(StoreUnavailable):
        empty.restore(folder, first, StoreThatFails(empty.storage))
    with pytest.raises(Refused, match=f"a restore of {clinic.backup} was cut off"):
        empty.restore(folder)
    assert second.name > clinic.backup
    done = empty.restore(folder, first)
    assert (done.backup, done.erased_again) == (clinic.backup, 1)
