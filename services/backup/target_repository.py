"""What a restore does in the database that it restores into, as the owner."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from services.backup.manifest import Manifest
from shared.contracts.access import AccessAction
from shared.contracts.enums import CaseState, ErasureReason
from shared.contracts.erasure_entry import ErasureEntry
from shared.db import lifecycle
from shared.db.access_log import COMMAND_LINE, Access, record_access
from shared.db.models import Case, Restore

_SERVICES: Final = "lesionlens_gateway, lesionlens_worker, lesionlens_auditor, lesionlens_metrics"
_CHUNK = 1000

# Roles belong to the whole server and are in no dump; a new server has none. As the first migration makes them.
_ROLES = f"""
DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY string_to_array('{_SERVICES}', ', ') LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
      EXECUTE format('CREATE ROLE %I NOLOGIN NOBYPASSRLS', name);
    END IF;
    EXECUTE format('GRANT %I TO CURRENT_USER', name);
  END LOOP;
END $$;
"""
_EMPTIED: Final = """
DROP SCHEMA public CASCADE;
CREATE SCHEMA public AUTHORIZATION pg_database_owner;
GRANT USAGE ON SCHEMA public TO PUBLIC;
"""
# Functions that belong to a service's role: whoever is to own something in a schema must be allowed to create there.
_BEFORE: Final = "GRANT CREATE ON SCHEMA public TO lesionlens_worker, lesionlens_auditor;"


@dataclass(frozen=True, slots=True)
class State:
    """What was found: whether there are tables, who else is connected, and the backup whose restore was cut off."""

    has_tables: bool
    has_erasures: bool
    others: list[str]
    user: str
    unfinished: str | None


def look(session: Session) -> State:
    tables = session.execute(text("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")).scalar_one()
    others = session.scalars(
        text(
            "SELECT DISTINCT usename FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND usename IS NOT NULL ORDER BY 1"
        )
    )
    known, erasures = session.execute(
        text("SELECT to_regclass('public.restores') IS NOT NULL, to_regproc('public.record_id') IS NOT NULL")
    ).one()
    unfinished = select(Restore.backup).where(Restore.finished_at.is_(None)).limit(1)
    return State(
        has_tables=bool(tables),
        has_erasures=bool(erasures),
        others=[str(name) for name in others],
        user=str(session.execute(text("SELECT current_user")).scalar_one()),
        unfinished=session.scalar(unfinished) if known else None,
    )


def make_roles(session: Session) -> None:
    session.execute(text(_ROLES))


def before_load(*, replace: bool) -> str:
    """Return the SQL that stands before the dump, in its transaction."""
    return "SET lock_timeout = '30s';\n" + (_EMPTIED if replace else "") + _BEFORE


def after_load(manifest: Manifest) -> str:
    """Return the SQL that stands after the dump, in its transaction: it closes the schema to every service."""
    return f"""
REVOKE CREATE ON SCHEMA public FROM lesionlens_worker, lesionlens_auditor;
INSERT INTO public.restores (backup, taken_at, public_usage)
  VALUES ('{manifest.id}', '{manifest.taken_at.isoformat()}', has_schema_privilege('public', 'public', 'USAGE'));
REVOKE USAGE ON SCHEMA public FROM PUBLIC, {_SERVICES};
"""  # noqa: S608 - both are of our own making, and checked when the manifest was read


def erase_again(session: Session, entries: list[ErasureEntry]) -> list[str]:
    """Erase the cases of the ledger that are here and not erased; return them. Others are left alone.

    Where all that was stored of a person was erased, that is done again too: consents, devices and codes go as well.
    """
    known = {entry.case_id: entry for entry in entries}
    ids = sorted(known)
    replayed: list[str] = []
    for start in range(0, len(ids), _CHUNK):
        chosen = select(Case.id, Case.clinic_id, Case.subject_ref).where(
            Case.id.in_(ids[start : start + _CHUNK]), Case.state != CaseState.ERASED
        )
        for case_id, clinic_id, subject_ref in session.execute(chosen.order_by(Case.id)).all():
            entry = known[case_id]
            lifecycle.erase_case(session, clinic_id, case_id, entry.requested_by, ErasureReason.RESTORE)
            record_access(session, COMMAND_LINE, Access(AccessAction.CASE_ERASED, case_id=case_id))
            replayed.append(case_id)
            if entry.reason == ErasureReason.SUBJECT and subject_ref is not None and entry.requested_by is not None:
                _erase_subject(session, clinic_id, subject_ref, entry.requested_by)
    return replayed


def _erase_subject(session: Session, clinic_id: str, subject_ref: str, requested_by: str) -> None:
    """Erase the rest of a person. What a backup holds of one is older than that one's erasure."""
    erasure = lifecycle.open_subject_erasure(session, clinic_id, subject_ref, requested_by)
    if erasure is None:
        return
    while lifecycle.erase_next_of_subject(session, erasure.id) is not None:
        pass
    record_access(session, COMMAND_LINE, Access(AccessAction.SUBJECT_ERASED, subject=erasure.id))


def open_schema(session: Session, backup: str) -> None:
    """Let the services in again: with the commit, and not before it. The triggers of an erasure act as one of them."""
    session.execute(text(f"GRANT USAGE ON SCHEMA public TO {_SERVICES}"))
    if session.get_one(Restore, backup).public_usage:
        session.execute(text("GRANT USAGE ON SCHEMA public TO PUBLIC"))


def finish(session: Session, backup: str, complete_to: datetime | None, replayed: int) -> None:
    """Note the end. From here on it is a record of its own: what another copy promises of erasures is not about it."""
    new = f"rec_{secrets.token_hex(16)}"
    session.execute(
        text(
            "CREATE OR REPLACE FUNCTION record_id() RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE"
            f" AS $$ SELECT '{new}'::text $$"
        )
    )
    values = {"finished_at": func.now(), "ledger_complete_to": complete_to, "replayed": replayed}
    session.execute(update(Restore).where(Restore.backup == backup).values(values))
