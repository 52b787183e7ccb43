"""Makes, ends and checks keys. A key's text exists only in the answer that creates it."""

import threading
import time
from collections import OrderedDict
from datetime import UTC, datetime, timedelta
from typing import Final

from services.gateway.clinics import repository
from services.gateway.clinics.keys import digest_of, looks_like_key, make_key
from services.gateway.clinics.schemas import Caller, CreatedKey, KeyLine
from services.gateway.refusals import NotFound, Unauthenticated
from shared.contracts.enums import Scope
from shared.contracts.ids import IdPrefix, new_id
from shared.db.models import ApiKey, Clinic
from shared.db.session import Database

_MOST_REMEMBERED: Final = 10_000


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

    def check(self, text: str) -> Caller:
        """Return the caller by a look into the database. Raises Unauthenticated, DatabaseUnavailable."""
        if not looks_like_key(text):
            raise Unauthenticated("the key is not one of ours")
        digest = digest_of(text)
        asked_at = time.monotonic()
        with self._database.transaction() as session:
            row = repository.key_by_digest(session, digest)
            if row is None:
                raise Unauthenticated("the key is unknown, expired or revoked")
            repository.note_use(session, row.id)
        scopes = frozenset(Scope(scope) for scope in row.scopes if scope in set(Scope))
        caller = Caller(key_id=row.id, clinic_id=row.clinic_id, scopes=scopes, expires_at=row.expires_at)
        self._remember(digest, asked_at, caller)
        return caller

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


def rotate(database: Database, key_id: str, overlap: timedelta) -> CreatedKey:
    """Create a successor with the same scopes; the old key counts until the overlap is over. Raises NotFound."""
    with database.transaction() as session:
        old = repository.key_for_update(session, key_id)
        if old is None or old.revoked_at is not None:
            raise NotFound(f"there is no key {key_id} that counts")
        clinic = repository.clinic_by_id(session, old.clinic_id) if old.clinic_id else None
        key, text = _new_key(old.name, old.clinic_id, tuple(Scope(scope) for scope in old.scopes), None)
        repository.add_key(session, key)
        repository.end_key(session, key_id, datetime.now(UTC) + overlap if overlap else None)
    return _created(key, text, clinic.name if clinic else None)


def revoke(database: Database, key_id: str) -> None:
    """End a key for good; every process forgets it within seconds. Raises NotFound."""
    with database.transaction() as session:
        if repository.key_for_update(session, key_id) is None:
            raise NotFound(f"there is no key {key_id}")
        repository.end_key(session, key_id, None)


def list_keys(database: Database) -> list[KeyLine]:
    with database.transaction() as session:
        names = repository.clinic_names(session)
        return [
            KeyLine(
                key_id=key.id,
                name=key.name,
                clinic_id=key.clinic_id,
                clinic=names.get(key.clinic_id) if key.clinic_id else None,
                scopes=key.scopes,
                created_at=key.created_at,
                expires_at=key.expires_at,
                revoked_at=key.revoked_at,
                last_used_at=key.last_used_at,
            )
            for key in repository.keys(session)
        ]


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
