"""What the rest of the gateway knows of a caller, and what the command line shows of clinics and keys."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from shared.contracts.access import ActorKind
from shared.contracts.enums import CallerKind, Scope
from shared.db.access_log import Origin
from shared.db.session import Confinement

# What a clinic system needs; a key for less is made by naming its scopes.
CLINIC_SCOPES = (Scope.CASES_WRITE, Scope.CASES_READ, Scope.WEBHOOKS_MANAGE)
# What a device may do, for its own subject; a key that makes codes for devices has both.
DEVICE_SCOPES = frozenset({Scope.CASES_WRITE, Scope.CASES_READ})


@dataclass(frozen=True, slots=True)
class Caller:
    """A key or a device's token that counts at this moment. An operator's key has no clinic and so reads no case here.

    `key_id` is what is counted and written down as one caller: the id of the key, or of the device.
    """

    key_id: str
    clinic_id: str | None
    scopes: frozenset[Scope]
    expires_at: datetime | None = field(default=None)
    requests_per_minute: int | None = field(default=None)
    photos_per_minute: int | None = field(default=None)
    device_id: str | None = field(default=None)
    subject_ref: str | None = field(default=None, repr=False)

    @property
    def kind(self) -> CallerKind:
        if self.device_id is not None:
            return CallerKind.DEVICE
        return CallerKind.OPERATOR_KEY if self.clinic_id is None else CallerKind.CLINIC_KEY

    @property
    def confined(self) -> Confinement | None:
        """To what a device is confined; None for keys. Raises ValueError for a device of no subject."""
        return None if self.device_id is None else Confinement(self.subject_ref or "", self.device_id)


@dataclass(frozen=True, slots=True)
class Visitor:
    """From where a key or a token is shown: the pseudonym of the address, and the request."""

    address: str
    request_id: str | None

    def origin(
        self, actor: ActorKind, *, clinic_id: str | None = None, key_id: str | None = None, device_id: str | None = None
    ) -> Origin:
        """Return who acts from here."""
        return Origin(actor, clinic_id, key_id, device_id, self.address, self.request_id)


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
Retention = Annotated[int, Field(ge=1, le=36_500)]
TextVersion = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:-]{1,64}$")]
_CONSENT = "Whether photos are taken only with the subject's consent; needs `consent_text_version`"
_TEXT = "The text that subjects agree to, by a name of the clinic's"
_KEPT = "Days after which a case that has ended is erased; null: kept until it is asked to be"
_LONGEST_OVERLAP_S = 90 * 24 * 3600


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class NewClinic(_Input):
    """A clinic to be. Without numbers its keys may do what the settings allow everybody."""

    name: Name
    requests_per_minute: PerMinute | None = None
    photos_per_minute: PerMinute | None = None
    consent_required: bool = Field(default=False, description=_CONSENT)
    consent_text_version: TextVersion | None = Field(default=None, description=_TEXT)
    retention_days: Retention | None = Field(default=None, description=_KEPT)


class ClinicChange(_Input):
    """What is to change. A number that is null gives the clinic back what the settings allow everybody."""

    name: Name | None = None
    requests_per_minute: PerMinute | None = None
    photos_per_minute: PerMinute | None = None
    consent_required: bool | None = Field(default=None, description=_CONSENT)
    consent_text_version: TextVersion | None = Field(default=None, description=_TEXT)
    retention_days: Retention | None = Field(default=None, description=_KEPT)

    @field_validator("name", "consent_required")
    @classmethod
    def _never_null(cls, value: str | bool | None) -> str | bool:  # noqa: FBT001  # pydantic calls it
        if value is None:
            raise ValueError("it cannot be taken away")
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
    consent_required: bool = Field(description=_CONSENT)
    consent_text_version: str | None = Field(description=_TEXT)
    retention_days: int | None = Field(description=_KEPT)


class ClinicPage(BaseModel):
    """Newest first. `next_cursor` is null on the last page."""

    items: list[ClinicBody]
    next_cursor: str | None


class KeyList(BaseModel):
    items: list[KeyLine]
