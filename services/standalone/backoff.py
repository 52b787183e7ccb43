"""How long to wait before a service that ended is started again: half a second, doubling to thirty."""

from dataclasses import dataclass

FIRST_S = 0.5
LONGEST_S = 30.0
_HEALTHY_AFTER_S = 60.0


@dataclass
class Backoff:
    """One per service. A service that lived for a minute starts again from the shortest wait."""

    wait_s: float = 0.0

    def after(self, lived_s: float) -> float:
        """Return the seconds to wait, given how long the service had lived when it ended."""
        if self.wait_s == 0 or lived_s >= _HEALTHY_AFTER_S:
            self.wait_s = FIRST_S
        else:
            self.wait_s = min(self.wait_s * 2, LONGEST_S)
        return self.wait_s
