"""The embedded S3 server: the `ministack` emulator, S3 alone, loopback alone, in a virtual environment of its own.

It pins a botocore that clashes with ours, and by default would serve some forty AWS services on every interface: always
started with BIND_HOST and SERVICES. It does not check signatures, so its secret key protects nothing; fit for
evaluation and tests only. Bucket configuration is lost when it is killed: whoever needs some applies it at every start.
"""

import http.client
import os
from dataclasses import dataclass, field
from pathlib import Path

from services.standalone.child import Command
from services.standalone.ports import LOOPBACK
from services.standalone.secret_files import kept_secret

TOOLS_PYTHON = Path(__file__).resolve().parents[2] / ".venv-s3" / "bin" / "python"
_HTTP_OK = 200


@dataclass(frozen=True)
class StoreAddress:
    """What a client needs of an S3 server. `endpoint` is a URL without a path."""

    endpoint: str
    bucket: str
    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)


class ObjectStore:
    """One server in `folder`: two key files, `folder/objects`, `folder/state`, `folder/tmp`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._folder.mkdir(parents=True, exist_ok=True)
        self._folder.chmod(0o700)  # the photos of others are in it
        for name in ("objects", "state", "tmp"):
            (self._folder / name).mkdir(parents=True, exist_ok=True)
        self._access_key = kept_secret(self._folder / "access_key")
        self._secret_key = kept_secret(self._folder / "secret_key")

    def address(self, port: int, bucket: str = "lesionlens") -> StoreAddress:
        return StoreAddress(f"http://{LOOPBACK}:{port}", bucket, self._access_key, self._secret_key)

    def command(self, port: int) -> Command:
        if not TOOLS_PYTHON.exists():
            raise FileNotFoundError(f"{TOOLS_PYTHON} is missing; run `make run` or `make test`")
        return Command(
            name="s3",
            argv=(str(TOOLS_PYTHON), "-m", "ministack"),
            env={
                "BIND_HOST": LOOPBACK,
                "GATEWAY_PORT": str(port),
                "AUTH": "true",
                "SERVICES": "s3",
                "S3_PERSIST": "1",
                "S3_DATA_DIR": str(self._folder / "objects"),
                "PERSIST_STATE": "1",
                "STATE_DIR": str(self._folder / "state"),
                "TMPDIR": str(self._folder / "tmp"),
                "AWS_ACCESS_KEY_ID": self._access_key,
                "AWS_SECRET_ACCESS_KEY": self._secret_key,
                "LOG_LEVEL": "WARNING",
                "PATH": os.defpath,
                "HOME": str(self._folder / "tmp"),
                "PYTHONUNBUFFERED": "1",
            },
            cwd=self._folder,
        )

    def ready(self, port: int) -> bool:
        connection = http.client.HTTPConnection(LOOPBACK, port, timeout=1)
        try:
            connection.request("GET", "/_ministack/health")
            return connection.getresponse().status == _HTTP_OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
