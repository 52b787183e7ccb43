"""Makes, ends and checks keys. A key's text exists only in the answer that creates it."""

import threading
import time
from collections import OrderedDict
from datetime import UTC, datetime, timedelta
from typing import Final

from services.gateway.clinics import repository
from services.gateway.clinics.keys import digest_of, looks_like_key, make_key
from services.gateway.clinics.schemas import Caller, ClinicBody, ClinicChange, CreatedKey, KeyLine, NewClinic, NewKey
from services.gateway.refusals import NotFound, Unauthenticated
from shared.contracts.enums import Scope
from shared.contracts.ids import IdPrefix, new_id
from shared.db.models import ApiKey, Clinic
from shared.db.session import Database

_MOST_REMEMBERED: Final = 10_000
_GOOD_LATELY_S: Final = 900.0
_NO_SUCH_CLINIC: Final = "there is no such clinic"


class KeyRing:
    """Checks keys against the database and remembers good ones for a few seconds, per process.

    A revoked key counts for at most `seconds` more. Keys that do not count are never remembered.
    """

    def __init__(self, database: Database, seconds: float) -> None:
        self._database = database
        self._seconds = seconds
        self._lock = threading.Lock()
        self._callers: OrderedDict[bytes, tuple[float, Caller]] = OrderedDict()

    def remembered(self, text: str) -> Caller | None:
        """Return the caller if the key was checked a moment ago. Quick: asks nobody."""
        with self._lock:
            checked_at, caller = self._callers.get(digest_of(text), (0.0, None))
        if caller is None or time.monotonic() - checked_at > self._seconds:
            return None
        if caller.expires_at is not None and caller.expires_at <= datetime.now(UTC):
            return None
        return caller

    def was_good(self, text: str) -> bool:
        """Return whether the key was good within the last quarter of an hour, and has not failed since."""
        with self._lock:
            checked_at, caller = self._callers.get(digest_of(text), (0.0, None))
        return caller is not None and time.monotonic() - checked_at < _GOOD_LATELY_S

    def check(self, text: str) -> Caller:
        """Return the caller by a look into the database. Raises Unauthenticated, DatabaseUnavailable."""
        if not looks_like_key(text):
            raise Unauthenticated("the key is not one of ours")
        digest = digest_of(text)
        asked_at = time.monotonic()
        with self._database.transaction() as session:
            row = repository.key_by_digest(session, digest)
            if row is None:
                self._forget(digest)
                raise Unauthenticated("the key is unknown, expired or revoked")
            clinic = repository.clinic_by_id(session, row.clinic_id) if row.clinic_id else None
            repository.note_use(session, row.id)
        scopes = frozenset(Scope(scope) for scope in row.scopes if scope in set(Scope))
        caller = Caller(
            key_id=row.id,
            clinic_id=row.clinic_id,
            scopes=scopes,
            expires_at=row.expires_at,
            requests_per_minute=clinic.requests_per_minute if clinic else None,
            photos_per_minute=clinic.photos_per_minute if clinic else None,
        )
        self._remember(digest, asked_at, caller)
        return caller

    def _forget(self, digest: bytes) -> None:
        with self._lock:
            self._callers.pop(digest, None)

    def _remember(self, digest: bytes, asked_at: float, caller: Caller) -> None:
        with self._lock:
            self._callers[digest] = (asked_at, caller)
            self._callers.move_to_end(digest)
            while len(self._callers) > _MOST_REMEMBERED:
                self._callers.popitem(last=False)


def create_clinic(
    database: Database, name: str, scopes: tuple[Scope, ...], expires_in: timedelta | None = None
) -> CreatedKey:
    """Create a clinic with its first key."""
    with database.transaction() as session:
        clinic = Clinic(id=new_id(IdPrefix.CLINIC), name=name)
        repository.add_clinic(session, clinic)
        key, text = _new_key("first key", clinic.id, scopes, expires_in)
        repository.add_key(session, key)
    return _created(key, text, clinic.name)


def create_admin(database: Database, name: str, expires_in: timedelta | None = None) -> CreatedKey:
    """Create an operator's key, which belongs to no clinic."""
    with database.transaction() as session:
        key, text = _new_key(name, None, (Scope.ADMIN, Scope.MODELS_MANAGE, Scope.RERUNS_MANAGE), expires_in)
        repository.add_key(session, key)
    return _created(key, text, None)


def add_clinic(database: Database, new: NewClinic) -> ClinicBody:
    """Create a clinic without a key."""
    clinic = Clinic(id=new_id(IdPrefix.CLINIC), **new.model_dump())
    with database.transaction() as session:
        repository.add_clinic(session, clinic)
        session.refresh(clinic)
    return tell_clinic(clinic)


def change_clinic(database: Database, clinic_id: str, change: ClinicChange) -> ClinicBody:
    """Change what was given; keys in use notice within seconds. Raises NotFound."""
    with database.transaction() as session:
        clinic = repository.clinic_for_update(session, clinic_id)
        if clinic is None:
            raise NotFound(_NO_SUCH_CLINIC)
        for name, value in change.model_dump(exclude_unset=True).items():
            setattr(clinic, name, value)
        session.flush()
    return tell_clinic(clinic)


def clinic(database: Database, clinic_id: str) -> ClinicBody:
    """Return one clinic. Raises NotFound."""
    with database.transaction() as session:
        found = repository.clinic_by_id(session, clinic_id)
    if found is None:
        raise NotFound(_NO_SUCH_CLINIC)
    return tell_clinic(found)


def create_key(database: Database, clinic_id: str, new: NewKey) -> CreatedKey:
    """Create another key of a clinic. Raises NotFound."""
    with database.transaction() as session:
        owner = repository.clinic_by_id(session, clinic_id)
        if owner is None:
            raise NotFound(_NO_SUCH_CLINIC)
        key, text = _new_key(new.name, clinic_id, tuple(new.scopes), days(new.expires_in_days))
        repository.add_key(session, key)
    return _created(key, text, owner.name)


def rotate(database: Database, key_id: str, overlap: timedelta, expires_in: timedelta | None = None) -> CreatedKey:
    """Create a successor with the same scopes; the old key counts until the overlap is over. Raises NotFound."""
    with database.transaction() as session:
        old = repository.key_for_update(session, key_id)
        if old is None or old.revoked_at is not None or (old.expires_at and old.expires_at <= datetime.now(UTC)):
            raise NotFound(f"there is no key {key_id} that counts")
        owner = repository.clinic_by_id(session, old.clinic_id) if old.clinic_id else None
        key, text = _new_key(old.name, old.clinic_id, tuple(Scope(scope) for scope in old.scopes), expires_in)
        repository.add_key(session, key)
        repository.end_key(session, key_id, datetime.now(UTC) + overlap if overlap else None)
    return _created(key, text, owner.name if owner else None)


def revoke(database: Database, key_id: str) -> KeyLine:
    """End a key for good; every process forgets it within seconds. Raises NotFound."""
    with database.transaction() as session:
        key = repository.key_for_update(session, key_id)
        if key is None:
            raise NotFound(f"there is no key {key_id}")
        repository.end_key(session, key_id, None)
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
