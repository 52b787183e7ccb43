"""Two clinics with a row in every table that holds something of a clinic, and what Postgres' catalogue lists."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import Engine, text

from shared.contracts.access import AccessAction, ActorKind
from shared.contracts.enums import ConsentPurpose, TokenKind
from shared.contracts.ids import IdPrefix, new_id
from shared.db import lifecycle
from shared.db.access_log import Access, Origin, record_access
from shared.db.models import ApiKey, Consent, Device, DeviceToken, Enrolment, IdempotencyRecord, Upload
from tests.integration.campaigns import Study
from tests.integration.records import accept, add_clinic, add_model
from tests.integration.shared.webhook_rows import add_endpoint, ended, take, write

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from shared.db.session import Database

# Tables and views under no clinic's policy, each with its reason. Everything else that the catalogue lists must be.
OF_NO_CLINIC: Final = {
    "access_seals": "hashes over the access log, of all clinics together; the gateway may not read them",
    "alembic_version": "the number of the last migration; no service may read it",
    "api_keys": "looked up before the caller's clinic is known; holds digests, no key",
    "bulk_gate": "one row: whether bulk work waits",
    "clinics": "names and limits, read with the key; every clinic is shown to operators alone",
    "console_sessions": "operators who are signed in; holds digests, no cookie",
    "enrolment_failures": "how many codes failed in each minute, from everywhere",
    "model_registry": "one row: a number that grows with each activation",
    "model_versions": "models, which are the operator's",
    "restores": "when this database came out of a backup, and of which",
    "workers": "processes at work",
}


@dataclass(frozen=True)
class Pair:
    mine: str
    theirs: str


def relations(engine: Engine) -> list[str]:
    """Return every table and view of the schema, partitioned and materialized ones included."""
    query = (
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p', 'v', 'm', 'f') ORDER BY 1"
    )
    with engine.connect() as connection:
        return list(connection.execute(text(query)).scalars())


def writable(engine: Engine) -> list[str]:
    """Return the tables that hold something of a clinic; the views are left out."""
    query = (
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') ORDER BY 1"
    )
    with engine.connect() as connection:
        return [name for name in connection.execute(text(query)).scalars() if name not in OF_NO_CLINIC]


def plant(gateway: Database, worker: Database) -> Pair:
    """Give each of two new clinics a row everywhere."""
    with worker.transaction() as session:
        model = add_model(session)
    with gateway.transaction() as session:
        pair = Pair(add_clinic(session, "mine"), add_clinic(session, "theirs"))
    for clinic in (pair.mine, pair.theirs):
        _fill(gateway, worker, clinic, model)
    return pair


def _fill(gateway: Database, worker: Database, clinic: str, model: str) -> None:
    add_endpoint(gateway, clinic)
    study = Study(gateway, worker, clinic, model)
    cases = study.cases(1)
    study.campaign(cases)
    write(worker, *(ended(each) for each in take(worker)))
    case = accept(gateway, clinic, model)
    later = datetime.now(UTC) + timedelta(hours=1)
    with gateway.transaction(clinic) as session:
        session.add(Upload(id=new_id(IdPrefix.UPLOAD), clinic_id=clinic, key=f"uploads/{clinic}", expires_at=later))
        session.add(
            IdempotencyRecord(
                clinic_id=clinic,
                route="r",
                key="k",
                fingerprint="f",
                case_id=case.id,
                status=202,
                response={},
                expires_at=later,
            )
        )
        digest = clinic.encode()[-32:].ljust(32)
        key = ApiKey(id=new_id(IdPrefix.KEY), clinic_id=clinic, name="k", secret_sha256=digest, scopes=[])
        session.add(key)
        session.flush()
        origin = Origin(ActorKind.CLINIC_KEY, clinic_id=clinic, key_id=key.id)
        record_access(session, origin, Access(AccessAction.CASE_READ, case_id=case.id, version=1))
        _add_device(session, clinic, key.id, later)
        lifecycle.erase_case(session, clinic, accept(gateway, clinic, model).id, key.id)
        consent = {"purpose": ConsentPurpose.SCREENING, "text_version": "t", "recorded_by": key.id}
        session.add(Consent(id=new_id(IdPrefix.CONSENT), clinic_id=clinic, subject_ref="carl", **consent))
        session.flush()
        assert lifecycle.open_subject_erasure(session, clinic, "carl", key.id)


def _add_device(session: Session, clinic: str, key: str, later: datetime) -> None:
    """A code and a device of the subject `anna`, with one token."""
    digest = clinic.encode()[-32:].ljust(32)
    whose = {"clinic_id": clinic, "subject_ref": "anna", "expires_at": later}
    device = Device(id=new_id(IdPrefix.DEVICE), enrolled_by=key, **whose)
    session.add_all([Enrolment(id=new_id(IdPrefix.ENROLMENT), code_digest=digest, made_by=key, **whose), device])
    session.flush()
    token = {"kind": TokenKind.ACCESS, "number": 1, "expires_at": later}
    session.add(DeviceToken(digest=digest, clinic_id=clinic, device_id=device.id, **token))
    session.flush()
