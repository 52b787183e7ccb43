"""What goes without anybody waiting for it: cases past their clinic's clock, the rest of a subject's erasure."""

from collections.abc import Iterator
from dataclasses import replace

from sqlalchemy.orm import Session

from services.maintenance import erasure_repository as repository
from services.maintenance.sweeps import GoOn
from shared.contracts.access import AccessAction
from shared.contracts.enums import ErasureReason
from shared.contracts.tasks import TaskName
from shared.db import lifecycle
from shared.db.access_log import MAINTENANCE, Access, record_access
from shared.db.session import Database
from shared.observability.logging import get_logger
from shared.queue.publish import Doorbell

_log = get_logger(__name__)
_PAGE = 50


class Retention:
    """A case a step, and a transaction each. Numbers are logged, of nobody in particular."""

    def __init__(self, database: Database, doorbell: Doorbell, go_on: GoOn) -> None:
        self._database = database
        self._doorbell = doorbell
        self._go_on = go_on

    def past_clock(self) -> Iterator[int]:
        """Erase ended cases past their clinic's clock, oldest first. The next page goes by the clock as it is then."""
        while self._go_on() and (page := self._past()):
            erased = 0
            for clinic_id, case_id in page:
                if not self._go_on():
                    break
                with self._database.transaction() as session:
                    lifecycle.erase_case(session, clinic_id, case_id, None, ErasureReason.RETENTION)
                    _tell(session, clinic_id, case_id, ErasureReason.RETENTION)
                erased += 1
                yield 1
            _log.info("retention", erased=erased)
            self._doorbell.ring(TaskName.NOTIFIER_DRAIN)

    def subjects(self) -> Iterator[int]:
        """Go on with erasures of subjects that whoever began them has left."""
        with self._database.transaction() as session:
            under_way = repository.open_subject_erasures(session)
        for erasure_id in under_way:
            case_id: str | None = ""
            while case_id is not None and self._go_on():
                with self._database.transaction() as session:
                    case_id = lifecycle.erase_next_of_subject(session, erasure_id)
                    if case_id is not None:
                        _tell(session, repository.clinic_of(session, case_id), case_id, ErasureReason.SUBJECT)
                yield 1
            if case_id is None:
                _log.info("subject_erased", erasure_id=erasure_id)
                self._doorbell.ring(TaskName.NOTIFIER_DRAIN)

    def _past(self) -> list[tuple[str, str]]:
        with self._database.transaction() as session:
            return repository.past_retention(session, _PAGE)


def _tell(session: Session, clinic_id: str, case_id: str, reason: ErasureReason) -> None:
    """Tell the access log, under the clinic whose case it was."""
    origin = replace(MAINTENANCE, clinic_id=clinic_id)
    record_access(session, origin, Access(AccessAction.CASE_ERASED, case_id=case_id, part=reason))
