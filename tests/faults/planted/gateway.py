"""The product's gateway, which kills itself right before or right after the commit of a case, once for each order.

python -m tests.faults.planted.gateway FILE     the order: FILE holds `before` or `after`; it is removed by dying
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn
from sqlalchemy import event

from services.gateway.main import create_app, server_config
from services.gateway.settings import GatewaySettings
from shared.observability.logging import configure

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from sqlalchemy.orm import Session

    from shared.db.session import Database

_here = threading.local()


def plant(database: Database, order: Path) -> None:
    """Listen to the commits of this database."""

    @event.listens_for(database._engine, "before_cursor_execute")
    def notice(_connection: Connection, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("INSERT INTO cases"):
            _here.accepting = True

    @event.listens_for(database._sessions, "before_commit")
    def before(_session: Session) -> None:
        _die_if(order, "before")

    @event.listens_for(database._sessions, "after_commit")
    def after(_session: Session) -> None:
        _die_if(order, "after")
        _here.accepting = False


def _die_if(order: Path, moment: str) -> None:
    if getattr(_here, "accepting", False) and order.exists() and order.read_text(encoding="utf-8") == moment:
        order.unlink()
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    settings = GatewaySettings()
    configure("gateway", settings)
    app = create_app(settings)
    plant(app.state.parts.database, Path(sys.argv[1]))
    uvicorn.Server(server_config(app, settings)).run()
