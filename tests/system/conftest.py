"""One server for the whole session, started from outside; each test speaks HTTP to it."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

from tests.system.collector import KEY as COLLECTOR_KEY
from tests.system.collector import Collector, running_collector
from tests.system.pictures import draw_lesion
from tests.system.stack import Stack

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx
    from PIL import Image


# Where no Chromium can be had, and only by saying so: without it the tests of the page fail.
collect_ignore = (
    ["test_console.py", "test_page.py", "test_policies.py"] if os.environ.get("LESIONLENS_NO_BROWSER") else []
)


@contextmanager
def _open_folder() -> Iterator[Path]:
    """Give a folder that other accounts can enter, and remove it.

    pytest's own are closed; under root, Postgres (never root) would then keep its data under /var/lib, for good.
    """
    with TemporaryDirectory(prefix="lesionlens-system-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


@pytest.fixture
def data_dir() -> Iterator[Path]:
    with _open_folder() as folder:
        yield folder / "data"


@pytest.fixture(scope="session")
def collector() -> Iterator[Collector]:
    with running_collector() as collector:
        yield collector


@pytest.fixture(scope="session")
def stack(collector: Collector) -> Iterator[Stack]:
    told = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.address, "OTEL_EXPORTER_OTLP_HEADERS": f"x-key={COLLECTOR_KEY}"}
    with _open_folder() as folder:
        # Forms for direct uploads name this address, which nobody answers at; what they sign holds at the real one too.
        yield from _running(Stack(folder, S3_PUBLIC_ENDPOINT="http://uploads.example", **told))


def _running(server: Stack) -> Iterator[Stack]:
    try:
        server.wait_ready()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def drawings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("drawings")


@pytest.fixture(scope="session")
def lesion(drawings: Path) -> Image.Image:
    return draw_lesion(drawings)


@pytest.fixture
def api(stack: Stack) -> Iterator[httpx.Client]:
    with stack.client() as client:
        yield client
