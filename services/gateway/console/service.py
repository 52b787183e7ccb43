"""Signs operators in to the console and out of it, and knows who is."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from services.gateway.clinics.key_ring import KeyRing
from services.gateway.clinics.schemas import Caller, Visitor
from services.gateway.console import repository
from services.gateway.console.operator import Operator
from services.gateway.origins.marks import Marks
from services.gateway.refusals import Forbidden, Unauthenticated
from shared.contracts.access import AccessAction, ActorKind
from shared.contracts.enums import Scope
from shared.db.access_log import Access, record_access
from shared.db.session import Database

LIFE: Final = timedelta(hours=8)
"""A working day: then the key is asked for again, whatever happened meanwhile."""
_FORM_WORD: Final = b"lesionlens console form"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session. `token` goes into the cookie and is kept nowhere else."""

    token: str = field(repr=False)
    expires_at: datetime


def sign_in(database: Database, keys: KeyRing, key: str, visitor: Visitor) -> SignedIn:
    """Open a session for an operator's key. Raises Unauthenticated, Forbidden for a clinic's, DatabaseUnavailable."""
    caller = keys.check(key, visitor)
    if not _is_operator(caller):
        raise Forbidden(f"the console is for operators: a key of no clinic with the scope {Scope.ADMIN}")
    token = secrets.token_urlsafe(32)
    origin = visitor.origin(ActorKind.OPERATOR_KEY, key_id=caller.key_id)
    with database.transaction() as session:
        expires_at = repository.add(session, _digest(token), caller.key_id, LIFE)
        record_access(session, origin, Access(AccessAction.CONSOLE_SIGNED_IN))
    return SignedIn(token, expires_at)


def _is_operator(caller: Caller) -> bool:
    return Scope.ADMIN in caller.scopes and caller.clinic_id is None


def signed_in(database: Database, reads: Marks, token: str | None, visitor: Visitor, *, uses: bool) -> Operator:
    """Return whose session the cookie names. `uses`: a person did something, so that it is not idle.

    Raises Unauthenticated, DatabaseUnavailable.
    """
    if not token:
        raise Unauthenticated("sign in")
    with database.transaction() as session:
        found = repository.find(session, _digest(token))
        if found is not None and found.unnoted and uses:
            repository.note_use(session, _digest(token))
    if found is None:
        raise Unauthenticated("the session is over; sign in again")
    origin = visitor.origin(ActorKind.OPERATOR_KEY, key_id=found.key_id)
    return Operator(found.key_id, found.expires_at, form_word(token), database, origin, reads)


def sign_out(operator: Operator, token: str) -> None:
    """End the session: its cookie counts no more, wherever a copy of it is. Raises DatabaseUnavailable."""
    with operator.database.transaction() as session:
        repository.end(session, _digest(token))
        record_access(session, operator.origin, Access(AccessAction.CONSOLE_SIGNED_OUT))


def form_word(token: str) -> str:
    """Return what a form of this session has to bring. It tells nothing of the token (HMAC-SHA256, RFC 2104)."""
    return hmac.new(token.encode(), _FORM_WORD, hashlib.sha256).hexdigest()


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
