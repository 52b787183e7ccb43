"""What the rest of the gateway knows of a caller, and what the command line shows of clinics and keys."""

from dataclasses import dataclass, field
from datetime import datetime

from pydantic import BaseModel, Field

from shared.contracts.enums import Scope

# What a clinic system needs; a key for less is made by naming its scopes.
CLINIC_SCOPES = (Scope.CASES_WRITE, Scope.CASES_READ, Scope.WEBHOOKS_MANAGE)


@dataclass(frozen=True, slots=True)
class Caller:
    """A key that counts at this moment. An operator's key has no clinic and so sees no case."""

    key_id: str
    clinic_id: str | None
    scopes: frozenset[Scope]
    expires_at: datetime | None = field(default=None)


class CreatedKey(BaseModel):
    """A new key. `key` is shown this once."""

    clinic_id: str | None
    clinic: str | None
    key_id: str
    key: str = Field(repr=False)
    scopes: list[Scope]
    expires_at: datetime | None


class KeyLine(BaseModel):
    """One key in a list: everything but the key."""

    key_id: str
    name: str
    clinic_id: str | None
    clinic: str | None
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
