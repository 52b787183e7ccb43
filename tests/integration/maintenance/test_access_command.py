"""`make audit-verify` as an operator calls it: what it prints, and the status that a script goes by."""

import json
import os
import subprocess
import sys

from services.standalone.ports import free_port
from tests.integration.maintenance.access_rows import Log, log

__all__ = ["log"]


def verified(database_url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "services.maintenance.access_log", *arguments],
        env={**os.environ, "DATABASE_URL": database_url},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_a_sound_log_is_status_0_with_its_head_and_its_tail(log: Log, database_url: str) -> None:
    log.sealed(2, 3)
    log.write(1)
    done = verified(database_url)
    assert done.returncode == 0, done.stderr
    assert "5 rows in 2 seals" in done.stdout
    assert "unsealed  1 rows, the oldest for " in done.stdout
    assert f"head      {log.verify().head}\n" in done.stdout
    assert "no violations" in done.stdout


def test_an_empty_log_is_sound(database_url: str) -> None:
    done = verified(database_url)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_violation_is_status_1_and_named_in_text_and_json(log: Log, database_url: str) -> None:
    log.sealed(2, 3)
    log.tamper("DELETE FROM access_log WHERE id = 4")
    done = verified(database_url)
    assert done.returncode == 1
    assert "row_missing     seal 2        row 4" in done.stdout
    assert "1 violation:" in done.stdout
    told = json.loads(verified(database_url, "--json").stdout)
    assert told["violations"] == 1
    assert [(found["kind"], found["seq"], found["row_id"]) for found in told["findings"]] == [("row_missing", 2, 4)]


def test_a_head_from_the_log_is_looked_for(log: Log, database_url: str) -> None:
    log.sealed(2, 3)
    head = log.verify().head
    assert head
    assert verified(database_url, "--head", head).returncode == 0
    assert verified(database_url, "--head", f"2:{'0' * 64}").returncode == 1
    assert verified(database_url, "--head", f"3:{'0' * 64}").returncode == 1
    assert verified(database_url, "--head", "nonsense").returncode == 2


def test_a_log_that_cannot_be_read_is_status_2() -> None:
    done = verified(f"postgresql://u:p@127.0.0.1:{free_port()}/nothing")
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
