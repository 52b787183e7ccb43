"""How far the erasure of a subject is."""

from datetime import datetime

from pydantic import BaseModel, Field


class SubjectErasureBody(BaseModel):
    """What there was of a subject when its erasure was asked for, and what is left.

    Nothing is taken for it meanwhile.
    """

    requested_at: datetime
    cases: int = Field(description="Cases that there were")
    consents: int = Field(description="Consents that there were")
    cases_left: int = Field(description="Cases still to be erased; they are, also without another call")
    finished_at: datetime | None = Field(
        description="When rows and reference had gone; photos and pictures follow, as for each erased case"
    )
