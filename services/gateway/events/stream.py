"""The events of one case as they happen, in the form of server-sent events. Waits without a thread or a connection."""

import time
from collections.abc import AsyncIterator
from typing import Final

from fastapi import Request

from services.gateway.cases.held import wait
from services.gateway.clinics.auth import authenticate_again
from services.gateway.clinics.tenant import Tenant
from services.gateway.events import service
from services.gateway.events.schemas import EventBody, EventPage
from services.gateway.parts import Parts
from services.gateway.waiting.waiters import Waiter, Wake
from shared.errors import LesionlensError

PAGE: Final = 100
_HEARTBEAT: Final = ": \n\n"
# When to come back after an end; longer where there was no place to wait, because everybody comes back then.
_RETRY_MS: Final = 1000
_RETRY_FULL_MS: Final = 10_000


class EventStream:
    """One caller's stream. `first` was read before the answer began, so that its refusals have a status."""

    def __init__(self, request: Request, tenant: Tenant, parts: Parts, case_id: str) -> None:
        self._request = request
        self._tenant = tenant
        self._parts = parts
        self._case_id = case_id

    async def text(self, first: EventPage, after_version: int) -> AsyncIterator[str]:
        """Yield pieces of the stream: what there is, then what comes, with signs of life while nothing does.

        It ends after `longest_stream_s`, when the process stops, when the key ends or the database is away, and at once
        where all places to wait are taken. Whoever comes back with `Last-Event-ID` misses nothing.
        """
        with self._parts.waiting.place(self._case_id) as waiter:
            yield f"retry: {_RETRY_FULL_MS if waiter is None else _RETRY_MS}\n\n"
            version = after_version
            for event in first.items:
                yield _frame(event)
                version = event.version
            if waiter is None:
                return
            async for piece in self._live(waiter, version):
                yield piece

    async def _live(self, waiter: Waiter, version: int) -> AsyncIterator[str]:
        end = time.monotonic() + self._parts.settings.longest_stream_s
        wake = Wake.CHANGED
        try:
            while (left := end - time.monotonic()) > 0 and wake is not Wake.CLOSING:
                await authenticate_again(self._request)
                if wake is Wake.CHANGED or not self._parts.waiting.fresh:
                    for event in await self._beyond(version):
                        yield _frame(event)
                        version = event.version
                wake = await wait(self._request, waiter, version, min(left, self._parts.settings.heartbeat_s))
                if wake is Wake.TIMEOUT:
                    yield _HEARTBEAT
        except LesionlensError:
            return

    async def _beyond(self, version: int) -> list[EventBody]:
        page = await self._parts.waiting.look(lambda: service.page(self._tenant, self._case_id, version, PAGE))
        return page.items


def _frame(event: EventBody) -> str:
    return f"id: {event.version}\nevent: {event.type}\ndata: {event.model_dump_json()}\n\n"
