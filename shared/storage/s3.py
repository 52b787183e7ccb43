"""The object store over S3, by boto3, with short timeouts: a caller waits for a 503, not for a minute."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.handlers import add_expect_header

from shared.errors import ObjectMissing, StoreUnavailable
from shared.settings import StorageSettings
from shared.storage.base import ObjectHead, ObjectListing
from shared.storage.encryption import options_of
from shared.storage.short_way import ShortWay
from shared.storage.versions import Versions

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

_MISSING = {"404", "NoSuchKey", "NotFound"}
_PIECE = 256 * 1024
_CONNECTIONS = 16


def make_client(settings: StorageSettings, connections: int = _CONNECTIONS) -> "S3Client":
    """Return a thread-safe client. Without s3v4 and path style boto3 would sign links in a way that servers refuse."""
    config = Config(
        signature_version="s3v4",
        s3={"addressing_style": "path"},
        connect_timeout=settings.s3_connect_timeout_s,
        read_timeout=settings.s3_read_timeout_s,
        retries={"total_max_attempts": settings.s3_attempts, "mode": "standard"},
        max_pool_connections=connections,
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        tcp_keepalive=True,
        proxies={},
        user_agent="lesionlens",  # boto3's own is put together anew for each request
    )
    client = boto3.client(
        "s3",
        endpoint_url=settings.s3_endpoint,
        region_name=settings.s3_region,
        aws_access_key_id=settings.s3_access_key.get_secret_value(),
        aws_secret_access_key=settings.s3_secret_key.get_secret_value(),
        config=config,
    )
    # To ask whether a photo may come costs more than to send it.
    client.meta.events.unregister("before-call.s3", add_expect_header)
    return client


@contextmanager
def _errors_in_our_words(key: str) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in _MISSING:
            raise ObjectMissing(f"no object {key}") from error
        raise StoreUnavailable("the object store refused the call") from error
    except BotoCoreError as error:
        raise StoreUnavailable("the object store cannot be reached") from error


class S3Store:
    """An ObjectStore in one bucket. Safe to share between threads, not between processes that fork."""

    def __init__(self, settings: StorageSettings, *, connections: int = _CONNECTIONS) -> None:
        self._bucket = settings.s3_bucket
        self._client = make_client(settings, connections)
        self._short_way = ShortWay(settings, connections)
        self._versions = Versions(self._client, self._bucket)
        self._at_rest = options_of(settings)

    def ensure_bucket(self) -> None:
        """Create the bucket where it is not there yet."""
        with _errors_in_our_words(self._bucket):
            try:
                self._client.head_bucket(Bucket=self._bucket)
            except ClientError as error:
                if error.response.get("Error", {}).get("Code") not in {*_MISSING, "NoSuchBucket"}:
                    raise
                self._client.create_bucket(Bucket=self._bucket)

    def put(self, key: str, data: bytes | BinaryIO, *, media_type: str) -> None:
        with _errors_in_our_words(key):
            if isinstance(data, bytes) and self._short_way.ask("PUT", key, data, media_type=media_type) is not None:
                return
            self._client.put_object(Bucket=self._bucket, Key=key, Body=data, ContentType=media_type, **self._at_rest)

    def get(self, key: str) -> bytes:
        with _errors_in_our_words(key):
            content = self._short_way.ask("GET", key)
            if content is not None:
                return content
            return self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()

    def stream(self, key: str) -> Iterator[bytes]:
        with _errors_in_our_words(key):
            body = self._client.get_object(Bucket=self._bucket, Key=key)["Body"]
        return body.iter_chunks(_PIECE)

    def head(self, key: str) -> ObjectHead | None:
        try:
            with _errors_in_our_words(key):
                head = self._client.head_object(Bucket=self._bucket, Key=key)
        except ObjectMissing:
            return None
        return ObjectHead(size=head["ContentLength"], media_type=head["ContentType"])

    def copy(self, source: str, target: str) -> None:
        with _errors_in_our_words(source):
            origin: Any = {"Bucket": self._bucket, "Key": source}
            self._client.copy_object(Bucket=self._bucket, Key=target, CopySource=origin, **self._at_rest)

    def delete(self, key: str) -> None:
        with _errors_in_our_words(key):
            if self._short_way.ask("DELETE", key) is None:
                self._client.delete_object(Bucket=self._bucket, Key=key)

    def list_keys(self, prefix: str) -> Iterator[str]:
        return (listing.key for listing in self.list_objects(prefix))

    def list_objects(self, prefix: str) -> Iterator[ObjectListing]:
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix)
        with _errors_in_our_words(prefix):
            for page in pages:
                for item in page.get("Contents", []):
                    yield ObjectListing(key=item["Key"], size=item["Size"], modified_at=item["LastModified"])

    def erase(self, prefix: str) -> int:
        erased = 0
        with _errors_in_our_words(prefix):
            for version in self._versions.under(prefix):
                self._versions.delete(version)
                erased += 1
        return erased

    def holds(self, prefix: str) -> bool:
        with _errors_in_our_words(prefix):
            return next(self._versions.under(prefix), None) is not None

    def check(self) -> None:
        with _errors_in_our_words(self._bucket):
            self._client.head_bucket(Bucket=self._bucket)
