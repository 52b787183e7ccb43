"""How far an erasure is."""

from datetime import datetime

from pydantic import BaseModel, Field


class ErasureBody(BaseModel):
    """What is left of a case. The rows were blanked and deleted at `requested_at`."""

    case_id: str
    requested_at: datetime
    objects_removed_at: datetime | None = Field(description="When photo and pictures had been removed from the store")
    proved_at: datetime | None = Field(
        description="When the store was found empty of it, after any worker that still held it must have given up"
    )
