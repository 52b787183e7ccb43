"""Phones that hang in long polls: one connection each, one small request after the other, as little work as can be."""

import asyncio
import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, field

WAIT_S = 25


@dataclass
class Tally:
    """What came back. `answered` holds the moment (monotonic) at which a version of a case was in a phone's hands."""

    answered: dict[tuple[str, int], float] = field(default_factory=dict)
    unchanged: int = 0
    errors: dict[str, int] = field(default_factory=dict)

    def error(self, what: str) -> None:
        self.errors[what] = self.errors.get(what, 0) + 1


@dataclass(frozen=True)
class Phone:
    """Whose it is and what it waits for."""

    case_id: str
    key: str


class Crowd:
    """All phones of one bench; `start` brings them in, spread over one wait, so that their polls stay spread."""

    def __init__(self, port: int, phones: list[Phone]) -> None:
        self.tally = Tally()
        self.waiting = 0
        self._port = port
        self.phones = phones
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self, over_s: float) -> None:
        begin = time.monotonic()
        for number, phone in enumerate(self.phones):
            due = begin + over_s * number / len(self.phones)
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            self._tasks.append(asyncio.create_task(self._live(phone)))

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _live(self, phone: Phone) -> None:
        """Poll for as long as the crowd lives; a phone that is hung up on calls again."""
        version = 1
        for attempt in itertools.count():
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
                try:
                    while True:
                        version = await self._poll(phone, version, reader, writer)
                finally:
                    writer.close()
            except (OSError, asyncio.IncompleteReadError) as error:
                self.tally.error(type(error).__name__)
                await asyncio.sleep(min(5, 1 + attempt))

    async def _poll(
        self, phone: Phone, version: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> int:
        """Ask once; return the version that is known then."""
        writer.write(
            f"GET /v1/cases/{phone.case_id} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {phone.key}\r\n"
            f'Prefer: wait={WAIT_S}\r\nIf-None-Match: W/"{version}"\r\n\r\n'.encode()
        )
        self.waiting += 1
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        finally:
            self.waiting -= 1
        status, fields = int(head.split(" ", 2)[1]), _fields(head)
        await reader.readexactly(int(fields.get("content-length", "0")))
        if status == 304:
            self.tally.unchanged += 1
            return version
        if status != 200:
            self.tally.error(str(status))
            await asyncio.sleep(1)
            return version
        found = int(fields["etag"][3:-1])
        self.tally.answered[phone.case_id, found] = time.monotonic()
        return found


def _fields(head: str) -> dict[str, str]:
    lines = head.split("\r\n")[1:]
    return {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines) if name}


async def until(true: Callable[[], bool], seconds: float) -> bool:
    """Return whether it came true in time."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.1)
    return True
