"""The client that clinics are given, on the whole product: what its docstring promises, from the outside."""

from __future__ import annotations

import io
import uuid
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from samples.lesionlens_client import Client, Refused
from tests.system.pictures import file_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.system.stack import Stack


@pytest.fixture
def clinic(stack: Stack) -> Iterator[Client]:
    facts = stack.facts
    with Client(facts["base_url"], facts["clinic_key"]) as client:
        yield client


def opened(content: bytes) -> tuple[str | None, tuple[int, int]]:
    with Image.open(io.BytesIO(content)) as picture:
        picture.load()
        return picture.format, picture.size


def test_submit_wait_and_fetch(clinic: Client, lesion: Image.Image) -> None:
    seen: list[int] = []
    accepted = clinic.submit(file_of(lesion), {"modality": "dermoscopy", "client_ref": "client-test"})
    case = clinic.wait(accepted, on_change=lambda newer: seen.append(newer.version))
    assert case.state == "completed"
    assert case.result is not None
    assert seen == sorted(set(seen))
    assert seen[-1] == case.version == clinic.get(case).version
    assert opened(clinic.image(case)) == ("JPEG", lesion.size)
    assert opened(clinic.overlay(case, lesion_class="mel", alpha=0.3))[0] == "JPEG"
    kind, (width, height) = opened(clinic.layer(case))
    assert (kind, width * lesion.height) == ("PNG", height * lesion.width)
    picture, most = clinic.heatmap(case, lesion_class=case.result["label"])
    assert opened(picture)[0] == "PNG"
    assert most >= 0
    assert clinic.maps(case).startswith(b"\x93NUMPY")
    assert case.id in {listed.id for _, listed in zip(range(20), clinic.cases(limit=7), strict=False)}


def test_the_same_key_is_the_same_case(clinic: Client, lesion: Image.Image) -> None:
    key, photo = str(uuid.uuid4()), file_of(lesion)
    cases = {clinic.submit(photo, idempotency_key=key).id for _ in range(3)}
    assert len(cases) == 1
    clinic.wait(cases.pop())


def test_refusals_carry_their_code(stack: Stack, clinic: Client, lesion: Image.Image) -> None:
    with pytest.raises(Refused) as letter:
        clinic.submit(b"Dear Sir or Madam, " * 20)
    assert letter.value.code == "unsupported_media"
    assert letter.value.request_id.startswith("req_")
    with pytest.raises(Refused) as field:
        clinic.submit(file_of(lesion), {"age": 300})
    assert field.value.fields[0]["loc"][-1] == "age"
    ended = clinic.wait(clinic.submit(file_of(lesion)))
    with pytest.raises(Refused) as late:
        clinic.cancel(ended)
    assert late.value.code == "already_terminal"
    with Client(stack.facts["base_url"], "ll_wrong") as stranger, pytest.raises(Refused) as unknown:
        stranger.get(ended)
    assert unknown.value.code == "unauthenticated"
