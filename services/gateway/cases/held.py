"""Holds an answer back until its case has changed. Meanwhile neither a thread nor a connection is taken."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from starlette.requests import ClientDisconnect, Request

from services.gateway.cases import service
from services.gateway.clinics.auth import authenticate_again
from services.gateway.clinics.tenant import Tenant
from services.gateway.parts import Parts
from services.gateway.waiting.glance import Glance
from services.gateway.waiting.waiters import Waiter, Wake
from shared.contracts.lifecycle import OPEN_CASE_STATES


@dataclass(frozen=True, slots=True)
class Held:
    """How the case stood at the last look; `waited` is False where all places to wait were taken."""

    glance: Glance
    waited: bool


@dataclass(frozen=True, slots=True)
class Watch:
    """What is waited for: the end of the case or, where the caller `knows` versions, one that he does not know."""

    case_id: str
    seconds: float
    knows: Callable[[int], bool] | None = None

    def over(self, glance: Glance) -> bool:
        # Nothing more is awaited of a case that has ended: what promotion changes then may come in months, or never.
        return glance.state not in OPEN_CASE_STATES or (self.knows is not None and not self.knows(glance.version))


async def hold(request: Request, tenant: Tenant, parts: Parts, watch: Watch) -> Held:
    """Return when the watch is over, its time is, or the process is about to stop.

    Raises NotFound, CaseErased, DatabaseUnavailable, ClientDisconnect, and Unauthenticated where the key ended.
    """
    with parts.waiting.place(watch.case_id) as waiter:
        # Looked at after joining, so that no change falls between the two.
        glance = (waiter and _kept(tenant, parts, waiter)) or await _look(tenant, parts, watch)
        if waiter is None:
            return Held(glance, waited=False)
        parts.waiting.keep(waiter, glance)
        deadline = time.monotonic() + watch.seconds
        async with ends_with_caller(request, waiter):
            while not watch.over(glance):
                wake = await wait(request, waiter, glance.version, deadline - time.monotonic())
                if wake is Wake.CLOSING or (wake is Wake.TIMEOUT and parts.waiting.fresh):
                    break
                await authenticate_again(request)
                glance = await _look(tenant, parts, watch)
                parts.waiting.keep(waiter, glance)
                if wake is Wake.TIMEOUT:
                    break
    return Held(glance, waited=True)


def _kept(tenant: Tenant, parts: Parts, waiter: Waiter) -> Glance | None:
    return parts.waiting.kept(waiter, tenant.clinic_id, tenant.subject_ref)


async def _look(tenant: Tenant, parts: Parts, watch: Watch) -> Glance:
    return await parts.waiting.look(lambda: service.glance(tenant, watch.case_id))


async def wait(request: Request, waiter: Waiter, version: int, seconds: float) -> Wake:
    """Wait for a version beyond this one, and book the time as waited. Raises ClientDisconnect."""
    since = time.perf_counter()
    try:
        wake = await waiter.newer_than(version, seconds)
    finally:
        request.state.waited_s = getattr(request.state, "waited_s", 0.0) + time.perf_counter() - since
    if wake is Wake.GONE:
        raise ClientDisconnect
    return wake


@asynccontextmanager
async def ends_with_caller(request: Request, waiter: Waiter) -> AsyncIterator[None]:
    """End the waiter's waits as soon as the caller hangs up. The body must have been read."""
    watching = asyncio.create_task(_hung_up(request))
    watching.add_done_callback(lambda _: waiter.end(Wake.GONE))
    try:
        yield
    finally:
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching


async def _hung_up(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
