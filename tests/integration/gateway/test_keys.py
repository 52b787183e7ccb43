"""Keys: made and ended from the command line, counting within seconds, stored as hashes only."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, text

from services.gateway.clinics import service as clinics
from services.gateway.clinics.schemas import CLINIC_SCOPES, CreatedKey
from shared.db.session import Database
from tests.integration.gateway.conftest import client_of

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def command(database_url: str) -> Command:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-W", "error", "-m", "services.gateway.clinics", *arguments],
            env={**os.environ, "DATABASE_URL": database_url},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    return run


def answer_of(done: subprocess.CompletedProcess[str]) -> Any:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def status_of(url: str, key: str) -> int:
    headers = {"Authorization": f"Bearer {key}"}
    return httpx.get(f"{url}/v1/cases", headers=headers, trust_env=False).status_code


def wait_for_status(url: str, key: str, status: int, seconds: float = 5) -> float:
    """Return after how many seconds the key gets this answer, which must happen within the limit."""
    started = time.monotonic()
    while status_of(url, key) != status:
        assert time.monotonic() - started < seconds
        time.sleep(0.1)
    return time.monotonic() - started


def test_a_clinic_from_the_command_line(base_url: str, command: Command, owner_engine: Engine) -> None:
    made = answer_of(command("create", "--name", "Practice", "--json"))
    assert made["clinic"] == "Practice"
    assert made["scopes"] == list(CLINIC_SCOPES)
    assert status_of(base_url, made["key"]) == 200
    with owner_engine.connect() as connection:
        stored = connection.execute(text("SELECT * FROM api_keys")).mappings().one()
    assert made["key"] not in str(dict(stored))
    assert made["key"].split("_")[2] not in str(dict(stored))
    assert stored["last_used_at"] is not None
    (line,) = answer_of(command("list", "--json"))
    assert (line["key_id"], line["clinic"]) == (made["key_id"], "Practice")
    assert "key" not in line


def test_words_for_people(command: Command) -> None:
    made = command("create", "--name", "Practice", "--scopes", "cases:read")
    assert made.stdout.count("ll_") == 1
    assert "not shown again" in made.stdout
    assert "active" in command("list").stdout
    assert "(operator)" in command("create-admin").stdout + command("list").stdout
    assert "COMMAND" in command("--help").stdout


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("revoke", "key_none"), 1),
        (("rotate", "key_none"), 1),
        (("create",), 2),
        (("create", "--name", "x", "--scopes", "admin"), 2),
        (("fly",), 2),
    ],
)
def test_commands_that_fail(command: Command, arguments: tuple[str, ...], status: int) -> None:
    done = command(*arguments)
    assert (done.returncode, done.stdout) == (status, "")
    assert done.stderr
    assert "Traceback" not in done.stderr


def test_a_revoked_key_stops_counting_within_five_seconds(base_url: str, command: Command, clinic: CreatedKey) -> None:
    assert status_of(base_url, clinic.key) == 200
    assert answer_of(command("revoke", clinic.key_id, "--json")) == {"revoked": True}
    wait_for_status(base_url, clinic.key, 401)
    assert command("rotate", clinic.key_id).returncode == 1


def test_a_rotated_key_hands_over(base_url: str, command: Command, clinic: CreatedKey) -> None:
    assert status_of(base_url, clinic.key) == 200
    successor = answer_of(command("rotate", clinic.key_id, "--json"))
    assert (successor["clinic_id"], successor["scopes"]) == (clinic.clinic_id, list(clinic.scopes))
    assert status_of(base_url, successor["key"]) == 200
    wait_for_status(base_url, clinic.key, 401)


def test_both_keys_count_during_the_overlap(base_url: str, gateway_database: Database, clinic: CreatedKey) -> None:
    successor = clinics.rotate(gateway_database, clinic.key_id, timedelta(seconds=2))
    assert successor.key != clinic.key
    assert status_of(base_url, clinic.key) == status_of(base_url, successor.key) == 200
    wait_for_status(base_url, clinic.key, 401)
    assert status_of(base_url, successor.key) == 200


def test_an_expired_key_does_not_count(base_url: str, gateway_database: Database) -> None:
    made = clinics.create_clinic(gateway_database, "x", CLINIC_SCOPES, timedelta(seconds=1))
    assert status_of(base_url, made.key) == 200
    wait_for_status(base_url, made.key, 401, seconds=3)


def test_a_key_that_nobody_gave_out(base_url: str, clinic: CreatedKey) -> None:
    altered = clinic.key[:-1] + ("0" if clinic.key[-1] != "0" else "1")
    for key in (altered, clinic.key.upper(), clinic.key + "0", "x" * 5000):
        assert status_of(base_url, key) == 401
    with client_of(base_url, clinic) as client:
        assert client.get("/v1/cases").status_code == 200
