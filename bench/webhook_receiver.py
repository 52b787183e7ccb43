"""`python -m bench.webhook_receiver [KIND]`: a receiver in a process of its own; prints its port.

KIND: `good` (default) answers 200 at once, `stall` never answers, `refuse` answers 500, `drip` sends a header a second.
`GET /log` gives what came, as lines of id, seconds from the event to its arrival, and moment of arrival.
"""

import asyncio
import json
import sys
import time
from datetime import datetime
from typing import Final

_OK: Final = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"
_NO: Final = b"HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n"


class Receiver:
    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.seen: list[tuple[str, float, float]] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                lines = head.decode("latin-1").split("\r\n")
                fields = dict(line.lower().split(": ", 1) for line in lines[1:] if ": " in line)
                body = await reader.readexactly(int(fields.get("content-length", 0)))
                if lines[0].startswith("GET /log"):
                    log = json.dumps(self.seen).encode()
                    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(log) + log)
                    continue
                self._note(fields["webhook-id"], body)
                await self._answer(writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def _note(self, event_id: str, body: bytes) -> None:
        now = time.time()
        happened = datetime.fromisoformat(json.loads(body)["timestamp"]).timestamp()
        self.seen.append((event_id, now - happened, now))

    async def _answer(self, writer: asyncio.StreamWriter) -> None:
        if self.kind == "stall":
            await asyncio.sleep(60)
        if self.kind == "drip":
            for piece in (b"HTTP/1.1 200 OK\r\n", *(b"x-pad: 1\r\n" for _ in range(60))):
                writer.write(piece)
                await asyncio.sleep(1)
        writer.write(_NO if self.kind == "refuse" else _OK)


async def main(kind: str) -> None:
    receiver = Receiver(kind)
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0, backlog=256)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "good"))
