"""Makes and ends clinics and keys. A key's text exists only in the answer that creates it."""

from datetime import UTC, datetime, timedelta
from typing import Final

from services.gateway import paging
from services.gateway.clinics import repository
from services.gateway.clinics.keys import make_key
from services.gateway.clinics.schemas import (
    ClinicBody,
    ClinicChange,
    ClinicPage,
    CreatedKey,
    KeyLine,
    NewClinic,
    NewKey,
)
from services.gateway.refusals import FieldProblem, NotFound, ValidationFailed
from shared.contracts.access import AccessAction
from shared.contracts.enums import Scope
from shared.contracts.ids import IdPrefix, new_id
from shared.db.access_log import COMMAND_LINE, Access, Origin, record_access
from shared.db.models import ApiKey, Clinic
from shared.db.session import Database

_NO_SUCH_CLINIC: Final = "there is no such clinic"
_QUERY: Final = paging.Query("clinics", {}, ids=IdPrefix.CLINIC)


def create_clinic(
    database: Database,
    name: str,
    scopes: tuple[Scope, ...],
    expires_in: timedelta | None = None,
    terms: ClinicChange | None = None,
) -> CreatedKey:
    """Create a clinic with its first key; `terms`: what of it is not as usual. Raises ValidationFailed."""
    with database.transaction() as session:
        clinic = Clinic(id=new_id(IdPrefix.CLINIC), name=name)
        _apply(clinic, terms or ClinicChange())
        repository.add_clinic(session, clinic)
        key, text = _new_key("first key", clinic.id, scopes, expires_in)
        repository.add_key(session, key)
        record_access(session, COMMAND_LINE, Access(AccessAction.CLINIC_CREATED, subject=clinic.id))
        record_access(session, COMMAND_LINE, Access(AccessAction.KEY_CREATED, subject=key.id))
    return _created(key, text, clinic.name)


def create_admin(database: Database, name: str, expires_in: timedelta | None = None) -> CreatedKey:
    """Create an operator's key, which belongs to no clinic."""
    with database.transaction() as session:
        key, text = _new_key(name, None, (Scope.ADMIN, Scope.MODELS_MANAGE, Scope.RERUNS_MANAGE), expires_in)
        repository.add_key(session, key)
        record_access(session, COMMAND_LINE, Access(AccessAction.KEY_CREATED, subject=key.id))
    return _created(key, text, None)


def add_clinic(database: Database, new: NewClinic, *, by: Origin = COMMAND_LINE) -> ClinicBody:
    """Create a clinic without a key. Raises ValidationFailed where consent is asked for without a text."""
    clinic = Clinic(id=new_id(IdPrefix.CLINIC))
    _apply(clinic, new)
    with database.transaction() as session:
        repository.add_clinic(session, clinic)
        session.refresh(clinic)
        record_access(session, by, Access(AccessAction.CLINIC_CREATED, subject=clinic.id))
    return tell_clinic(clinic)


def change_clinic(database: Database, clinic_id: str, change: ClinicChange, *, by: Origin = COMMAND_LINE) -> ClinicBody:
    """Change what was given; keys in use notice within seconds. Raises NotFound, ValidationFailed as `add_clinic`."""
    with database.transaction() as session:
        clinic = repository.clinic_for_update(session, clinic_id)
        if clinic is None:
            raise NotFound(_NO_SUCH_CLINIC)
        _apply(clinic, change)
        session.flush()
        record_access(session, by, Access(AccessAction.CLINIC_CHANGED, subject=clinic_id))
    return tell_clinic(clinic)


def _apply(clinic: Clinic, said: NewClinic | ClinicChange) -> None:
    for name, value in said.model_dump(exclude_unset=True).items():
        setattr(clinic, name, value)
    if clinic.consent_required and clinic.consent_text_version is None:
        problem = FieldProblem(("body", "consent_text_version"), "missing", "consent is to a text: name its version")
        raise ValidationFailed("the body does not fit", [problem])


def clinic(database: Database, clinic_id: str) -> ClinicBody:
    """Return one clinic. Raises NotFound."""
    with database.transaction() as session:
        found = repository.clinic_by_id(session, clinic_id)
    if found is None:
        raise NotFound(_NO_SUCH_CLINIC)
    return tell_clinic(found)


def page(database: Database, limit: int, cursor: str | None = None) -> ClinicPage:
    """Return clinics, newest first. Raises ValidationFailed for the cursor, DatabaseUnavailable."""
    behind = None if cursor is None else _QUERY.decode(cursor).id
    with database.transaction() as session:
        rows = repository.clinics(session, limit=limit + 1, behind=behind)
    following = _QUERY.encode(paging.Position(rows[limit - 1].id)) if len(rows) > limit else None
    return ClinicPage(items=[tell_clinic(row) for row in rows[:limit]], next_cursor=following)


