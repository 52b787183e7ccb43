"""The receiver of the samples as a process of its own, and a sender that signs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

import httpx

from tests.contract.webhooks.vectors import NEW, headers_of, sign

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT: Final = Path(__file__).resolve().parents[3]
START_LIMIT_S: Final = 20.0
STOP_LIMIT_S: Final = 10.0


class ReceiverProcess:
    """`python -m samples.receive_webhook` (or another module) in `folder`; ends with the block that it is used in.

    `background`: as a shell's script starts it with `&`, which lets it ignore SIGINT.
    """

    def __init__(
        self,
        folder: Path,
        *,
        secrets: Sequence[str] = (NEW,),
        port: int = 0,
        module: str = "samples.receive_webhook",
        arguments: Sequence[str] = (),
        background: bool = False,
    ) -> None:
        before = ("/bin/sh", "-c", 'trap "" INT; exec "$@"', "sh") if background else ()
        self.output = folder / "output.txt"
        written = self.output.stat().st_size if self.output.exists() else 0
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "WEBHOOK_SECRET": " ".join(secrets)}
        with self.output.open("ab") as output:
            self.process = subprocess.Popen(
                [*before, sys.executable, "-m", module, "--port", str(port), *arguments],
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self.url = self._listening(written)

    def _listening(self, written: int) -> str:
        give_up = time.monotonic() + START_LIMIT_S
        while time.monotonic() < give_up and self.process.poll() is None:
            said = self.output.read_bytes()[written:].decode()
            if said.startswith("listening on ") and "\n" in said:
                return said.split()[2].rstrip(";")
            time.sleep(0.02)
        self.kill()
        raise AssertionError(f"the receiver did not start: {self.output.read_text()}")

    @property
    def lines(self) -> list[str]:
        """What it and those before it in this folder have said."""
        return self.output.read_text().splitlines()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(STOP_LIMIT_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()


def event(case_id: str, version: int, *, kind: str = "case.completed", **data: Any) -> bytes:
    return json.dumps(
        {"type": kind, "data": {"case_id": case_id, "version": version, "state": "completed"} | data}
    ).encode()


def headers(message_id: str, body: bytes, *, secrets: Sequence[str] = (NEW,)) -> dict[str, str]:
    now = int(time.time())
    return headers_of(now, *(sign(secret, message_id, now, body) for secret in secrets), message_id=message_id)


def send(url: str, message_id: str, body: bytes, *, secrets: Sequence[str] = (NEW,)) -> tuple[int, str]:
    """Return status and text of the answer. Raises httpx.TransportError if there was none."""
    answer = httpx.post(url, content=body, headers=headers(message_id, body, secrets=secrets), timeout=10)
    return answer.status_code, answer.text.strip()
