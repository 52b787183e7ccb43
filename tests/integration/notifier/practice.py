"""A clinic with endpoints whose secrets are sealed as the gateway does it, and events for them, as many as wanted."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from cryptography.fernet import Fernet
from sqlalchemy import func, select
from standardwebhooks import Webhook

from shared.contracts.enums import DeliveryState, EventType
from shared.contracts.ids import IdPrefix, new_id
from shared.contracts.webhook_signature import new_secret
from shared.db.lifecycle.transitions import endpoint_event
from shared.db.models import Delivery
from shared.db.session import Database
from shared.sealing import SecretBox
from tests.integration.notifier.receivers import Seen
from tests.integration.shared.webhook_rows import add_endpoint


@dataclass
class Practice:
    """`key` seals; `secret_of` says what each endpoint's requests are signed with."""

    gateway: Database
    worker: Database
    clinic: str
    key: str = field(default_factory=lambda: Fernet.generate_key().decode())
    secret_of: dict[str, str] = field(default_factory=dict)

    def endpoint(self, url: str, **columns: Any) -> str:
        secret = new_secret()
        sealed = SecretBox([self.key]).seal(secret)
        endpoint = add_endpoint(self.gateway, self.clinic, sealed=sealed, url=url, **columns)
        self.secret_of[endpoint] = secret
        return endpoint

    def happen(self, count: int) -> list[str]:
        """Make so many events of no case, each for every endpoint; return their ids."""
        events = [
            endpoint_event(self.clinic, EventType.ENDPOINT_DISABLED, new_id(IdPrefix.ENDPOINT), reason="gone")
            for _ in range(count)
        ]
        with self.gateway.transaction(self.clinic) as session:
            session.add_all(events)
        return [event.id for event in events]

    def states(self, endpoint: str) -> Counter[str]:
        with self.worker.transaction() as session:
            rows = session.execute(
                select(Delivery.state, func.count()).where(Delivery.endpoint_id == endpoint).group_by(Delivery.state)
            )
            return Counter(dict(rows.tuples().all()))

    def delivered(self, endpoint: str, count: int) -> bool:
        return self.states(endpoint) == {DeliveryState.DELIVERED: count}

    def verify(self, endpoint: str, seen: Seen) -> dict[str, Any]:
        """What a receiver makes of a request. Raises the public library's error where the signature is not right."""
        told: dict[str, Any] = Webhook(self.secret_of[endpoint]).verify(seen.body, seen.headers)
        return told


class Notifier:
    """A started notifier and the JSON lines that it wrote so far."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "services.notifier.worker"],
            env={**os.environ, "PYTHONFAULTHANDLER": "1", **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        self.lines.extend(iter(self.process.stdout.readline, ""))
        self.process.stdout.close()

    def events(self, name: str) -> list[dict[str, Any]]:
        found = (json.loads(line) for line in list(self.lines) if line.startswith("{"))
        return [line for line in found if line.get("event") == name]

    def kill(self) -> None:
        """SIGKILL to parent and child: nothing is put in order."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)

    def end(self) -> int:
        """SIGTERM. Fails with where every thread of parent and child stands if that does not end it."""
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGABRT)
            self._reader.join(5)
            raise AssertionError("no end within 30 s of SIGTERM:\n" + "".join(self.lines)) from None
        self._reader.join(5)
        return code
