"""Checks keys and devices' tokens, remembers good ones for a moment, and tells the access log of both kinds."""

import threading
import time
from collections import OrderedDict
from collections.abc import Hashable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from sqlalchemy.orm import Session

from services.gateway.clinics import repository
from services.gateway.clinics.keys import digest_of, looks_like_key, looks_like_token
from services.gateway.clinics.repository import DeviceCall, FoundKey
from services.gateway.clinics.schemas import DEVICE_SCOPES, Caller, Visitor
from services.gateway.origins.marks import Marks
from services.gateway.refusals import Unauthenticated
from shared.contracts.access import AccessAction, AccessOutcome, ActorKind
from shared.contracts.enums import Scope, TokenKind
from shared.db.access_log import Access, Origin, record_access
from shared.db.models import ApiKey, Clinic
from shared.db.session import Database, name_clinic

_MOST_REMEMBERED: Final = 10_000
_GOOD_LATELY_S: Final = 900.0
_TOLD_FOR_S: Final = 300.0
"""So long one row stands for all uses, or all refusals, of a key from one address."""


class Standing(StrEnum):
    """What a key is found to be; the refusal tells its caller none of it."""

    COUNTS = "counts"
    UNKNOWN = "unknown"
    EXPIRED = "expired"
    REVOKED = "revoked"


class KeyRing:
    """Checks keys and access tokens against the database and remembers good ones for a few seconds, per process.

    A revoked one counts for at most `seconds` more. What does not count is never remembered.
    """

    def __init__(self, database: Database, seconds: float) -> None:
        self._database = database
        self._seconds = seconds
        self._lock = threading.Lock()
        self._callers: OrderedDict[bytes, tuple[float, Caller]] = OrderedDict()
        self._told = Marks(seconds=_TOLD_FOR_S)

    def remembered(self, text: str, address: str) -> Caller | None:
        """Return the caller if the key was checked a moment ago, and its use from here was told. Quick: asks nobody."""
        with self._lock:
            checked_at, caller = self._callers.get(digest_of(text), (0.0, None))
        if caller is None or time.monotonic() - checked_at > self._seconds:
            return None
        if caller.expires_at is not None and caller.expires_at <= datetime.now(UTC):
            return None
        return caller if (caller.key_id, address, Standing.COUNTS) in self._told else None

    def was_good(self, text: str) -> bool:
        """Return whether the key was good within the last quarter of an hour, and has not failed since."""
        with self._lock:
            checked_at, caller = self._callers.get(digest_of(text), (0.0, None))
        return caller is not None and time.monotonic() - checked_at < _GOOD_LATELY_S

    def check(self, text: str, visitor: Visitor) -> Caller:
        """Return the caller by a look into the database. Raises Unauthenticated, DatabaseUnavailable."""
        is_token = looks_like_token(text, TokenKind.ACCESS)
        if not is_token and not looks_like_key(text):
            raise Unauthenticated("the key is not one of ours")
        digest = digest_of(text)
        asked_at = time.monotonic()
        caller = (self._caller_of_token if is_token else self._caller_of_key)(digest, visitor)
        if caller is None:
            self._forget(digest)
            raise Unauthenticated("the key is unknown, expired or revoked")
        self._remember(digest, asked_at, caller)
        return caller

    def _caller_of_key(self, digest: bytes, visitor: Visitor) -> Caller | None:
        """Return the key if it counts; tell the access log of either, and that in any case."""
        with self._database.transaction() as session:
            found = repository.key_by_digest(session, digest)
            standing = _standing_of(found)
            row = None if found is None else found.row
            mark = self._tell(session, _origin_of(row, visitor), standing)
            caller = None
            if row is not None and standing is Standing.COUNTS:
                repository.note_use(session, row.id)
                caller = _caller(row, repository.clinic_by_id(session, row.clinic_id) if row.clinic_id else None)
        self._note(mark)
        return caller

    def _caller_of_token(self, digest: bytes, visitor: Visitor) -> Caller | None:
        """As `_caller_of_key`, for a device's access token. Why one does not count is not looked up."""
        with self._database.transaction(presented=digest) as session:
            call = repository.device_by_access(session, digest)
            if call is None:
                mark = self._tell(session, visitor.origin(ActorKind.NOBODY), Standing.UNKNOWN)
            else:
                if call.unnoted:
                    repository.note_device(session, call.device.id, digest)
                whose = {"clinic_id": call.clinic.id, "device_id": call.device.id}
                mark = self._tell(session, visitor.origin(ActorKind.DEVICE, **whose), Standing.COUNTS)
        self._note(mark)
        return None if call is None else _calling(call)

    def _tell(self, session: Session, who: Origin, standing: Standing) -> Hashable | None:
        """Tell the access log, under the clinic of what was shown. Return what is to be noted after the commit."""
        mark = (who.who, who.address, standing)
        if mark in self._told:
            return None
        if who.clinic_id is not None:
            name_clinic(session, who.clinic_id)
        if standing is Standing.COUNTS:
            access = Access(AccessAction.KEY_USED)
        else:
            access = Access(AccessAction.KEY_REFUSED, part=standing, outcome=AccessOutcome.REFUSED)
        record_access(session, who, access)
        return mark

    def _note(self, mark: Hashable | None) -> None:
        if mark is not None:
            self._told.add(mark)

    def _forget(self, digest: bytes) -> None:
        with self._lock:
            self._callers.pop(digest, None)

    def _remember(self, digest: bytes, asked_at: float, caller: Caller) -> None:
        with self._lock:
            self._callers[digest] = (asked_at, caller)
            self._callers.move_to_end(digest)
            while len(self._callers) > _MOST_REMEMBERED:
                self._callers.popitem(last=False)


def _standing_of(found: FoundKey | None) -> Standing:
    if found is None:
        return Standing.UNKNOWN
    if found.revoked:
        return Standing.REVOKED
    return Standing.EXPIRED if found.expired else Standing.COUNTS


def _origin_of(row: ApiKey | None, visitor: Visitor) -> Origin:
    if row is None:
        return visitor.origin(ActorKind.NOBODY)
    kind = ActorKind.OPERATOR_KEY if row.clinic_id is None else ActorKind.CLINIC_KEY
    return visitor.origin(kind, clinic_id=row.clinic_id, key_id=row.id)


def _caller(row: ApiKey, clinic: Clinic | None) -> Caller:
    return Caller(
        key_id=row.id,
        clinic_id=row.clinic_id,
        scopes=frozenset(Scope(scope) for scope in row.scopes if scope in set(Scope)),
        expires_at=row.expires_at,
        requests_per_minute=clinic.requests_per_minute if clinic else None,
        photos_per_minute=clinic.photos_per_minute if clinic else None,
    )


def _calling(call: DeviceCall) -> Caller:
    return Caller(
        key_id=call.device.id,
        clinic_id=call.clinic.id,
        scopes=DEVICE_SCOPES,
        expires_at=call.expires_at,
        requests_per_minute=call.clinic.requests_per_minute,
        photos_per_minute=call.clinic.photos_per_minute,
        device_id=call.device.id,
        subject_ref=call.device.subject_ref,
    )
