"""Pictures: stored ones as they are, drawn ones from what a worker stored, and nothing before there is a result."""

import hashlib
import io
import struct
import threading
import time
from collections.abc import Iterator

import httpx
import pytest
from PIL import Image

from services.gateway.clinics.schemas import CreatedKey
from services.gateway.settings import GatewaySettings
from shared.db.session import Database
from shared.imaging.map_file import read_maps
from shared.settings import StorageSettings
from shared.storage.s3 import S3Store
from tests.integration.gateway.conftest import client_of, serving
from tests.integration.gateway.photos import jpeg, submit
from tests.integration.gateway.worked_cases import finish, reject

NAMES = ("image", "heatmap", "layer", "overlay")


@pytest.fixture
def case(client: httpx.Client, worker_database: Database, store: S3Store) -> str:
    link: str = submit(client, jpeg(1)).json()["links"]["self"]
    finish(worker_database, store)
    return link


def picture(answer: httpx.Response) -> Image.Image:
    assert answer.status_code == 200, answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "private, no-cache"
    assert answer.headers["etag"].startswith('"')
    return Image.open(io.BytesIO(answer.content))


def test_nothing_before_there_is_a_result(client: httpx.Client, worker_database: Database) -> None:
    link = submit(client, jpeg(1)).headers["location"]
    for _ in range(2):
        for name in NAMES:
            answer = client.get(f"{link}/{name}")
            assert (answer.status_code, answer.json()["code"]) == (404, "artifact_not_ready")
        if client.get(link).json()["state"] == "accepted":
            reject(worker_database)


def test_stored_pictures_are_sent_as_they_are(client: httpx.Client, case: str) -> None:
    overlay = client.get(f"{case}/overlay")
    assert overlay.content == b"\xff\xd8 the stored overlay"
    assert overlay.headers["content-type"] == "image/jpeg"
    assert overlay.headers["content-length"] == str(len(overlay.content))
    assert overlay.headers["etag"] == f'"{hashlib.sha256(overlay.content).hexdigest()}"'
    image = client.get(f"{case}/image")
    assert picture(image).size == (320, 240)
    assert hashlib.sha256(image.content).hexdigest() == client.get(case).json()["image"]["sha256"]
    layer = picture(client.get(f"{case}/layer", params={"class": "mel", "colormap": "ember"}))
    assert (layer.has_transparency_data, layer.width > layer.height) == (True, True)


def test_the_heatmap_is_data(client: httpx.Client, case: str) -> None:
    stored = client.get(f"{case}/heatmap", headers={"Accept": "application/x-npy"})
    assert stored.headers["content-type"] == "application/x-npy"
    assert stored.headers["vary"] == "Authorization, Accept"
    evidence = read_maps(stored.content)[5]
    answer = client.get(f"{case}/heatmap", params={"class": "nv"})
    grey = picture(answer)
    assert grey.size == (4, 4)
    maximum = float(answer.headers["x-heatmap-max"])
    assert maximum == evidence.peak > 0
    for level, value in zip(struct.unpack("<16H", grey.tobytes()), evidence.values, strict=True):
        assert level / 65535 * maximum == pytest.approx(max(0.0, value), abs=maximum / 65535)


def test_other_classes_are_drawn(client: httpx.Client, case: str) -> None:
    layers = {
        client.get(f"{case}/layer", params={"class": name, "colormap": colors}).content
        for name in ("mel", "nv")
        for colors in ("ember", "tide", "gray")
    }
    assert len(layers) == 6
    overlay = picture(client.get(f"{case}/overlay", params={"class": "vasc", "alpha": 0.5}))
    assert overlay.format == "JPEG"
    assert overlay.height > overlay.width * 240 / 320


def test_a_contrast_is_the_difference_of_two_maps(client: httpx.Client, case: str) -> None:
    maps = read_maps(client.get(f"{case}/heatmap", headers={"Accept": "application/x-npy"}).content)
    answer = client.get(f"{case}/heatmap", params={"class": "mel", "against": "nv"})
    expected = [one - other for one, other in zip(maps[4].values, maps[5].values, strict=True)]
    maximum = float(answer.headers["x-heatmap-max"])
    assert maximum == pytest.approx(max(expected))
    for level, value in zip(struct.unpack("<16H", picture(answer).tobytes()), expected, strict=True):
        assert level / 65535 * maximum == pytest.approx(max(0.0, value), abs=maximum / 65535)
    drawn = {
        client.get(f"{case}/{name}", params={"class": "mel"} | other).content
        for name in ("layer", "overlay")
        for other in ({}, {"against": "nv"}, {"against": "bcc"})
    }
    assert len(drawn) == 6


@pytest.mark.parametrize(
    "path",
    [
        "image",
        "overlay",
        "layer?class=nv",
        "overlay?alpha=0.3",
        "heatmap",
        "heatmap?class=df",
        "layer?class=df&against=nv",
    ],
)
def test_pictures_that_are_known_are_not_sent_again(client: httpx.Client, case: str, path: str) -> None:
    tag = client.get(f"{case}/{path}").headers["etag"]
    again = client.get(f"{case}/{path}", headers={"If-None-Match": tag})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)


@pytest.mark.parametrize(
    "path",
    [
        "layer?class=wart",
        "layer?colormap=jet",
        "overlay?alpha=1.1",
        "overlay?alpha=nan",
        "overlay?alpha=-0.1",
        "heatmap?class=nv&against=nv",
    ],
)
def test_what_cannot_be_asked(client: httpx.Client, case: str, path: str) -> None:
    answer = client.get(f"{case}/{path}")
    assert (answer.status_code, answer.json()["code"]) == (422, "validation")


class SlowStore(S3Store):
    """The S3 store, with a gate in front of every whole read."""

    def __init__(self, settings: StorageSettings) -> None:
        super().__init__(settings)
        self.gate = threading.Event()
        self.waiting = threading.Semaphore(0)

    def get(self, key: str) -> bytes:
        self.waiting.release()
        self.gate.wait(20)
        return super().get(key)


@pytest.fixture
def slow_store(storage_settings: StorageSettings) -> Iterator[SlowStore]:
    store = SlowStore(storage_settings)
    yield store
    store.gate.set()


def test_only_so_many_are_drawn_at_once(
    gateway_settings: GatewaySettings,
    slow_store: SlowStore,
    case: str,
    clinic: CreatedKey,
) -> None:
    narrow = gateway_settings.model_copy(update={"render_places": 1})
    with serving(narrow, store=slow_store) as url, client_of(url, clinic) as client:
        statuses: list[int] = []
        first = threading.Thread(
            target=lambda: statuses.append(httpx.get(f"{url}{case}/heatmap", headers=client.headers).status_code)
        )
        first.start()
        assert slow_store.waiting.acquire(timeout=10)
        started = time.monotonic()
        busy = client.get(f"{case}/layer", params={"class": "df"})
        assert (busy.status_code, busy.json()["code"]) == (503, "busy")
        assert time.monotonic() - started < 3
        assert client.get(f"{case}/overlay").status_code == 200
        slow_store.gate.set()
        first.join(10)
        assert statuses == [200]
