"""A whole server started as a user starts it, in a folder and on a port of its own, and the way to talk to it.

Knows the project from outside only: its command line, its `standalone.json` and its HTTP answers.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import boto3
import httpx
from botocore.config import Config

if TYPE_CHECKING:
    from collections.abc import Callable

    from types_boto3_s3 import S3Client

ROOT: Final = Path(__file__).resolve().parents[2]
FINAL_STATES: Final = frozenset({"completed", "rejected", "failed", "canceled", "expired"})
READY_LIMIT_S: Final = 90.0
CASE_LIMIT_S: Final = 60.0

Case: TypeAlias = dict[str, Any]


def eventually(probe: Callable[[], Any], limit_s: float, what: str, every_s: float = 0.1) -> Any:
    """Return the first true value of `probe`; fail with `what` when the time is over."""
    give_up = time.monotonic() + limit_s
    while True:
        value = probe()
        if value:
            return value
        if time.monotonic() > give_up:
            raise AssertionError(f"not within {limit_s:g} s: {what}")
        time.sleep(every_s)


class Stack:
    """A `python -m services.standalone` of this session's own."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.log = folder / "output.log"
        self.data_dir = folder / "data"
        self._output = self.log.open("wb")
        # A short lease, so that the photos of a worker that was killed are taken back within the test's patience.
        settings = {"DATA_DIR": str(self.data_dir), "PORT": str(free_port()), "LEASE_S": "6"} | settings
        self.process = subprocess.Popen(
            [sys.executable, "-m", "services.standalone"],
            cwd=ROOT,
            env=clean_environment() | settings,
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def wait_ready(self) -> None:
        """Return when the gateway answers that it is ready; fail with the end of the output if it does not."""
        eventually(self._is_ready, READY_LIMIT_S, "the server is ready")

    def _is_ready(self) -> bool:
        assert self.process.poll() is None, f"the server ended:\n{self.log.read_text(errors='replace')[-4000:]}"
        try:
            return httpx.get(f"{self.facts['base_url']}/readyz").is_success
        except (OSError, ValueError, httpx.TransportError):
            return False

    @property
    def facts(self) -> dict[str, Any]:
        """What the server wrote about itself, read anew: process ids change when a service is restarted."""
        known: dict[str, Any] = json.loads((self.data_dir / "standalone.json").read_text())
        return known

    def client(self, key: str | None = None) -> httpx.Client:
        """Return a client with the clinic's key, with another key, or with none for an empty one."""
        facts = self.facts
        token = facts["clinic_key"] if key is None else key
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.Client(base_url=facts["base_url"], headers=headers, timeout=30)

    def s3(self) -> S3Client:
        where = self.facts["s3"]
        return boto3.client(
            "s3",
            endpoint_url=where["endpoint"],
            aws_access_key_id=where["access_key"],
            aws_secret_access_key=where["secret_key"],
            region_name="us-east-1",
            config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
        )

    def objects(self, prefix: str) -> dict[str, bytes]:
        """Return every stored object under a prefix, by key."""
        store, bucket = self.s3(), self.facts["s3"]["bucket"]
        listed = store.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
        return {entry["Key"]: store.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read() for entry in listed}

    def kill(self, service: str) -> int:
        """Kill one process of the server, as a crash would, and return the process id it had."""
        pid = int(self.facts["pids"][service])
        os.kill(pid, signal.SIGKILL)
        return pid

    def stop(self) -> int:
        """Stop as Ctrl-C does and return the exit status."""
        self.process.send_signal(signal.SIGINT)
        try:
            return self.process.wait(40)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        finally:
            self._output.close()


def clean_environment() -> dict[str, str]:
    """Return the environment without anything that would point the server at somebody else's services."""
    ours = {"DATABASE_URL", "REDIS_URL", "DATA_DIR", "PORT", "DEVICE", "BACKEND"}
    return {name: value for name, value in os.environ.items() if name not in ours and not name.startswith("S3_")}


def free_port() -> int:
    """Return a port on which nothing listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def post(
    api: httpx.Client, photo: bytes, key: str | None = None, metadata: dict[str, Any] | None = None
) -> httpx.Response:
    """Send a photo to `POST /v1/cases`, with metadata if any is named."""
    files = {"image": ("photo", photo, "application/octet-stream")}
    if metadata:
        files["metadata"] = ("metadata.json", json.dumps(metadata).encode(), "application/json")
    return api.post("/v1/cases", files=files, headers={"Idempotency-Key": key or str(uuid.uuid4())})


def accepted(api: httpx.Client, photo: bytes, **metadata: Any) -> Case:
    """Submit a photo that must be accepted and return the case."""
    answer = post(api, photo, metadata=metadata)
    assert answer.status_code == 202, answer.text
    case: Case = answer.json()
    return case


def finished(api: httpx.Client, case: Case, limit_s: float = CASE_LIMIT_S) -> Case:
    """Poll the case until it is in a final state and return it."""

    def probe() -> Case | None:
        answer = api.get(f"/v1/cases/{case['id']}")
        assert answer.status_code == 200, answer.text
        body: Case = answer.json()
        return body if body["state"] in FINAL_STATES else None

    found: Case = eventually(probe, limit_s, f"{case['id']} is finished")
    return found


def analysed(api: httpx.Client, photo: bytes, **metadata: Any) -> Case:
    """Submit a photo and return the completed case."""
    case = finished(api, accepted(api, photo, **({"modality": "dermoscopy"} | metadata)))
    assert case["state"] == "completed", case
    return case
