"""As much of a case as tells whether to look closer."""

from dataclasses import dataclass
from datetime import datetime

from shared.contracts.enums import CaseState


@dataclass(frozen=True, slots=True)
class Glance:
    """A case at one moment, as its own clinic may see it."""

    clinic_id: str
    version: int
    state: CaseState
    created_at: datetime
