"""Row-level security of a transaction that is confined to a subject, table by table from Postgres' catalogue.

As in test_row_security.py every right is granted and every trigger off. A table that is added later is looked at by
itself: without a policy for devices it fails here.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DBAPIError

from shared.contracts.access import AccessAction, ActorKind
from shared.contracts.enums import ConsentPurpose, ModelState
from shared.contracts.ids import IdPrefix, new_id
from shared.db import lifecycle
from shared.db.access_log import Access, Origin, record_access
from shared.db.models import ApiKey, Consent, Device, DeviceToken, IdempotencyRecord, Upload
from shared.db.session import Confinement, Database, DatabaseRole, lift_confinement, make_engine
from tests.integration.conftest import Servers, database_settings, fresh_database
from tests.integration.records import add_model, claim, new_case, some_answer, some_artifacts
from tests.security.planted_rows import OF_NO_CLINIC, plant, relations, writable
from tests.security.test_row_security import as_superuser

# What a device has rows in, by what says whose they are. Of every other table it sees none.
OF_CASE = ("runs", "results", "artifacts", "events", "idempotency_records")
OF_DEVICE = {"uploads": "device_id", "devices": "id", "device_tokens": "device_id"}


@dataclass
class Confined:
    """A clinic with two subjects, `anna` and `ben`, a case of each with all that hangs on it, and a device of each."""

    gateway: Database
    everything: Engine
    clinic: str
    anna: Confinement
    ben: Confinement

    def rows(self, relation: str, who: Confinement | None, column: str = "*") -> list[object]:
        """Return what a bare SELECT of the gateway shows."""
        with self.gateway.transaction(self.clinic, confined=who) as session:
            return list(session.execute(text(f"SELECT {column} FROM {relation}")).scalars())  # noqa: S608

    def cases_of(self, who: Confinement) -> set[str]:
        with self.everything.connect() as connection:
            query = text("SELECT id FROM cases WHERE clinic_id = :clinic AND subject_ref = :subject")
            return set(connection.execute(query, {"clinic": self.clinic, "subject": who.subject_ref}).scalars())


def _enrol(gateway: Database, clinic: str, subject_ref: str) -> Confinement:
    """Add a device with a token, whose texts nobody knows."""
    who = Confinement(subject_ref, new_id(IdPrefix.DEVICE))
    later = datetime.now(UTC) + timedelta(hours=1)
    with gateway.transaction(clinic) as session:
        key = session.scalars(select(ApiKey.id).where(ApiKey.clinic_id == clinic)).first()
        whose = {"clinic_id": clinic, "expires_at": later}
        session.add(Device(id=who.device_id, subject_ref=subject_ref, enrolled_by=key, **whose))
        session.flush()
        digest = f"{clinic[-20:]} {subject_ref}".encode().ljust(32)
        session.add(DeviceToken(digest=digest, device_id=who.device_id, kind="refresh", number=1, **whose))
    return who


def _act(gateway: Database, worker: Database, clinic: str, who: Confinement) -> None:
    """Let the device do what devices do, and a worker its part."""
    claim(worker, limit=100)
    with worker.transaction() as session:
        model = add_model(session, ModelState.CANDIDATE)
    later = datetime.now(UTC) + timedelta(hours=1)
    with gateway.transaction(clinic, confined=who) as session:
        case = lifecycle.accept_case(session, new_case(clinic, model, subject_ref=who.subject_ref))
        whose = {"clinic_id": clinic, "expires_at": later}
        session.add(Upload(id=new_id(IdPrefix.UPLOAD), key=who.device_id, device_id=who.device_id, **whose))
        answer = {"fingerprint": "f", "case_id": case.id, "status": 202, "response": {}}
        session.add(IdempotencyRecord(route=f"r of {who.subject_ref}", key="k", **whose, **answer))
        agreed = {"purpose": ConsentPurpose.SCREENING, "text_version": "t", "recorded_by": who.device_id}
        session.add(Consent(id=new_id(IdPrefix.CONSENT), clinic_id=clinic, subject_ref=who.subject_ref, **agreed))
    (run,) = claim(worker)
    with worker.transaction() as session:
        assert lifecycle.record_answer(session, run, some_answer(), some_artifacts(run), None)


@pytest.fixture(scope="module")
def planted(servers: Servers) -> Iterator[Confined]:
    with fresh_database(servers) as database_url:
        settings = database_settings(database_url)
        gateway, worker = (Database(make_engine(settings, r)) for r in (DatabaseRole.GATEWAY, DatabaseRole.WORKER))
        clinic = plant(gateway, worker).mine
        anna, ben = (_enrol(gateway, clinic, subject_ref) for subject_ref in ("anna", "ben"))
        for who in (anna, ben):
            _act(gateway, worker, clinic, who)
        worker.close()
        everything = as_superuser(servers, database_url)
        with everything.begin() as connection:
            connection.execute(text("GRANT ALL ON ALL TABLES IN SCHEMA public TO lesionlens_gateway"))
            for table in writable(everything):
                connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        yield Confined(gateway, everything, clinic, anna, ben)
        everything.dispose()
        gateway.close()


def tenant_relations(planted: Confined) -> list[str]:
    return [name for name in relations(planted.everything) if name not in OF_NO_CLINIC]


def test_a_device_without_cases_sees_nothing_whatever_its_clinic_has(planted: Confined) -> None:
    """In every table and view that there is. The clinic itself sees rows in each of them."""
    nobody = Confinement("nobody", new_id(IdPrefix.DEVICE))
    seen = {name: len(planted.rows(name, None, "clinic_id")) for name in tenant_relations(planted)}
    assert [name for name, count in seen.items() if not count] == []
    confined = {name: len(planted.rows(name, nobody, "clinic_id")) for name in tenant_relations(planted)}
    assert {name: count for name, count in confined.items() if count} == {}


def test_a_device_sees_its_subjects_cases_and_what_hangs_on_them(planted: Confined) -> None:
    for who in (planted.anna, planted.ben):
        cases = planted.cases_of(who)
        assert len(cases) == 1
        assert set(planted.rows("cases", who, "id")) == cases
        for table in OF_CASE:
            assert set(planted.rows(table, who, "case_id")) == cases, table
        assert planted.rows("consents", who, "subject_ref") == [who.subject_ref]
        for table, column in OF_DEVICE.items():
            assert set(planted.rows(table, who, column)) == {who.device_id}, table


def test_the_lists_above_are_all_that_a_device_sees(planted: Confined) -> None:
    seen = {name for name in writable(planted.everything) if planted.rows(name, planted.anna, "clinic_id")}
    assert seen == {"cases", "consents", *OF_CASE, *OF_DEVICE}


@pytest.mark.parametrize("statement", ["UPDATE {} SET clinic_id = clinic_id", "DELETE FROM {}"])
def test_what_is_not_seen_is_not_touched(planted: Confined, statement: str) -> None:
    nobody = Confinement("nobody", new_id(IdPrefix.DEVICE))
    touched = {}
    for table in writable(planted.everything):
        with planted.gateway.transaction(planted.clinic, confined=nobody) as session:
            touched[table] = len(session.execute(text(f"{statement.format(table)} RETURNING 1")).all())
    assert touched == dict.fromkeys(touched, 0)


def test_no_row_of_the_clinics_or_of_another_subject_is_put_in(planted: Confined) -> None:
    for table in writable(planted.everything):
        with planted.everything.connect() as connection:
            query = f"SELECT to_jsonb(t) FROM {table} t WHERE clinic_id = :clinic"  # noqa: S608
            rows = [json.dumps(row) for row in connection.execute(text(query), {"clinic": planted.clinic}).scalars()]
        foreign = [row for row in rows if not is_annas(planted, table, json.loads(row))]
        assert foreign, table
        insert = f"INSERT INTO {table} SELECT * FROM jsonb_populate_record(NULL::{table}, CAST(:row AS jsonb))"  # noqa: S608
        for row in foreign:
            with pytest.raises(DBAPIError, match=f'row-level security policy .*for table "{table}"'):  # noqa: SIM117
                with planted.gateway.transaction(planted.clinic, confined=planted.anna) as session:
                    session.execute(text(insert), {"row": row})


def is_annas(planted: Confined, table: str, row: dict[str, object]) -> bool:
    if table in {"cases", "consents"}:
        return row["subject_ref"] == "anna"
    if table in OF_CASE:
        return row["case_id"] in planted.cases_of(planted.anna)
    return table in OF_DEVICE and row[OF_DEVICE[table]] == planted.anna.device_id


def test_no_case_is_given_to_another_subject(planted: Confined) -> None:
    query = text("UPDATE cases SET subject_ref = 'ben'")
    with pytest.raises(DBAPIError, match="row-level security"):  # noqa: SIM117
        with planted.gateway.transaction(planted.clinic, confined=planted.anna) as session:
            session.execute(query)


def test_a_subject_without_its_clinic_sees_nothing(planted: Confined) -> None:
    """The two narrow together: a pseudonym is a clinic's own."""
    for clinic in (None, new_id(IdPrefix.CLINIC)):
        with planted.gateway.transaction(clinic, confined=planted.anna) as session:
            assert session.execute(text("SELECT 1 FROM cases")).all() == []


