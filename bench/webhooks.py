"""`python -m bench.webhooks [--quick]`: how fast webhooks go out, and whether bad receivers keep a good one waiting.

Postgres, Valkey, the notifier and receivers in processes of their own, all on loopback and on the same cores.
Saturation: so many events are due at once for one endpoint, and for eight. Bad company: ten events a second for a good
endpoint, in turns without and beside four endpoints that stall, drip and refuse and have hundreds due. Kill: SIGKILL to
the notifier once a second while 1,000 events are due, and the leases of the killed one are over at once; all arrive.
"""

import argparse
import os
import secrets
import signal
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import httpx
from alembic import command
from pydantic import SecretStr
from sqlalchemy import func, select, text, update

from bench import machine, record, webhook_tables
from migrations.__main__ import alembic_config
from services.standalone.secret_files import new_fernet_key
from services.standalone.servers import create_owner, scratch_folder, start_postgres, start_valkey
from shared.contracts.enums import EventType
from shared.contracts.ids import IdPrefix, new_id
from shared.contracts.tasks import TaskName
from shared.contracts.webhook_signature import new_secret
from shared.db import lifecycle
from shared.db.lifecycle.transitions import endpoint_event
from shared.db.models import Clinic, Delivery, WebhookEndpoint, WebhookSecret
from shared.db.session import Database, DatabaseRole, make_engine
from shared.queue.publish import Doorbell
from shared.sealing import SecretBox
from shared.settings import BrokerSettings, DatabaseSettings

_PATIENCE_S: Final = 180.0
Log = list[tuple[str, float, float]]


@dataclass
class Receiver:
    process: subprocess.Popen[str]
    url: str

    def log(self) -> Log:
        found: Log = httpx.get(self.url.replace("/hook", "/log"), timeout=30, trust_env=False).json()
        return found


@dataclass
class Bench:
    """Databases of both sides, and what the notifier is told."""

    gateway: Database
    worker: Database
    environment: dict[str, str]
    doorbell: Doorbell
    receivers: list[Receiver] = field(default_factory=list)
    clinic_of: dict[str, str] = field(default_factory=dict)

    def receiver(self, kind: str = "good") -> Receiver:
        argv = [sys.executable, "-m", "bench.webhook_receiver", kind]
        process = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        made = Receiver(process, f"http://127.0.0.1:{process.stdout.readline().strip()}/hook")
        self.receivers.append(made)
        return made

    def endpoint(self, receiver: Receiver) -> str:
        """An endpoint of a clinic of its own, so that each one's events are its alone."""
        clinic, endpoint = new_id(IdPrefix.CLINIC), new_id(IdPrefix.ENDPOINT)
        sealed = SecretBox([self.environment["SECRETS_KEYS"]]).seal(new_secret())
        with self.gateway.transaction() as session:
            session.add(Clinic(id=clinic, name="bench"))
        with self.gateway.transaction(clinic) as session:
            session.add(WebhookEndpoint(id=endpoint, clinic_id=clinic, url=receiver.url, payload="thin"))
            session.flush()
            made = {"id": new_id(IdPrefix.SECRET), "endpoint_id": endpoint, "clinic_id": clinic}
            session.add(WebhookSecret(ciphertext=sealed, **made))
        self.clinic_of[endpoint] = clinic
        return endpoint

    def happen(self, endpoint: str, count: int) -> None:
        clinic = self.clinic_of[endpoint]
        with self.gateway.transaction(clinic) as session:
            session.add_all(
                endpoint_event(clinic, EventType.ENDPOINT_DISABLED, endpoint, reason="gone") for _ in range(count)
            )

    def left(self, endpoints: list[str]) -> int:
        with self.worker.transaction() as session:
            mine = Delivery.endpoint_id.in_(endpoints), Delivery.state != "delivered"
            return session.scalar(select(func.count()).select_from(Delivery).where(*mine)) or 0

    @contextmanager
    def notifier(self, **more: str) -> Iterator[subprocess.Popen[bytes]]:
        argv = [sys.executable, "-m", "services.notifier.worker"]
        environment = {**os.environ, **self.environment, **more}
        process = subprocess.Popen(argv, env=environment, stdout=subprocess.DEVNULL, start_new_session=True)
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(30)

    def close(self) -> None:
        for receiver in self.receivers:
            receiver.process.kill()
            receiver.process.wait(10)


