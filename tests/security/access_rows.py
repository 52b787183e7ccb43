"""A clinic and an operator at a served gateway, and the rows that the access log has of their requests."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from services.gateway.clinics import service as clinics
from shared.contracts.access import AccessAction
from shared.contracts.enums import Scope
from shared.db import lifecycle
from shared.db.models import AccessEntry
from tests.integration.gateway.photos import jpeg, submit
from tests.integration.gateway.worked_cases import finish
from tests.integration.records import claim

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from services.gateway.clinics.schemas import CreatedKey
    from tests.security.conftest import Served

GRANTABLE = tuple(scope for scope in Scope if scope is not Scope.ADMIN)
OF_KEYS = {AccessAction.KEY_USED, AccessAction.KEY_REFUSED}


@dataclass
class Practice:
    """Whoever acts: a clinic's key that may everything, and an operator's."""

    served: Served
    key: CreatedKey
    client: httpx.Client
    operator_key: CreatedKey
    operator: httpx.Client

    def submitted(self, **metadata: Any) -> str:
        answer = submit(self.client, jpeg(1), metadata or None)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])

    def finished(self, **metadata: Any) -> str:
        """Submit a photo and work until it has its result, whatever else waits."""
        case_id = self.submitted(**metadata)
        while finish(self.served.worker, self.served.store).case_id != case_id:
            pass
        return case_id


@contextmanager
def practice_of(served: Served) -> Iterator[Practice]:
    """Leave no photo waiting: other tests at this gateway take the next one that does for theirs."""
    key = served.new_clinic(*GRANTABLE)
    operator_key = clinics.create_admin(served.gateway, "operator")
    with served.client(key.key) as client, served.client(operator_key.key) as operator:
        yield Practice(served, key, client, operator_key, operator)
    while runs := claim(served.worker):
        with served.worker.transaction() as session:
            for run in runs:
                lifecycle.record_failure(session, run, "undecodable_image")


def rows(served: Served, **columns: Any) -> list[AccessEntry]:
    """Return the rows with these values, oldest first."""
    with served.worker.transaction() as session:
        return list(session.scalars(select(AccessEntry).filter_by(**columns).order_by(AccessEntry.id)))


def told_by(served: Served, answer: httpx.Response) -> list[AccessEntry]:
    """Return what a request left, but for the use of its key."""
    found = rows(served, request_id=answer.headers["x-request-id"])
    return [row for row in found if row.action not in OF_KEYS]
