"""The object store's promises, on a real S3 server."""

import io

import pytest

from services.standalone.ports import free_port
from shared.errors import ObjectMissing, StoreUnavailable
from shared.settings import StorageSettings
from shared.storage.s3 import S3Store


def test_what_is_put_comes_back_whole_with_its_type(store: S3Store) -> None:
    store.put("a", b"bytes", media_type="image/png")
    store.put("a/b", io.BytesIO(b"x" * 600_000), media_type="image/jpeg")
    assert store.get("a") == b"bytes"
    assert b"".join(store.stream("a/b")) == b"x" * 600_000
    head = store.head("a/b")
    assert head is not None
    assert (head.size, head.media_type) == (600_000, "image/jpeg")
    assert list(store.list_keys("a")) == ["a", "a/b"]


def test_a_second_put_replaces_and_a_second_delete_is_no_error(store: S3Store) -> None:
    store.put("k", b"one", media_type="text/plain")
    store.put("k", b"two", media_type="text/plain")
    assert store.get("k") == b"two"
    store.delete("k")
    store.delete("k")
    assert store.head("k") is None


def test_a_missing_object_says_so_before_any_byte(store: S3Store) -> None:
    with pytest.raises(ObjectMissing):
        store.get("nothing")
    with pytest.raises(ObjectMissing):
        store.stream("nothing")


def test_a_store_that_cannot_be_reached_or_has_no_bucket_is_unavailable(storage_settings: StorageSettings) -> None:
    away = S3Store(storage_settings.model_copy(update={"s3_endpoint": f"http://127.0.0.1:{free_port()}"}))
    with pytest.raises(StoreUnavailable):
        away.put("k", b"", media_type="text/plain")
    with pytest.raises(StoreUnavailable):
        away.check()
