"""The gateway as a process of its own: started by its command, told to stop by a signal, read by its log lines."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import httpx
import pytest

from services.gateway.clinics.schemas import CreatedKey
from services.gateway.settings import GatewaySettings
from services.standalone.ports import free_port
from tests.integration.gateway.conftest import client_of
from tests.integration.gateway.photos import jpeg, submit

METADATA = {"client_ref": "Ref.Client.77", "subject_ref": "Ref.Subject.77", "lesion_ref": "Ref.Lesion.77"}


class Gateway:
    def __init__(self, settings: GatewaySettings) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        environment = {
            **os.environ,
            "PORT": str(self.port),
            "DATABASE_URL": settings.database_url.get_secret_value(),
            "REDIS_URL": settings.redis_url.get_secret_value(),
            "S3_ENDPOINT": settings.s3_endpoint,
            "S3_BUCKET": settings.s3_bucket,
            "S3_ACCESS_KEY": settings.s3_access_key.get_secret_value(),
            "S3_SECRET_KEY": settings.s3_secret_key.get_secret_value(),
            "SECRETS_KEYS": settings.secrets_keys.get_secret_value(),
            "ADDRESS_KEY": settings.address_key.get_secret_value(),
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "services.gateway.main"], env=environment, stdout=subprocess.PIPE, text=True
        )
        deadline = time.monotonic() + 30
        while not self.ready():
            assert time.monotonic() < deadline
            assert self.process.poll() is None
            time.sleep(0.05)

    def ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/readyz", trust_env=False, timeout=10).status_code == 200
        except httpx.TransportError:
            return False

    def stop(self) -> list[dict[str, object]]:
        """Ask the process to stop; return its log lines, each of which must be a JSON object."""
        self.process.send_signal(signal.SIGTERM)
        output, _ = self.process.communicate(timeout=30)
        return [json.loads(line) for line in output.splitlines()]


@pytest.fixture
def process(gateway_settings: GatewaySettings, store: object, model_id: str) -> Iterator[Gateway]:
    assert store is not None
    assert model_id
    gateway = Gateway(gateway_settings)
    yield gateway
    gateway.process.kill()
    gateway.process.communicate()


def test_the_log_says_what_happened_and_nothing_personal(process: Gateway, clinic: CreatedKey) -> None:
    with client_of(process.url, clinic) as client:
        case = submit(client, jpeg(1), METADATA, key="Key.77").json()
        client.get(case["links"]["self"], params={"subject_ref": "Jane.Doe"})
        client.get("/nowhere/Jane.Doe")
        client.get("/v1/cases", params={"cursor": "Jane.Doe"})
        submit(client, jpeg(1), {**METADATA, "patient_name": "Jane.Doe"})
    lines = process.stop()
    assert process.process.returncode == 0
    text = json.dumps(lines)
    for secret in ("Ref.", "Jane", "IMG_", "Key.77", clinic.key, "patient_name"):
        assert secret not in text
    requests = [line for line in lines if line["event"] == "request"]
    assert [(line["method"], line["route"], line["status"]) for line in requests] == [
        ("POST", "/v1/cases", 202),
        ("GET", "/v1/cases/{case_id}", 200),
        ("GET", "unmatched", 404),
        ("GET", "/v1/cases", 422),
        ("POST", "/v1/cases", 422),
    ]
    for line in requests:
        assert line["service"] == "gateway"
        assert line["level"] == "info"
        assert str(line["request_id"]).startswith("req_")
        assert isinstance(line["ms"], float)
        assert case["id"] not in json.dumps(line)


def test_an_upload_on_its_way_is_finished_before_the_process_ends(process: Gateway, clinic: CreatedKey) -> None:
    photo = jpeg(1)
    body = b'--b\r\nContent-Disposition: form-data; name="image"\r\n\r\n' + photo + b"\r\n--b--\r\n"
    head = (
        f"POST /v1/cases HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {clinic.key}\r\n"
        f"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", process.port), timeout=20) as peer:
        peer.sendall(head.encode() + body[:100])
        wait_until_key_was_checked(process.url, clinic)
        process.process.send_signal(signal.SIGTERM)
        while connects(process.port):
            time.sleep(0.05)
        peer.sendall(body[100:])
        assert peer.recv(4096).startswith(b"HTTP/1.1 202")
    process.process.communicate(timeout=20)
    assert process.process.returncode == 0


def wait_until_key_was_checked(url: str, clinic: CreatedKey) -> None:
    with client_of(url, clinic) as client:
        assert client.get("/v1/cases").status_code == 200


def connects(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_the_documentation_needs_no_other_server(process: Gateway) -> None:
    page = httpx.get(f"{process.url}/docs", trust_env=False)
    assert page.status_code == 200
    sources = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(sources) >= 3
    for source in sources:
        assert source.startswith("/"), source
        asset = httpx.get(f"{process.url}{source}", trust_env=False)
        assert asset.status_code == 200
        assert len(asset.content) > 100
    assert not re.search(r"https?://", page.text.replace("http://www.w3.org", ""))
    assert "unsafe" not in page.headers["content-security-policy"]
    assert not re.search(r"<style|<script>| style=| on[a-z]+=", page.text), (
        "the page's policy would keep it from running"
    )
    document = httpx.get(f"{process.url}/openapi.json", trust_env=False).json()
    assert document["info"]["title"] == "Lesionlens"
