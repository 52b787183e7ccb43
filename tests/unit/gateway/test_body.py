"""The form is taken apart the same way however it is cut into chunks, and stops where it should."""

import hashlib
import random
from typing import Final

import pytest

from services.gateway.multipart import boundary_of
from services.gateway.refusals import Malformed, TooLarge, UnsupportedMedia, ValidationFailed
from services.gateway.submissions.body import FORM_OVERHEAD, METADATA_LIMIT, SubmissionForm
from shared.errors import CallerError

BOUNDARY: Final = b"frontier"
METADATA: Final = b'{"age": 41}'


def part(name: str, content: bytes, extra: bytes = b"") -> bytes:
    head = f'Content-Disposition: form-data; name="{name}"; filename="photo.jpg"\r\n'.encode()
    return b"--" + BOUNDARY + b"\r\n" + head + extra + b"\r\n" + content + b"\r\n"


def whole(*parts: bytes) -> bytes:
    return b"".join(parts) + b"--" + BOUNDARY + b"--\r\n"


def feed(form: SubmissionForm, body: bytes, size: int) -> None:
    for start in range(0, len(body), size):
        form.write(body[start : start + size])
    form.finish()


# Pieces that look like the beginning of a boundary are the ones that parsers get wrong.
TRICKY: Final = b"\r\n--frontie\r\n--frontierX--\r\n-\r\r\n--" * 40 + bytes(range(256)) * 8


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 1 << 20])
@pytest.mark.parametrize("photo_first", [True, False])
def test_cuts_do_not_matter(size: int, *, photo_first: bool) -> None:
    parts = [part("image", TRICKY), part("metadata", METADATA)]
    body = whole(*(parts if photo_first else reversed(parts)))
    with SubmissionForm(BOUNDARY, 10**6) as form:
        feed(form, body, size)
        assert form.photo.read() == TRICKY
        assert form.size == len(TRICKY)
        assert form.sha256 == hashlib.sha256(TRICKY).hexdigest()
        assert form.metadata == METADATA


def test_random_cuts_do_not_matter() -> None:
    dice = random.Random(7)
    body = whole(part("metadata", METADATA), part("image", TRICKY))
    for _ in range(50):
        with SubmissionForm(BOUNDARY, 10**6) as form:
            at = 0
            while at < len(body):
                step = dice.randint(1, 200)
                form.write(body[at : at + step])
                at += step
            form.finish()
            assert form.photo.read() == TRICKY


def test_random_boundaries() -> None:
    dice = random.Random(11)
    alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'()+_,-./:=?"
    for _ in range(50):
        boundary = "".join(dice.choice(alphabet) for _ in range(dice.randint(1, 70))).encode()
        body = whole(part("image", TRICKY)).replace(b"--" + BOUNDARY, b"--" + boundary)
        photo = TRICKY.replace(b"--" + BOUNDARY, b"--" + boundary)
        if b"\r\n--" + boundary in photo:
            continue
        read = boundary_of(f'multipart/form-data; boundary="{boundary.decode()}"')
        assert read == boundary
        with SubmissionForm(read, 10**6) as form:
            feed(form, body, 13)
            assert form.photo.read() == photo


def test_a_photo_of_the_limit_passes_and_one_more_byte_does_not() -> None:
    with SubmissionForm(BOUNDARY, 1000) as form:
        feed(form, whole(part("image", b"x" * 1000)), 100)
    with SubmissionForm(BOUNDARY, 1000) as form, pytest.raises(TooLarge):
        feed(form, whole(part("image", b"x" * 1001)), 100)


def test_a_body_is_cut_at_the_limit_whatever_it_holds() -> None:
    most = 1000 + FORM_OVERHEAD
    with SubmissionForm(BOUNDARY, 1000) as form:
        for _ in range(most // 1024):
            form.write(b"\r\n" * 512)
        with pytest.raises(TooLarge):
            form.write(b"\r\n" * 512)


def test_large_photos_leave_memory_and_come_back_whole() -> None:
    photo = random.Random(3).randbytes(3_000_000)
    with SubmissionForm(BOUNDARY, 10**7) as form:
        feed(form, whole(part("image", photo)), 65536)
        assert form.photo.read() == photo


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        (b"", Malformed),
        (b"no form at all", Malformed),
        (whole(part("image", b"x"))[:-20], Malformed),
        (whole(part("image", b"x", b"Content-Transfer-Encoding: base64\r\n")), Malformed),
        (b"--frontier\r\nContent-Type: image/jpeg\r\n\r\nx\r\n--frontier--\r\n", Malformed),
        (b"--frontier\r\n" + b"A: b\r\n" * 500 + b"\r\nx\r\n--frontier--\r\n", Malformed),
        (b"--frontier\r\nA: " + b"b" * 40_000 + b"\r\n\r\nx\r\n--frontier--\r\n", Malformed),
        (whole(part("metadata", METADATA)), ValidationFailed),
        (whole(part("image", b"x"), part("image", b"y")), ValidationFailed),
        (whole(part("metadata", b"{}"), part("metadata", b"{}")), ValidationFailed),
        (whole(part("image", b"x"), part("patient_name", b"y")), ValidationFailed),
        (whole(part("metadata", b" " * (METADATA_LIMIT + 1)), part("image", b"x")), TooLarge),
    ],
)
@pytest.mark.parametrize("size", [1, 4096])
def test_refusals(body: bytes, refusal: type[CallerError], size: int) -> None:
    with SubmissionForm(BOUNDARY, 10**6) as form, pytest.raises(refusal):
        feed(form, body, size)


def test_an_empty_photo_is_a_form() -> None:
    with SubmissionForm(BOUNDARY, 10**6) as form:
        feed(form, whole(part("image", b"")), 5)
        assert form.size == 0


@pytest.mark.parametrize(
    ("header", "refusal"),
    [
        ("", UnsupportedMedia),
        ("application/json", UnsupportedMedia),
        ("image/jpeg", UnsupportedMedia),
        ("multipart/mixed; boundary=x", UnsupportedMedia),
        ("multipart/form-data", Malformed),
        (f"multipart/form-data; boundary={'x' * 71}", Malformed),
    ],
)
def test_content_types(header: str, refusal: type[CallerError]) -> None:
    with pytest.raises(refusal):
        boundary_of(header)