def create_key(database: Database, clinic_id: str, new: NewKey, *, by: Origin = COMMAND_LINE) -> CreatedKey:
    """Create another key of a clinic. Raises NotFound."""
    with database.transaction() as session:
        owner = repository.clinic_by_id(session, clinic_id)
        if owner is None:
            raise NotFound(_NO_SUCH_CLINIC)
        key, text = _new_key(new.name, clinic_id, tuple(new.scopes), days(new.expires_in_days))
        repository.add_key(session, key)
        record_access(session, by, Access(AccessAction.KEY_CREATED, subject=key.id))
    return _created(key, text, owner.name)


def rotate(
    database: Database,
    key_id: str,
    overlap: timedelta,
    expires_in: timedelta | None = None,
    *,
    by: Origin = COMMAND_LINE,
) -> CreatedKey:
    """Create a successor with the same scopes; the old key counts until the overlap is over. Raises NotFound."""
    with database.transaction() as session:
        old = repository.key_for_update(session, key_id)
        if old is None or old.revoked_at is not None or (old.expires_at and old.expires_at <= datetime.now(UTC)):
            raise NotFound(f"there is no key {key_id} that counts")
        owner = repository.clinic_by_id(session, old.clinic_id) if old.clinic_id else None
        key, text = _new_key(old.name, old.clinic_id, tuple(Scope(scope) for scope in old.scopes), expires_in)
        repository.add_key(session, key)
        repository.end_key(session, key_id, datetime.now(UTC) + overlap if overlap else None)
        record_access(session, by, Access(AccessAction.KEY_ROTATED, subject=key_id))
        record_access(session, by, Access(AccessAction.KEY_CREATED, subject=key.id))
    return _created(key, text, owner.name if owner else None)


def revoke(database: Database, key_id: str, *, by: Origin = COMMAND_LINE) -> KeyLine:
    """End a key for good; every process forgets it within seconds. Raises NotFound."""
    with database.transaction() as session:
        key = repository.key_for_update(session, key_id)
        if key is None:
            raise NotFound(f"there is no key {key_id}")
        repository.end_key(session, key_id, None)
        record_access(session, by, Access(AccessAction.KEY_REVOKED, subject=key_id))
        session.refresh(key)
        owner = repository.clinic_by_id(session, key.clinic_id) if key.clinic_id else None
        return _line(key, owner.name if owner else None)


def list_keys(database: Database) -> list[KeyLine]:
    with database.transaction() as session:
        names = repository.clinic_names(session)
        return [_line(key, names.get(key.clinic_id) if key.clinic_id else None) for key in repository.keys(session)]


def keys_of(database: Database, clinic_id: str) -> list[KeyLine]:
    """Return the keys of one clinic, oldest first, those that have ended too. Raises NotFound."""
    with database.transaction() as session:
        owner = repository.clinic_by_id(session, clinic_id)
        if owner is None:
            raise NotFound(_NO_SUCH_CLINIC)
        return [_line(key, owner.name) for key in repository.keys(session, clinic_id)]


def tell_clinic(clinic: Clinic) -> ClinicBody:
    return ClinicBody(
        id=clinic.id,
        name=clinic.name,
        created_at=clinic.created_at,
        requests_per_minute=clinic.requests_per_minute,
        photos_per_minute=clinic.photos_per_minute,
        consent_required=clinic.consent_required,
        consent_text_version=clinic.consent_text_version,
        retention_days=clinic.retention_days,
    )


def days(count: int | None) -> timedelta | None:
    return None if count is None else timedelta(days=count)


def _line(key: ApiKey, clinic: str | None) -> KeyLine:
    return KeyLine(
        key_id=key.id,
        name=key.name,
        clinic_id=key.clinic_id,
        clinic=clinic,
        scopes=key.scopes,
        created_at=key.created_at,
        expires_at=key.expires_at,
        revoked_at=key.revoked_at,
        last_used_at=key.last_used_at,
    )


def _new_key(
    name: str, clinic_id: str | None, scopes: tuple[Scope, ...], expires_in: timedelta | None
) -> tuple[ApiKey, str]:
    key_id = new_id(IdPrefix.KEY)
    made = make_key(key_id)
    row = ApiKey(
        id=key_id,
        clinic_id=clinic_id,
        name=name,
        secret_sha256=made.digest,
        scopes=[str(scope) for scope in scopes],
        expires_at=None if expires_in is None else datetime.now(UTC) + expires_in,
    )
    return row, made.text


def _created(key: ApiKey, text: str, clinic: str | None) -> CreatedKey:
    return CreatedKey(
        clinic_id=key.clinic_id,
        clinic=clinic,
        key_id=key.id,
        key=text,
        scopes=[Scope(scope) for scope in key.scopes],
        expires_at=key.expires_at,
    )
