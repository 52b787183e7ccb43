"""The picture is kept the right way up and without what the camera wrote beside it."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from tests.system.pictures import CORNERS, SECRET, corners_of, turned, with_corners, with_metadata
from tests.system.stack import accepted, analysed, eventually, finished

if TYPE_CHECKING:
    import httpx

    from tests.system.stack import Stack

TRACES = (SECRET.encode(), b"Exif", b"eXIf", b"EXIF", b"xmp", b"XMP", b"adobe", b"2026:01:02", b"GPS")


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_picture_is_stored_upright(api: httpx.Client, lesion: Image.Image, orientation: int) -> None:
    upright = with_corners(lesion)
    case = finished(api, accepted(api, turned(upright, orientation)))
    stored = Image.open(io.BytesIO(api.get(case["links"]["image"]).content))
    assert stored.size == upright.size
    for name, colour in corners_of(stored).items():
        assert max(abs(one - other) for one, other in zip(colour, CORNERS[name], strict=True)) < 40, name


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_nothing_but_the_pixels_is_kept(stack: Stack, api: httpx.Client, lesion: Image.Image, kind: str) -> None:
    case = analysed(api, with_metadata(lesion, kind))
    shown = api.get(case["links"]["image"]).content
    assert [trace for trace in TRACES if trace in shown] == []
    assert not Image.open(io.BytesIO(shown)).getexif()
    kept = stack.objects(f"cases/{case['id']}/")
    assert kept
    assert [key for key, content in kept.items() if SECRET.encode() in content] == []


def test_the_incoming_photo_is_gone_when_the_case_is_done(stack: Stack, api: httpx.Client, lesion: Image.Image) -> None:
    case = analysed(api, with_metadata(lesion, "JPEG"))
    eventually(lambda: not stack.objects(f"incoming/{case['id']}"), 10, "the incoming object is deleted")


def test_the_log_names_no_secret_and_no_reference(stack: Stack, api: httpx.Client, lesion: Image.Image) -> None:
    analysed(api, with_metadata(lesion, "JPEG"), client_ref="Iris-Muster", subject_ref="Vera-Muster")
    said, facts = stack.log.read_text(errors="replace"), stack.facts
    assert "run_ended" in said, "the log of the services is what is looked at"
    for secret in (facts["s3"]["secret_key"], facts["database_url"], facts["redis_url"], facts["admin_key"]):
        assert secret not in said
    assert [word for word in (SECRET, "Iris-Muster", "Vera-Muster", "Bearer ") if word in said] == []