def test_confinement_ends_with_the_transaction_or_is_lifted_in_it(planted: Confined) -> None:
    with planted.gateway.transaction(planted.clinic, confined=planted.anna) as session:
        few = len(session.execute(text("SELECT 1 FROM cases")).all())
        lift_confinement(session)
        assert len(session.execute(text("SELECT 1 FROM cases")).all()) > few
    for _ in range(3):
        assert len(planted.rows("cases", planted.anna)) == few
        assert len(planted.rows("cases", None)) > few


@pytest.mark.parametrize(("subject_ref", "device_id"), [("", "dev_1"), ("anna", "")])
def test_nobody_is_no_confinement(subject_ref: str, device_id: str) -> None:
    """An empty setting is what Postgres leaves behind where nothing is set."""
    with pytest.raises(ValueError, match="confined to one subject"):
        Confinement(subject_ref, device_id)


def test_who_presents_a_digest_sees_what_it_stands_for(planted: Confined) -> None:
    """And nothing else: neither the device's clinic nor its other tokens."""
    with planted.everything.connect() as connection:
        query = text("SELECT digest FROM device_tokens WHERE device_id = :device")
        digest = bytes(connection.execute(query, {"device": planted.anna.device_id}).scalar_one())
    for presented, devices in ((digest, [planted.anna.device_id]), (bytes(32), [])):
        with planted.gateway.transaction(presented=presented) as session:
            assert list(session.execute(text("SELECT id FROM devices")).scalars()) == devices
            assert list(session.execute(text("SELECT device_id FROM device_tokens")).scalars()) == devices
            for table in ("enrolments", "cases", "uploads", "runs"):
                assert session.execute(text(f"SELECT 1 FROM {table}")).all() == []  # noqa: S608


def test_a_device_tells_the_access_log_of_itself_alone(planted: Confined) -> None:
    """And reads there what it did itself, which is how a second read of a version is known for one."""
    read = Access(AccessAction.CASES_LISTED, count=1)
    origins = [Origin(ActorKind.DEVICE, planted.clinic, device_id=who.device_id) for who in (planted.anna, planted.ben)]
    with planted.gateway.transaction(planted.clinic) as session:
        record_access(session, Origin(ActorKind.CLINIC_KEY, planted.clinic), read)
    for origin, who in zip(origins, (planted.anna, planted.ben), strict=True):
        with planted.gateway.transaction(planted.clinic, confined=who) as session:
            record_access(session, origin, read)
        assert planted.rows("access_log", who, "device_id") == [who.device_id]
    for origin in (origins[1], Origin(ActorKind.CLINIC_KEY, planted.clinic)):
        with (
            pytest.raises(DBAPIError, match="row-level security"),
            planted.gateway.transaction(planted.clinic, confined=planted.anna) as session,
        ):
            record_access(session, origin, read)
