"""Whether the process lives, and whether it can accept photos. The broker is only a detail: it is not on that path."""

from enum import StrEnum

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from services.gateway.dependencies import PartsDep
from services.gateway.models.repository import active_model
from services.gateway.parts import Parts
from shared.errors import LesionlensError

router = APIRouter(tags=["health"])


class Condition(StrEnum):
    OK = "ok"
    DOWN = "down"


class Alive(BaseModel):
    status: Condition


class WorkerCondition(BaseModel):
    """`down`: it has neither claimed a photo nor looked for one for half a minute, whatever else it answers."""

    id: str
    status: Condition
    seconds_since_look: float


class Readiness(BaseModel):
    """`status` follows database and store alone; without a model or a broker photos are still answered for."""

    status: Condition
    database: Condition
    store: Condition
    broker: Condition
    active_model: str | None
    workers: list[WorkerCondition]


@router.get("/healthz", operation_id="healthz", summary="The process lives")
async def healthz() -> Alive:
    """Answer from the event loop itself: a full thread pool is no reason to be restarted."""
    return Alive(status=Condition.OK)


@router.get(
    "/readyz",
    operation_id="readyz",
    response_model=Readiness,
    responses={503: {"model": Readiness, "description": "Database or store cannot be reached"}},
    summary="Photos can be accepted",
)
def readyz(parts: PartsDep) -> Response:
    database, model = _database(parts)
    store = _store(parts)
    ready = database is Condition.OK and store is Condition.OK
    body = Readiness(
        status=Condition.OK if ready else Condition.DOWN,
        database=database,
        store=store,
        broker=_broker(parts),
        active_model=model,
        workers=_workers(parts),
    )
    return JSONResponse(body.model_dump(mode="json"), status_code=200 if ready else 503)


def _database(parts: Parts) -> tuple[Condition, str | None]:
    try:
        with parts.database.transaction() as session:
            model = active_model(session)
    except LesionlensError:
        return Condition.DOWN, None
    return Condition.OK, None if model is None else f"{model.name}@{model.version}"


def _store(parts: Parts) -> Condition:
    try:
        parts.store.check()
    except LesionlensError:
        return Condition.DOWN
    return Condition.OK


def _broker(parts: Parts) -> Condition:
    url = parts.settings.redis_url.get_secret_value()
    try:
        with Redis.from_url(url, socket_timeout=0.2, socket_connect_timeout=0.2, retry=Retry(NoBackoff(), 0)) as broker:
            broker.ping()
    except (RedisError, OSError):
        return Condition.DOWN
    return Condition.OK


def _workers(parts: Parts) -> list[WorkerCondition]:
    return [
        WorkerCondition(
            id=worker.id,
            status=Condition.OK if worker.looks else Condition.DOWN,
            seconds_since_look=round(worker.seconds_since_look, 1),
        )
        for worker in parts.backlog.snapshot().workers
    ]
