"""What a run looks like from outside."""

from datetime import datetime

from pydantic import BaseModel

from services.gateway.cases.schemas import Failure, Rejection, ResultBody
from shared.contracts.enums import RunQueue, RunState


class RunBody(BaseModel):
    """One pass of one model over one case. Nothing of it changes once it has ended."""

    id: str
    case_id: str
    model_version: str
    state: RunState
    queue: RunQueue
    published: bool
    attempts: int
    enqueued_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    result: ResultBody | None
    rejection: Rejection | None
    error: Failure | None


class RunList(BaseModel):
    """All runs of a case, the first one first."""

    items: list[RunBody]
