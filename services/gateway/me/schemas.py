"""Whom the server takes a caller for."""

from datetime import datetime

from pydantic import BaseModel, Field

from shared.contracts.enums import CallerKind, Scope


class OwnClinic(BaseModel):
    id: str
    name: str


class MeBody(BaseModel):
    """Who calls, and what that may do."""

    kind: CallerKind
    scopes: list[Scope]
    clinic: OwnClinic | None = Field(description="Null for operators, who belong to none")
    device_id: str | None
    subject_ref: str | None = Field(description="The one subject whose cases a device sees; null for keys")
    expires_at: datetime | None = Field(description="When the key or the access token ends; null for never")
