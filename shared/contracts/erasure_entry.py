"""One line of the erasure ledger: that a case was erased, in ids and a time. Nothing of a person, photo or answer."""

import json
from dataclasses import dataclass
from datetime import datetime

from shared.contracts.enums import ErasureReason
from shared.contracts.ids import IdPrefix, is_id


@dataclass(frozen=True, slots=True)
class ErasureEntry:
    """`requested_by`: the id of the key or device that asked; None where nobody did. `requested_at` is aware."""

    case_id: str
    clinic_id: str
    requested_at: datetime
    requested_by: str | None
    reason: ErasureReason

    def encoded(self) -> bytes:
        """Return the entry as one line of JSON, without the newline."""
        words = {
            "case_id": self.case_id,
            "clinic_id": self.clinic_id,
            "requested_at": self.requested_at.isoformat(),
            "requested_by": self.requested_by,
            "reason": self.reason,
        }
        return json.dumps(words).encode("ascii")

    @classmethod
    def decoded(cls, line: bytes) -> "ErasureEntry":
        """Raise ValueError where this is not an entry."""
        try:
            words = json.loads(line)
            case_id, clinic_id = str(words["case_id"]), str(words["clinic_id"])
            requested_at, by = datetime.fromisoformat(words["requested_at"]), words["requested_by"]
            reason = ErasureReason(words["reason"])
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError("not an entry of the erasure ledger") from error
        if not (is_id(case_id, IdPrefix.CASE) and is_id(clinic_id, IdPrefix.CLINIC) and requested_at.tzinfo):
            raise ValueError("not an entry of the erasure ledger")
        return cls(case_id, clinic_id, requested_at, None if by is None else str(by), reason)
