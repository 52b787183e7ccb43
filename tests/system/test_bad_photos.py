"""What is not a photo that can be analysed is refused with a code, at the earliest point that can know it."""

from __future__ import annotations

import io
import socket
import struct
import zlib
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from PIL import Image, ImageFilter

from tests.system.pictures import file_of
from tests.system.stack import accepted, finished, post

if TYPE_CHECKING:
    import httpx

    from tests.system.stack import Stack


def png_of(width: int, height: int) -> bytes:
    """Return a PNG of a few bytes whose header announces this size."""
    chunks = b"\x89PNG\r\n\x1a\n"
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    for kind, content in ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(64))), (b"IEND", b"")):
        check = struct.pack(">I", zlib.crc32(kind + content))
        chunks += struct.pack(">I", len(content)) + kind + content + check
    return chunks


def gif() -> bytes:
    target = io.BytesIO()
    Image.new("P", (64, 64)).save(target, "GIF")
    return target.getvalue()


REFUSED = {
    "text": (b"this is a letter, not a photo, " * 40, 415, "unsupported_media"),
    "gif": (gif(), 415, "unsupported_media"),
    "nothing": (b"", 422, "empty_body"),
    "jpeg start, then noise": (b"\xff\xd8\xff\xe0" + bytes(range(256)) * 8, 422, "undecodable_image"),
    "png header cut off": (png_of(64, 64)[:20], 422, "undecodable_image"),
    "sixty megapixels": (png_of(10_000, 6_000), 422, "image_too_large"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_before_anything_is_stored(api: httpx.Client, name: str) -> None:
    content, status, code = REFUSED[name]
    newest = api.get("/v1/cases", params={"limit": 1}).json()["items"]
    answer = post(api, content)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert answer.json()["status"] == status
    assert api.get("/v1/cases", params={"limit": 1}).json()["items"] == newest


@pytest.mark.parametrize("announced", [True, False], ids=["announced", "streamed"])
def test_more_than_15_megabytes(api: httpx.Client, lesion: Image.Image, *, announced: bool) -> None:
    boundary = "part"
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="image"; filename="a.jpg"\r\n\r\n'.encode()
    body = head + file_of(lesion) + bytes(16 * 1024 * 1024) + f"\r\n--{boundary}--\r\n".encode()
    pieces = (body[start : start + 65536] for start in range(0, len(body), 65536))
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    answer = api.post("/v1/cases", content=body if announced else pieces, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_without_a_key_the_body_is_not_read(stack: Stack) -> None:
    place = urlsplit(stack.facts["base_url"])
    assert place.hostname
    request = (
        f"POST /v1/cases HTTP/1.1\r\nHost: {place.netloc}\r\nContent-Type: multipart/form-data; boundary=x\r\n"
        f"Content-Length: {20 * 1024 * 1024}\r\n\r\n"
    )
    with socket.create_connection((place.hostname, place.port or 80), timeout=10) as wire:
        wire.sendall(request.encode() + bytes(64 * 1024))
        answer = wire.recv(4096)  # comes although twenty megabytes are still owed
    assert answer.startswith(b"HTTP/1.1 401 ")


@pytest.mark.parametrize("key", ["", "wrong", "ll_live_" + "0" * 40])
def test_no_key_or_a_wrong_one(stack: Stack, lesion: Image.Image, key: str) -> None:
    with stack.client(key) as client:
        answers = [client.get("/v1/cases"), post(client, file_of(lesion))]
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(401, "unauthenticated")}


@pytest.mark.parametrize(
    "metadata",
    [{"age": 121}, {"client_ref": "has blanks"}, {"sex": "?"}, {"modality": "x-ray"}, {"shoe_size": 43}],
    ids=str,
)
def test_metadata_that_does_not_fit(api: httpx.Client, lesion: Image.Image, metadata: dict[str, object]) -> None:
    answer = post(api, file_of(lesion), None, metadata)
    assert (answer.status_code, answer.json()["code"]) == (422, "validation")


def test_a_truncated_photo_fails_alone(api: httpx.Client, lesion: Image.Image) -> None:
    whole = file_of(lesion)
    neighbours = [accepted(api, whole) for _ in range(2)]
    broken = accepted(api, whole[: len(whole) * 6 // 10])
    neighbours += [accepted(api, whole) for _ in range(2)]
    failed = finished(api, broken)
    assert (failed["state"], failed["error"]["code"]) == ("failed", "undecodable_image")
    assert failed["result"] is None
    assert [finished(api, case)["state"] for case in neighbours] == ["completed"] * 4


def test_a_blurred_photo_is_rejected_with_advice(api: httpx.Client, lesion: Image.Image) -> None:
    blurred, sharp = (accepted(api, file_of(each)) for each in (lesion.filter(ImageFilter.GaussianBlur(9)), lesion))
    rejected = finished(api, blurred)
    assert (rejected["state"], rejected["result"]) == ("rejected", None)
    [reason] = rejected["rejection"]["reasons"]
    assert reason["code"] == "too_blurred"
    assert "hold the phone still" in reason["message"]
    quality = rejected["rejection"]["quality"]
    assert not quality["accepted"]
    assert quality["sharpness"] < quality["limits"]["min_sharpness"]
    quality = finished(api, sharp)["result"]["quality"]
    assert quality["accepted"]
    assert quality["sharpness"] >= quality["limits"]["min_sharpness"]
