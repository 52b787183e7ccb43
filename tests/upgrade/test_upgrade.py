"""The release before at work while the schema is brought up to date, and beside the new one afterwards.

Its gateway answers polls, pages and photos over a long history while the migrations run: nobody is refused, and nobody
waits longer than a second. UPGRADE_CASES=1000000 is the size of docs/upgrades.md.
"""

from __future__ import annotations

import os
import time
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import httpx
import psycopg2
import pytest
from pydantic import SecretStr

from bench.generated_cases import generate
from services.inference.model.development import write_development_model
from services.standalone.ports import free_port
from services.standalone.secret_files import new_fernet_key, new_password
from services.standalone.servers import create_owner, scratch_folder, start_postgres, start_s3, start_valkey
from services.standalone.settings import inherited_environment
from services.standalone.stack import answers_ready
from shared.settings import StorageSettings
from shared.storage.s3 import S3Store
from tests.architecture.sources import ROOT
from tests.faults.photos import jpeg
from tests.upgrade.previous_release import REVISION, OldProcess, told, unpack
from tests.upgrade.traffic import Traffic

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

CASES: Final = int(os.environ.get("UPGRADE_CASES", "5000"))
LONGEST_S: Final = 1.0
ENDED: Final = {"completed", "rejected", "failed", "canceled", "expired"}
_LEASE_S: Final = "5"


@dataclass
class Place:
    """Servers with a record of the release before, and processes of either release on them."""

    old: Path
    environment: dict[str, str]
    superuser: str
    key: str
    known: str
    running: list[OldProcess] = field(default_factory=list)

    def start(self, tree: Path, *arguments: str, **more: str) -> OldProcess:
        process = OldProcess(tree, arguments, self.environment | more)
        self.running.append(process)
        return process

    def gateway(self, tree: Path) -> str:
        """Start a gateway and return its URL once it answers."""
        port = free_port()
        process = self.start(tree, "services.gateway.main", HOST="127.0.0.1", PORT=str(port))
        url = f"http://127.0.0.1:{port}"
        until(lambda: answers_ready(url), process)
        return url

    def worker(self, tree: Path) -> OldProcess:
        process = self.start(tree, "services.inference.worker")
        until(lambda: process.says("ready"), process)
        return process

    def answered(self, url: str, number: int) -> dict[str, Any]:
        """Submit a photo and return its case when it has ended."""
        headers = {"Authorization": f"Bearer {self.key}"}
        with httpx.Client(base_url=url, headers=headers, timeout=30, trust_env=False) as api:
            sent = api.post("/v1/cases", files={"image": ("x.jpg", jpeg(number), "image/jpeg")})
            assert sent.status_code == 202, sent.text
            return self.ended(api, sent.json()["id"])

    def end(self) -> None:
        for each in self.running:
            each.end()

    @staticmethod
    def ended(api: httpx.Client, case_id: str) -> dict[str, Any]:
        deadline = time.monotonic() + 60
        while True:
            case: dict[str, Any] = api.get(f"/v1/cases/{case_id}").json()
            if case["state"] in ENDED:
                return case
            assert time.monotonic() < deadline, case
            time.sleep(0.1)


def until(condition: Callable[[], bool], process: OldProcess, limit_s: float = 60) -> None:
    deadline = time.monotonic() + limit_s
    while not condition():
        assert process.is_alive, "".join(process.lines[-20:])
        assert time.monotonic() < deadline, "".join(process.lines[-20:])
        time.sleep(0.1)


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    with ExitStack() as stack:
        folder = stack.enter_context(scratch_folder())
        postgres = stack.enter_context(start_postgres(folder / "postgres", durable=True))
        valkey = stack.enter_context(start_valkey(folder / "valkey"))
        s3 = stack.enter_context(start_s3(folder / "s3"))
        old = unpack(folder / "old")
        store = {
            "S3_ENDPOINT": s3.store.endpoint,
            "S3_BUCKET": "upgrade",
            "S3_ACCESS_KEY": s3.store.access_key,
            "S3_SECRET_KEY": s3.store.secret_key,
        }
        S3Store(
            StorageSettings(
                s3_endpoint=store["S3_ENDPOINT"],
                s3_bucket=store["S3_BUCKET"],
                s3_access_key=SecretStr(store["S3_ACCESS_KEY"]),
                s3_secret_key=SecretStr(store["S3_SECRET_KEY"]),
            )
        ).ensure_bucket()
        environment = inherited_environment() | {
            **store,
            "DATABASE_URL": create_owner(postgres, database="lesionlens", password=new_password()),
            "REDIS_URL": valkey.url,
            "SECRETS_KEYS": new_fernet_key(),
            "ADDRESS_KEY": new_password(),
            "DATA_DIR": str(folder / "data"),
            "DEVICE": "cpu",
            "TORCH_THREADS": "1",
            "LEASE_S": _LEASE_S,
            "POLL_INTERVAL_S": "0.5",
            "LONGEST_WAIT_S": "1000000",
        }
        place = furnished(old, environment, urlsplit(postgres.url)._replace(path="/lesionlens").geturl(), folder)
        stack.callback(place.end)
        yield place


