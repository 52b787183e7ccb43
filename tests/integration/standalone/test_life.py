"""The stack's life on one machine: start, keep alive, stop, start again; a killed supervisor leaves nothing behind."""

import os
import signal
import socket
import stat
from collections.abc import Callable
from pathlib import Path

import boto3
import psycopg2
import redis
from botocore.config import Config

from services.standalone.processes import alive
from tests.integration.standalone.conftest import StandInStack, until

Start = Callable[..., StandInStack]
ORDER = ["web", "worker", "s3", "valkey", "postgres"]


def _store(stack: StandInStack, put: bytes | None = None) -> bytes:
    address = stack.state["s3"]
    client = boto3.client(
        "s3",
        endpoint_url=address["endpoint"],
        aws_access_key_id=address["access_key"],
        aws_secret_access_key=address["secret_key"],
        region_name="us-east-1",
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
    )
    if put is not None:
        client.put_object(Bucket=address["bucket"], Key="kept", Body=put)
    body = client.get_object(Bucket=address["bucket"], Key="kept")["Body"].read()
    client.close()
    return body


def _query(stack: StandInStack, *statements: str) -> object:
    connection = psycopg2.connect(stack.state["database_url"])
    try:
        with connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return cursor.fetchone()
    finally:
        connection.close()


def test_data_survives_and_the_end_is_orderly(start: Start) -> None:
    first = start().ready()
    _query(first, "CREATE TABLE kept (word text)", "INSERT INTO kept VALUES ('photo')", "SELECT 1")
    _store(first, put=b"pixels")
    with redis.Redis.from_url(first.state["redis_url"]) as broker:
        broker.set("kept", "bell")
    everyone = first.everyone()
    first.send(signal.SIGINT)
    assert first.ends() == 0, first.said
    stops = [line.split()[2] for line in first.said.splitlines() if " stopped (" in line]
    assert stops == ORDER
    assert not any(alive(pid) for pid in everyone)
    assert first.state["pids"] == {}

    second = start().ready()
    assert _query(second, "SELECT word FROM kept") == ("photo",)
    assert _store(second) == b"pixels"
    with redis.Redis.from_url(second.state["redis_url"], decode_responses=True) as broker:
        assert broker.get("kept") == "bell"
    second.send(signal.SIGTERM)
    assert second.ends() == 0


def test_the_state_file_is_private_and_names_living_processes(start: Start) -> None:
    stack = start().ready()
    assert stat.S_IMODE((stack.folder / "standalone.json").stat().st_mode) == 0o600
    pids = stack.state["pids"]
    assert set(pids) == {"supervisor", "postgres", "valkey", "s3", "worker", "web"}
    assert all(alive(pid) for pid in pids.values())


def test_no_secret_in_a_command_line_or_in_the_output(start: Start) -> None:
    stack = start().ready()
    state = stack.state
    passwords = [state[name].split("@")[0].rpartition(":")[2] for name in ("redis_url", "database_url")]
    secrets = [state["s3"]["secret_key"], *passwords]
    said = stack.said + "".join(
        Path(f"/proc/{pid}/cmdline").read_text() for pid in stack.everyone() if Path(f"/proc/{pid}/cmdline").exists()
    )
    assert not [secret for secret in secrets if secret in said]


def test_a_second_start_says_where_the_first_one_is(start: Start) -> None:
    first = start().ready()
    second = start()
    assert second.ends() == 0
    assert f"already running at http://127.0.0.1:{first.port}" in second.said
    assert first.process.poll() is None


def test_a_service_that_dies_is_started_again_and_said_so(start: Start) -> None:
    stack = start().ready()
    for name in ("worker", "postgres"):
        old = stack.state["pids"][name]
        os.kill(old, signal.SIGKILL)
        stack.says(f"{name} was killed by signal 9; it is started again in 0.5 s")
        stack.says(f"{name} is ready again")
        assert stack.state["pids"][name] not in (old, None)
    assert _query(stack, "SELECT 1") == (1,)


def test_nothing_outlives_a_killed_supervisor(start: Start) -> None:
    stack = start().ready()
    everyone = stack.everyone()
    assert len(everyone) > 12  # postgres brings six, the worker five
    stack.send(signal.SIGKILL)
    until(lambda: not any(alive(pid) for pid in everyone), "orphans", within_s=15)
    assert start().ready().process.poll() is None


def test_a_start_right_after_a_kill_waits_for_the_remains(start: Start) -> None:
    first = start().ready()
    first.send(signal.SIGKILL)
    first.process.wait()
    assert start().ready().process.poll() is None


def test_a_killed_warden_is_replaced(start: Start) -> None:
    stack = start().ready()
    named = set(stack.state["pids"].values())
    command_lines = {pid: Path(f"/proc/{pid}/cmdline").read_bytes() for pid in stack.everyone() - named}
    wardens = [pid for pid, line in command_lines.items() if b"services.standalone.warden" in line]
    assert len(wardens) == 1
    os.kill(wardens[0], signal.SIGKILL)
    stack.says("it is started again")
    everyone = stack.everyone()
    stack.send(signal.SIGKILL)
    until(lambda: not any(alive(pid) for pid in everyone), "orphans", within_s=15)


def test_a_service_that_cannot_start_ends_everything(start: Start) -> None:
    stack = start(BROKEN="1")
    assert stack.ends() == 1
    assert "could not start: worker ended with status 3" in stack.said
    assert "no weights" in stack.said
    assert stack.state["pids"] == {}


def test_pressing_ctrl_c_twice_does_not_wait(start: Start) -> None:
    stack = start(STUBBORN="1").ready()
    everyone = stack.everyone()
    stack.send(signal.SIGINT)
    stack.says("web stopped")
    stack.send(signal.SIGINT)
    assert stack.ends(within_s=10) == 0
    assert "worker did not stop and was killed" in stack.said
    assert not any(alive(pid) for pid in everyone)


def test_a_taken_port_is_said_before_anything_starts(start: Start, scratch: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        stack = start(PORT=str(port))
        assert stack.ends() == 1
    assert f"port {port} is taken by another program; try PORT=" in stack.said
    assert not (scratch / "data" / "postgres").exists()
