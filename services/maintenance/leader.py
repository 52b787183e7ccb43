"""Which of several maintenance processes acts. The others stand by and take over when its connection ends."""

from shared.db.session_lock import SessionLock
from shared.errors import DatabaseUnavailable
from shared.observability.logging import get_logger

_log = get_logger(__name__)

# Any number of our own, the same in every release; pairs of numbers are apart from the single ones used elsewhere.
MAINTENANCE_LOCK = 7_041_777


class Leader:
    """Asks Postgres every time, so that a process that has lost its connection notices before it acts again.

    For the moment in which Postgres has noticed and the process has not, two may act: every sweep allows for that.
    """

    def __init__(self, lock: SessionLock) -> None:
        self._lock = lock
        self._leads: bool | None = None

    def leads(self) -> bool:
        """Return whether this process is to act. Raises DatabaseUnavailable, and then it is not."""
        try:
            leads = self._lock.hold()
        except DatabaseUnavailable:
            if self._leads:
                _log.warning("lead_lost")
            self._leads = None
            raise
        if leads is not self._leads:
            _log.info("leading" if leads else "standing_by")
            self._leads = leads
        return leads

    def step_down(self) -> None:
        self._lock.release()
        self._leads = None
