"""As much of a case as tells whether to look closer."""

from dataclasses import dataclass, field
from datetime import datetime

from shared.contracts.enums import CaseState


@dataclass(frozen=True, slots=True)
class Glance:
    """A case at one moment, as its own clinic may see it, and a device of its subject."""

    clinic_id: str
    version: int
    state: CaseState
    created_at: datetime
    subject_ref: str | None = field(default=None, repr=False)

    def is_seen_by(self, clinic_id: str, subject_ref: str | None) -> bool:
        """Return whether the clinic may see it or, where a subject is named, who is confined to that one."""
        return self.clinic_id == clinic_id and subject_ref in {None, self.subject_ref}
