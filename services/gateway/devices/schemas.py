"""What a device says to sign in and is given, and how it is told to its clinic."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from shared.contracts.enums import RevokedBecause

Name = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]{1,80}$")]


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class EnrolDevice(_Input):
    """A code as it was typed: in any case, with or without its dash, O for 0 and I or L for 1."""

    code: str = Field(max_length=64, repr=False, examples=["7M4TQ-ZC5HD"])
    name: Name | None = Field(default=None, description="What the clinic sees the device listed as")
    cookie: bool = Field(default=False, description="For browsers: the refresh token goes into a cookie instead")


class RefreshDevice(_Input):
    """The refresh token; without it the cookie counts."""

    refresh_token: Annotated[str, StringConstraints(max_length=200)] | None = Field(default=None, repr=False)


class ClinicName(BaseModel):
    id: str
    name: str


class SignedIn(BaseModel):
    """What a device calls with, and how it gets the next: the refresh token counts once, and is replaced by this one.

    If no answer comes, send the same token again: it counts until its successor, or what came with that, was used.
    """

    device_id: str
    access_token: str = Field(repr=False, description="To be sent as `Authorization: Bearer`")
    access_expires_at: datetime
    refresh_token: str | None = Field(repr=False, description="Null where it is in the cookie")
    refresh_expires_at: datetime
    subject_ref: str
    clinic: ClinicName


class DeviceBody(BaseModel):
    """A device. It is signed out where `revoked_at` is set or `expires_at` has passed."""

    device_id: str
    subject_ref: str
    name: str | None
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime
    revoked_at: datetime | None
    revoked_because: RevokedBecause | None


class DevicePage(BaseModel):
    """Newest first. `next_cursor` is null on the last page."""

    items: list[DeviceBody]
    next_cursor: str | None
