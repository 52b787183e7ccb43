"""Generated photos, and submissions of them."""

import io
import json
import random
from typing import Any

import httpx
from PIL import Image


def jpeg(seed: int = 0, size: tuple[int, int] = (64, 48)) -> bytes:
    """Return a JPEG of noise that no other seed gives."""
    target = io.BytesIO()
    Image.frombytes("RGB", size, random.Random(seed).randbytes(size[0] * size[1] * 3)).save(target, "JPEG")
    return target.getvalue()


def submit(
    client: httpx.Client, photo: bytes, metadata: dict[str, Any] | None = None, key: str | None = None
) -> httpx.Response:
    files: dict[str, Any] = {"image": ("IMG_Jane_Doe.jpg", photo, "image/jpeg")}
    if metadata is not None:
        files["metadata"] = (None, json.dumps(metadata), "application/json")
    return client.post("/v1/cases", files=files, headers={} if key is None else {"Idempotency-Key": key})
