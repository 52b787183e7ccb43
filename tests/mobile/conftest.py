"""A whole server with the built phone app, and phones (tabs of a real browser) to use it with."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final, Protocol

import pytest
from PIL import Image

from tests.mobile.phone import Phone
from tests.mobile.store_front import StoreFront, store_front
from tests.system.browser import chromium
from tests.system.pictures import draw_lesion, file_of
from tests.system.stack import ROOT, Stack

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx
    from playwright.sync_api import Browser

SAMPLE: Final = ROOT / "samples" / "lesion.jpg"
FRAMES: Final = 30


class NewPhone(Protocol):
    """Makes a phone; arguments are those of a browser's context."""

    def __call__(self, **look: Any) -> Phone: ...


@pytest.fixture(scope="session")
def store() -> Iterator[StoreFront]:
    with store_front() as front:
        yield front


@pytest.fixture(scope="session")
def stack(store: StoreFront) -> Iterator[Stack]:
    """A server that offers direct uploads."""
    assert (ROOT / "services" / "mobile" / "dist" / "index.html").exists(), "not built: make mobile"
    with TemporaryDirectory(prefix="lesionlens-mobile-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        server = Stack(folder, S3_PUBLIC_ENDPOINT=store.endpoint)
        try:
            server.wait_ready()
            store.behind = server.facts["s3"]["endpoint"]
            yield server
        finally:
            server.stop()


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser whose camera shows the sample picture: a file of one JPEG, frame after frame."""
    film = tmp_path_factory.mktemp("film") / "lesion.mjpeg"
    film.write_bytes(SAMPLE.read_bytes() * FRAMES)
    camera = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
    with chromium(*camera, f"--use-file-for-fake-video-capture={film}") as found:
        yield found


@pytest.fixture(scope="session")
def clinic(stack: Stack) -> Iterator[httpx.Client]:
    """The clinic's own way to its server, with its key."""
    with stack.client() as api:
        yield api


@pytest.fixture
def new_phone(browser: Browser, stack: Stack, clinic: httpx.Client) -> Iterator[NewPhone]:
    made: list[Phone] = []

    def make(**look: Any) -> Phone:
        usual: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "locale": "en-GB"}
        context = browser.new_context(**{**usual, "has_touch": True, "permissions": ["camera"], **look})
        phone = Phone(context.new_page(), stack.facts["base_url"], clinic)
        made.append(phone)
        return phone

    yield make
    for phone in made:
        phone.page.context.close()


@pytest.fixture
def phone(new_phone: NewPhone) -> Phone:
    return new_phone()


@pytest.fixture(scope="session")
def drawings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("drawings")


@pytest.fixture
def mole(drawings: Path) -> Path:
    """A drawn spot, another for each test: the same photo under another key is another case anyway."""
    path = drawings / "mole.jpg"
    path.write_bytes(file_of(draw_lesion(drawings)))
    return path


@pytest.fixture
def dark_photo(tmp_path: Path) -> Path:
    path = tmp_path / "dark.jpg"
    Image.effect_noise((640, 480), 6).point(lambda grey: max(0, grey - 122)).convert("RGB").save(path)
    return path


@pytest.fixture(scope="session")
def album(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where screenshots go: the folder that SCREENSHOTS names, else one that is thrown away."""
    named = os.environ.get("SCREENSHOTS")
    folder = Path(named) if named else tmp_path_factory.mktemp("screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder
