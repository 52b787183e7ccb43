"""Encryption at rest is asked for on every way by which bytes come into the store, and on none where nobody wants it.

What the server says of an object is what can be seen from outside; the embedded one keeps what it was asked.
"""

import base64
import io
import json
from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from shared.settings import ServerSideEncryption, StorageSettings
from shared.storage.direct import DirectUploads
from shared.storage.s3 import S3Store, make_client

AES, KMS = ServerSideEncryption.AES256, ServerSideEncryption.KMS
KEY = "arn:aws:kms:us-east-1:000000000000:key/11111111-2222-3333-4444-555555555555"
ASKED: dict[str, tuple[dict[str, Any], tuple[str | None, str | None]]] = {
    "none": ({}, (None, None)),
    "AES256": ({"s3_server_side_encryption": AES}, ("AES256", None)),
    "kms": ({"s3_server_side_encryption": KMS, "s3_kms_key_id": KEY}, ("aws:kms", KEY)),
}


@pytest.fixture(params=ASKED)
def asked(request: pytest.FixtureRequest, storage_settings: StorageSettings) -> tuple[StorageSettings, Any]:
    update, told = ASKED[request.param]
    settings = storage_settings.model_copy(update=update)
    S3Store(settings).ensure_bucket()
    return settings, told


def told_of(settings: StorageSettings, key: str) -> tuple[str | None, str | None]:
    head = make_client(settings).head_object(Bucket=settings.s3_bucket, Key=key)
    return head.get("ServerSideEncryption"), head.get("SSEKMSKeyId")


def test_what_a_service_writes_or_copies(asked: tuple[StorageSettings, Any]) -> None:
    settings, told = asked
    store = S3Store(settings)
    store.put("short", b"photo", media_type="image/jpeg")  # one signed request of our own
    store.put("long", io.BytesIO(b"photo"), media_type="image/jpeg")  # by boto3
    store.copy("short", "copied")
    for key in ("short", "long", "copied"):
        assert (key, store.get(key)) == (key, b"photo")
        assert (key, told_of(settings, key)) == (key, told)


def test_what_is_uploaded_by_a_form_and_taken_from_there(asked: tuple[StorageSettings, Any]) -> None:
    settings, told = asked
    direct = DirectUploads(settings, settings.s3_endpoint)
    form = direct.form("uploads/x", media_type="image/jpeg", most_bytes=1000, seconds=60)
    named = {name: value for name, value in form.fields.items() if "encryption" in name}
    assert sorted(named.values()) == sorted(value for value in told if value)
    # Signed as conditions: whoever posts the form cannot leave them out.
    conditions = json.loads(base64.b64decode(form.fields["policy"]))["conditions"]
    assert all({name: value} in conditions for name, value in named.items())
    sent = httpx.post(form.url, data=form.fields, files={"file": ("p.jpg", b"photo", "image/jpeg")}, trust_env=False)
    assert sent.is_success, sent.text
    found = direct.look("uploads/x")
    assert found is not None
    assert direct.take("uploads/x", "incoming/x", found.tag)
    assert told_of(settings, "incoming/x") == told


def test_a_key_without_its_method_is_a_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"S3_ENDPOINT": "http://x", "S3_ACCESS_KEY": "a", "S3_SECRET_KEY": "b"}.items():
        monkeypatch.setenv(name, value)
    assert StorageSettings().s3_server_side_encryption is ServerSideEncryption.NONE
    monkeypatch.setenv("S3_KMS_KEY_ID", KEY)
    with pytest.raises(ValidationError, match="aws:kms"):
        StorageSettings()
    monkeypatch.setenv("S3_SERVER_SIDE_ENCRYPTION", "aws:kms")
    assert StorageSettings().s3_kms_key_id == KEY
    monkeypatch.setenv("S3_SERVER_SIDE_ENCRYPTION", "rot13")
    with pytest.raises(ValidationError):
        StorageSettings()
