"""What the rest of the gateway knows of a caller, and what the command line shows of clinics and keys."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

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
    requests_per_minute: int | None = field(default=None)
    photos_per_minute: int | None = field(default=None)


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


Name = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]{1,200}$")]
PerMinute = Annotated[int, Field(ge=1, le=10_000_000)]
Days = Annotated[int, Field(ge=1, le=3650)]
_LONGEST_OVERLAP_S = 90 * 24 * 3600


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class NewClinic(_Input):
    """A clinic to be. Without numbers its keys may do what the settings allow everybody."""

    name: Name
    requests_per_minute: PerMinute | None = None
    photos_per_minute: PerMinute | None = None


class ClinicChange(_Input):
    """What is to change. A number that is null gives the clinic back what the settings allow everybody."""

    name: Name | None = None
    requests_per_minute: PerMinute | None = None
    photos_per_minute: PerMinute | None = None

    @field_validator("name")
    @classmethod
    def _a_name(cls, value: str | None) -> str:
        if value is None:
            raise ValueError("a clinic has a name")
        return value


class NewKey(_Input):
    """A key to be. `admin` is not for clinics."""

    name: Name = "key"
    scopes: list[Scope] = Field(default=list(CLINIC_SCOPES), min_length=1, max_length=len(Scope))
    expires_in_days: Days | None = Field(default=None, description="Without it the key does not expire")

    @field_validator("scopes")
    @classmethod
    def _for_a_clinic(cls, value: list[Scope]) -> list[Scope]:
        if Scope.ADMIN in value or len(set(value)) != len(value):
            raise ValueError("each scope once, and admin is not for clinics")
        return value


class Rotation(_Input):
    """How a key hands over to its successor."""

    overlap_s: int = Field(default=0, ge=0, le=_LONGEST_OVERLAP_S, description="Seconds for which the old key counts")
    expires_in_days: Days | None = Field(default=None, description="For the successor; without it, it does not expire")


class ClinicBody(BaseModel):
    """A clinic, and what each of its keys may do in a minute; null is what the settings allow everybody."""

    id: str
    name: str
    created_at: datetime
    requests_per_minute: int | None
    photos_per_minute: int | None


class ClinicPage(BaseModel):
    """Newest first. `next_cursor` is null on the last page."""

    items: list[ClinicBody]
    next_cursor: str | None


class KeyList(BaseModel):
    items: list[KeyLine]