@contextmanager
def bench() -> Iterator[Bench]:
    with (
        scratch_folder() as folder,
        start_postgres(folder / "postgres", durable=True) as postgres,
        start_valkey(folder / "valkey") as valkey,
    ):
        url = create_owner(postgres, password=secrets.token_hex(8))
        settings = DatabaseSettings(database_url=SecretStr(url))
        engine = make_engine(settings, role=None)
        config = alembic_config()
        with engine.connect() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
        engine.dispose()
        environment = {
            "DATABASE_URL": url,
            "REDIS_URL": valkey.url,
            "SECRETS_KEYS": new_fernet_key(),
            "WEBHOOK_ALLOWED_HOSTS": "127.0.0.1",
            "LOG_LEVEL": "WARNING",
        }
        doorbell = Doorbell(BrokerSettings(redis_url=SecretStr(valkey.url)))
        gateway, worker = (
            Database(make_engine(settings, role)) for role in (DatabaseRole.GATEWAY, DatabaseRole.WORKER)
        )
        made = Bench(gateway, worker, environment, doorbell)
        try:
            yield made
        finally:
            made.close()
            doorbell.close()


def until(true: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + _PATIENCE_S
    while not true():
        assert time.monotonic() < end, f"not in time: {what}"
        time.sleep(0.05)


def saturation(bench: Bench, endpoints: int, events: int) -> dict[str, Any]:
    receivers = [bench.receiver() for _ in range(endpoints)]
    ends = [bench.endpoint(receiver) for receiver in receivers]
    for end in ends:
        bench.happen(end, events // endpoints)
    with bench.notifier():
        until(lambda: bench.left(ends) == 0, f"{events} deliveries")
    moments = sorted(moment for receiver in receivers for _, _, moment in receiver.log())
    # From the first to the last arrival: the start of the process is not what is asked about.
    return {"endpoints": endpoints, "events": events, "per_s": (len(moments) - 1) / (moments[-1] - moments[0])}


def company(bench: Bench, *, rounds: int, seconds: int) -> dict[str, Any]:
    good = bench.receiver()
    mine = bench.endpoint(good)
    bad = [bench.endpoint(bench.receiver(kind)) for kind in ("stall", "stall", "drip", "refuse")]
    seen: dict[str, list[float]] = {"calm": [], "beside bad ones": []}
    with bench.notifier():
        bench.happen(mine, 1)
        until(lambda: bench.left([mine]) == 0, "the notifier has started")
        for _ in range(rounds):
            for kind in seen:
                switch(bench, bad, on=kind != "calm")
                seen[kind] += stream(bench, good, mine, seconds)
    return {
        kind: {"median_ms": 1000 * statistics.median(waits), "p95_ms": 1000 * statistics.quantiles(waits, n=20)[18]}
        for kind, waits in seen.items()
    }


def switch(bench: Bench, bad: list[str], *, on: bool) -> None:
    """Give the bad ones much to receive, due now; or nothing, by switching them off."""
    with bench.worker.transaction() as session:
        off = (
            {"disabled_reason": None, "disabled_at": None}
            if on
            else {"disabled_reason": "caller", "disabled_at": func.now()}
        )
        session.execute(update(WebhookEndpoint).where(WebhookEndpoint.id.in_(bad)).values(**off))
    if on:
        for endpoint in bad:
            bench.happen(endpoint, 300)
        time.sleep(3)


def stream(bench: Bench, good: Receiver, endpoint: str, seconds: int) -> list[float]:
    """Ten events a second; seconds from each event to its arrival."""
    before = len(good.log())
    for _ in range(seconds * 10):
        bench.happen(endpoint, 1)
        bench.doorbell.ring(TaskName.NOTIFIER_DRAIN)
        time.sleep(0.1)
    until(lambda: len(good.log()) >= before + seconds * 10, "the good one hears of all")
    return [wait for _, wait, _ in good.log()[before:]]


def killed(bench: Bench, events: int) -> dict[str, Any]:
    receiver = bench.receiver()
    endpoint = bench.endpoint(receiver)
    bench.happen(endpoint, events)
    kills = 0
    while bench.left([endpoint]):
        with bench.notifier(WEBHOOK_TIMEOUT_S="2"):
            came = len(receiver.log())
            until(lambda: len(receiver.log()) > came or not bench.left([endpoint]), "something arrives")  # noqa: B023
            time.sleep(1)
        kills += 1
        with bench.worker.transaction() as session:
            session.execute(text("UPDATE deliveries SET lease_until = now() WHERE state = 'sending'"))
        with bench.worker.transaction() as session:
            lifecycle.lapse_deliveries(session)
    requests = Counter(event for event, _, _ in receiver.log())
    return {"events": events, "kills": kills, "lost": events - len(requests), "requests": requests.total()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a little of each")
    quick = parser.parse_args().quick
    figures = record.begin(quick=quick)
    events, rounds, seconds = (400, 1, 3) if quick else (4000, 3, 15)
    with bench() as subject:
        figures["saturation"] = [saturation(subject, count, events) for count in (1, 8)]
        print(figures["saturation"], flush=True)
        figures["company"] = company(subject, rounds=rounds, seconds=seconds)
        print(figures["company"], flush=True)
        figures["killed"] = killed(subject, 100 if quick else 1000)
    figures["load_at_end"] = machine.load()
    for table in webhook_tables.tables(figures):
        table.show()
    print(f"written to {record.save('webhooks', figures)}")


if __name__ == "__main__":
    main()
