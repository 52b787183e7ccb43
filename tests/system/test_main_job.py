"""A photo goes in, class, map and overlay come out."""

from __future__ import annotations

import ast
import io
import struct
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from PIL import Image, ImageEnhance

from tests.system import heic
from tests.system.pictures import file_of
from tests.system.stack import Case, accepted, analysed, finished, post

if TYPE_CHECKING:
    import httpx

    from tests.system.stack import Stack

CLASSES = ["akiec", "bcc", "bkl", "df", "mel", "nv", "vasc"]


@pytest.fixture(scope="module")
def completed(stack: Stack, lesion: Image.Image) -> Case:
    with stack.client() as client:
        return analysed(client, file_of(lesion), client_ref="first", body_site="back", age=51, sex="female")


def opened(answer: httpx.Response) -> Image.Image:
    assert answer.status_code == 200, answer.text
    return Image.open(io.BytesIO(answer.content))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIC"])
def test_a_photo_of_each_kind_is_analysed(api: httpx.Client, lesion: Image.Image, kind: str) -> None:
    content = heic.encode(lesion) if kind == "HEIC" else file_of(lesion, kind)
    case = analysed(api, content)
    assert (case["image"]["width"], case["image"]["height"]) == lesion.size
    stored = opened(api.get(case["links"]["image"]))
    assert stored.size == lesion.size
    assert stored.format == ("PNG" if kind == "PNG" else "JPEG")
    middle = (lesion.width // 2, lesion.height // 3)
    before, after = lesion.getpixel(middle), stored.convert("RGB").getpixel(middle)
    assert isinstance(before, tuple)
    assert isinstance(after, tuple)
    assert max(abs(one - other) for one, other in zip(before, after, strict=True)) < 30, "the picture is another one"


def test_the_answer_to_a_submission_says_where_and_when_to_ask(api: httpx.Client, lesion: Image.Image) -> None:
    answer = post(api, file_of(lesion), metadata={"client_ref": "visit:7"})
    case = answer.json()
    assert answer.status_code == 202
    assert answer.headers["Location"].endswith(f"/v1/cases/{case['id']}")
    assert int(answer.headers["Retry-After"]) >= 1
    assert answer.headers["ETag"] == f'W/"{case["version"]}"'
    assert case["client_ref"] == "visit:7"
    assert case["state"] == "accepted"
    assert case["result"] is None
    finished(api, case)


def test_the_result_is_complete(completed: Case) -> None:
    result = completed["result"]
    assert sorted(result["probabilities"]) == CLASSES
    assert abs(sum(result["probabilities"].values()) - 1) <= 1e-6
    assert result["label"] == max(result["probabilities"], key=result["probabilities"].__getitem__)
    assert result["decision"] in {"refer", "no_refer", "review"}
    assert 0 <= result["malignancy"] <= 1
    assert result["explanation"]["target_class"] in CLASSES
    assert result["model"]["status"] != "development", "a server that a user starts must not run the test model"
    assert len(result["model"]["weights_sha256"]) == 64
    assert result["notice"]


def test_the_case_keeps_what_the_clinic_said(completed: Case) -> None:
    assert completed["client_ref"] == "first"
    assert (completed["body_site"], completed["age"], completed["sex"]) == ("back", 51, "female")
    assert completed["progress"]["phase"] == "done"
    assert completed["rejection"] is None
    assert completed["error"] is None


def test_the_runs_of_a_case(api: httpx.Client, completed: Case) -> None:
    runs = api.get(completed["links"]["runs"]).json()
    items = runs["items"] if isinstance(runs, dict) else runs
    assert [run["state"] for run in items] == ["succeeded"]
    assert items[0]["id"] == completed["result"]["run_id"]
    assert api.get(f"/v1/runs/{items[0]['id']}").json()["id"] == items[0]["id"]


def test_the_heatmap_is_a_grey_16_bit_picture(api: httpx.Client, completed: Case) -> None:
    for label in CLASSES:
        answer = api.get(f"/v1/cases/{completed['id']}/heatmap", params={"class": label})
        assert opened(answer).mode == "I;16", label
        assert answer.headers["Content-Type"] == "image/png"
        assert float(answer.headers["X-Heatmap-Max"]) >= 0


def test_the_raw_map_has_a_plane_for_every_class(api: httpx.Client, completed: Case) -> None:
    answer = api.get(f"/v1/cases/{completed['id']}/heatmap", headers={"Accept": "application/x-npy"})
    assert answer.content[:8] == b"\x93NUMPY\x01\x00"
    (length,) = struct.unpack("<H", answer.content[8:10])
    header = ast.literal_eval(answer.content[10 : 10 + length].decode())
    planes, height, width = header["shape"]
    assert (header["descr"], header["fortran_order"], planes) == ("<f2", False, 7)
    assert len(answer.content) == 10 + length + 2 * planes * height * width


def test_the_layer_is_transparent_where_there_is_no_evidence(api: httpx.Client, completed: Case) -> None:
    layer = opened(api.get(f"/v1/cases/{completed['id']}/layer"))
    assert layer.has_transparency_data
    aspect = completed["image"]["width"] / completed["image"]["height"]
    assert abs(layer.width / layer.height - aspect) < 0.02 * aspect, "it must fit over the photo"
    opacity = layer.convert("RGBA").getchannel("A").tobytes()
    assert min(opacity) == 0
    if not completed["result"]["explanation"]["empty"]:
        assert max(opacity) > 100


def test_another_class_and_colours_make_another_layer(api: httpx.Client, completed: Case) -> None:
    url = f"/v1/cases/{completed['id']}/layer"
    pictures = {label: opened(api.get(url, params={"class": label})).tobytes() for label in CLASSES}
    assert len(set(pictures.values())) > 1
    assert api.get(url, params={"class": "wart"}).status_code == 422
    assert api.get(url, params={"colormap": "jet-black"}).status_code == 422


def test_the_overlay_is_a_jpeg_of_the_photo_under_the_map(api: httpx.Client, completed: Case) -> None:
    plain = opened(api.get(f"/v1/cases/{completed['id']}/overlay", params={"alpha": 0}))
    strong = opened(api.get(f"/v1/cases/{completed['id']}/overlay", params={"alpha": 1}))
    assert (plain.format, plain.mode) == ("JPEG", "RGB")
    assert plain.size == strong.size
    assert plain.width >= completed["image"]["width"] * 0.5
    assert plain.tobytes() != strong.tobytes()


def test_thirty_photos_at_once(stack: Stack, lesion: Image.Image) -> None:
    photos = [
        file_of(ImageEnhance.Brightness(lesion.rotate(step * 12)).enhance(0.9 + step / 150)) for step in range(30)
    ]

    def send(photo: bytes) -> Case:
        with stack.client() as client:
            return finished(client, accepted(client, photo, modality="dermoscopy"))

    with ThreadPoolExecutor(10) as pool:
        cases = list(pool.map(send, photos))
    assert {case["state"] for case in cases} == {"completed"}
    assert len({case["id"] for case in cases}) == 30
    assert len({case["image"]["sha256"] for case in cases}) == 30
