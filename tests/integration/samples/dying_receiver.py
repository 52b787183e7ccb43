"""A receiver whose handler has the process killed, once, after its work and before the message is remembered."""

from __future__ import annotations

import argparse
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

from samples.receive_webhook import Event, Receiver, Server, handle
from samples.webhook_memory import Memory
from samples.webhook_signature import Verifier

if TYPE_CHECKING:
    import sqlite3

MARK = Path("died")


def handle_and_die(event: Event, database: sqlite3.Connection) -> None:
    handle(event, database)
    database.execute("CREATE TABLE IF NOT EXISTS work (case_id TEXT)")
    database.execute("INSERT INTO work VALUES (?)", (event.case_id,))
    if not MARK.exists():
        MARK.touch()
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    receiver = Receiver(Verifier([os.environ["WEBHOOK_SECRET"]]), Memory(Path("webhooks.sqlite3")), handle_and_die)
    with Server(("127.0.0.1", parser.parse_args().port), receiver) as server:
        print(f"listening on http://127.0.0.1:{server.server_address[1]};", flush=True)
        server.serve_forever()
