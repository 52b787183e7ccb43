"""The audit as an operator calls it: what it prints, and the status that a script goes by."""

import json
import os
import subprocess
import sys

import pytest
from sqlalchemy import Engine, text

from services.standalone.ports import free_port
from tests.integration.maintenance.conftest import Practice


def audit(database_url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "services.maintenance.audit", *arguments],
        env={**os.environ, "DATABASE_URL": database_url},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.fixture
def busy(practice: Practice) -> Practice:
    """A clinic with one case that has ended and two that are open."""
    practice.complete(practice.submit())
    practice.submit()
    practice.submit()
    return practice


def test_a_sound_record_is_status_0_with_a_line_for_each_clinic(busy: Practice, database_url: str) -> None:
    done = audit(database_url)
    assert done.returncode == 0, done.stderr
    lines = [line.split() for line in done.stdout.splitlines()]
    assert [busy.clinic, "clinic", "3", "2", "1"] in lines
    assert ["all", "3", "2", "1"] in lines
    assert "no violations" in done.stdout


def test_as_json(busy: Practice, database_url: str) -> None:
    done = audit(database_url, "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout) == {
        "balances": [{"clinic_id": busy.clinic, "clinic": "clinic", "accepted": 3, "open": 2, "terminal": 1}],
        "violations": [],
    }


def test_an_empty_record_is_sound(database_url: str) -> None:
    done = audit(database_url)
    assert (done.returncode, done.stderr) == (0, "")


def test_any_violation_is_status_1_and_is_named(busy: Practice, database_url: str, owner_engine: Engine) -> None:
    with owner_engine.begin() as connection:
        connection.execute(text("ALTER TABLE events DISABLE TRIGGER USER"))
        connection.execute(text("DELETE FROM events WHERE version = 2"))
    done = audit(database_url)
    assert done.returncode == 1
    assert "I5" in done.stdout
    assert "1 violation\n" in done.stdout
    (found,) = json.loads(audit(database_url, "--json").stdout)["violations"]
    assert busy.case(found["case_id"]).state == "completed"


def test_a_record_that_cannot_be_read_is_status_2() -> None:
    done = audit(f"postgresql://u:p@127.0.0.1:{free_port()}/nothing")
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert "Traceback" not in done.stderr