def furnished(old: Path, environment: dict[str, str], superuser: str, folder: Path) -> Place:
    """Let the release before make the schema, a model and a clinic, and write a long history."""
    told(old, environment, "migrations")
    assert revision(superuser) == REVISION
    made = told(old, environment, "services.gateway.clinics", "create", "--name", "old", "--json")
    write_development_model(folder / "model", seed=1)
    told(old, environment, "services.inference.registry", "register", str(folder / "model"), "--activate-if-none")
    history = generate(superuser, made["clinic_id"], CASES)
    with closing(psycopg2.connect(superuser)) as connection, connection, connection.cursor() as cursor:
        # What waits in the history has no photo; nobody is to work on it.
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("UPDATE runs SET state = 'canceled', finished_at = now() WHERE state = 'queued'")
        cursor.execute("UPDATE cases SET state = 'canceled' WHERE state = 'accepted'")
    return Place(old, environment, superuser, made["key"], history.case_id(CASES // 2))


def revision(superuser: str) -> str:
    with closing(psycopg2.connect(superuser)) as connection, connection, connection.cursor() as cursor:
        cursor.execute("SELECT version_num FROM alembic_version")
        (found,) = cursor.fetchone() or ("",)
    return str(found)


def test_the_schema_is_brought_up_to_date_while_the_release_before_works(place: Place) -> None:
    url = place.gateway(place.old)
    place.worker(place.old)
    place.start(place.old, "services.maintenance")
    with Traffic(url, place.key, place.known) as traffic:
        time.sleep(2)
        calm = dict(traffic.slowest)
        traffic.slowest.clear()
        began = time.monotonic()
        told(ROOT, place.environment, "migrations")
        took = time.monotonic() - began
        busy = dict(traffic.slowest)
        time.sleep(2)
    print(f"\n{CASES:,} cases, migrations {took:.1f} s; slowest before {rounded(calm)}, meanwhile {rounded(busy)}")
    assert traffic.refused == []
    assert min(traffic.answered.values()) > 20
    assert revision(place.superuser) > REVISION
    assert max(busy.values()) < LONGEST_S, rounded(busy)
    assert len(traffic.accepted) > 20
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {place.key}"}, trust_env=False) as api:
        assert {Place.ended(api, case_id)["state"] for case_id in traffic.accepted} == {"completed"}


def rounded(slowest: dict[str, float]) -> dict[str, str]:
    return {kind: f"{1000 * seconds:.0f} ms" for kind, seconds in sorted(slowest.items())}


def test_either_release_answers_what_the_other_one_took(place: Place) -> None:
    place.end()
    for number, (takes, answers) in enumerate(((ROOT, place.old), (place.old, ROOT))):
        url, worker = place.gateway(takes), place.worker(answers)
        case = place.answered(url, 1000 + number)
        assert case["state"] == "completed", case
        assert case["result"]["probabilities"]
        place.end()
        assert not worker.says("run_met_a_fault")
    assert violations(place.superuser) == []


def violations(superuser: str) -> list[tuple[str, str]]:
    """Return what the audit finds of cases that were submitted; the history that was written in bulk has no events."""
    query = "SELECT invariant, case_id FROM audit_violations() WHERE case_id NOT LIKE 'case_0000%'"
    with closing(psycopg2.connect(superuser)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


def test_what_the_release_before_wrote_is_read_by_the_new_one(place: Place) -> None:
    url = place.gateway(ROOT)
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {place.key}"}, trust_env=False) as api:
        newest = api.get("/v1/cases", params={"limit": 50}).json()["items"]
        assert len(newest) == 50
        explained = next(each for each in newest if each["state"] == "completed" and each["links"]["overlay"])
        assert api.get(explained["links"]["overlay"]).headers["content-type"] == "image/jpeg"
