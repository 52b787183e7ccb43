"""What the product asks of an S3 server, one probe each, against a real one: small objects under one prefix.

What is changed for a whole bucket (versions, lifecycle, CORS) is tried in a bucket of its own, made and removed here.
"""

import http
import io
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import urllib3
from botocore.exceptions import BotoCoreError, ClientError
from pydantic import SecretStr

from shared.settings import StorageSettings
from shared.storage.encryption import options_of
from shared.storage.s3 import make_client

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

PHOTO: Final = 15_000_000  # the largest photo that is taken
_LIMIT: Final = 1000
_ORIGIN: Final = "https://app.example"
_TYPE: Final = "image/jpeg"


class Missing(Exception):
    """The server cannot do it, or does it wrongly; the message says what it did."""


@dataclass
class Bench:
    """The server under test. `key` names objects that `clear` removes."""

    settings: StorageSettings
    client: "S3Client" = field(init=False)
    web: urllib3.PoolManager = field(init=False)
    prefix: str = field(default_factory=lambda: f"s3-check/{secrets.token_hex(6)}/")

    def __post_init__(self) -> None:
        self.client = make_client(self.settings)
        self.web = urllib3.PoolManager(timeout=10, retries=False)

    @property
    def bucket(self) -> str:
        return self.settings.s3_bucket

    def key(self, name: str) -> str:
        return self.prefix + name

    def put(self, name: str, data: bytes, media_type: str = _TYPE) -> str:
        """Store an object and return its ETag."""
        answer = self.client.put_object(Bucket=self.bucket, Key=self.key(name), Body=data, ContentType=media_type)
        return answer["ETag"]

    def get(self, name: str) -> bytes:
        return self.client.get_object(Bucket=self.bucket, Key=self.key(name))["Body"].read()

    def exists(self, name: str) -> bool:
        try:
            self.client.head_object(Bucket=self.bucket, Key=self.key(name))
        except ClientError as error:
            if status_of(error) == http.HTTPStatus.NOT_FOUND:
                return False
            raise
        return True

    def clear(self) -> None:
        with suppress(ClientError, BotoCoreError):
            empty(self.client, self.bucket, self.prefix)

    @contextmanager
    def scratch_bucket(self) -> Iterator[str]:
        """Raises Missing where the key may make no buckets: what is bucket-wide is not tried on a real one."""
        name = f"{self.bucket[:40]}-check-{secrets.token_hex(4)}"
        try:
            self.client.create_bucket(Bucket=name)
        except ClientError as error:
            raise Missing(f"not tried: the key may make no bucket for it ({code_of(error)})") from error
        try:
            yield name
        finally:
            with suppress(ClientError, BotoCoreError):
                empty(self.client, name, "")
                self.client.delete_bucket(Bucket=name)


def status_of(error: ClientError) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def code_of(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", status_of(error)))


def empty(client: "S3Client", bucket: str, prefix: str) -> None:
    """Delete everything under the prefix, old versions too where the server has such."""
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for item in page.get("Contents", []):
            client.delete_object(Bucket=bucket, Key=item["Key"])
    versions = client.list_object_versions(Bucket=bucket, Prefix=prefix)
    for old in [*versions.get("Versions", []), *versions.get("DeleteMarkers", [])]:
        client.delete_object(Bucket=bucket, Key=old["Key"], VersionId=old["VersionId"])


def demand(true: object, otherwise: str) -> None:
    if not true:
        raise Missing(otherwise)


def refused(call: Callable[[], Any], *statuses: int, otherwise: str) -> None:
    """Raises Missing unless the call is answered with an error (one of `statuses`, where some are named)."""
    try:
        call()
    except ClientError as error:
        demand(not statuses or status_of(error) in statuses, f"{otherwise}: {status_of(error)} {code_of(error)}")
    else:
        raise Missing(otherwise)


def bucket(bench: Bench) -> None:
    try:
        bench.client.head_bucket(Bucket=bench.bucket)
    except ClientError:
        bench.client.create_bucket(Bucket=bench.bucket)
        bench.client.head_bucket(Bucket=bench.bucket)


def objects(bench: Bench) -> None:
    data = secrets.token_bytes(1000) * (PHOTO // 1000)
    bench.put("photo", data)
    demand(bench.get("photo") == data, "other bytes came back")
    bench.client.delete_object(Bucket=bench.bucket, Key=bench.key("photo"))
    demand(not bench.exists("photo"), "still there after it was deleted")


def content_type(bench: Bench) -> None:
    bench.put("typed", b"x", "image/png")
    kept = bench.client.head_object(Bucket=bench.bucket, Key=bench.key("typed"))["ContentType"]
    demand(kept == "image/png", f"image/png came back as {kept}")


def encryption(bench: Bench) -> None:
    """What a server says of it has to be believed: whether the bytes on its disks are encrypted cannot be seen here."""
    asked = options_of(bench.settings) or {"ServerSideEncryption": "AES256"}
    key = bench.key("sealed")
    bench.client.put_object(Bucket=bench.bucket, Key=key, Body=b"photo", **asked)
    kept = bench.client.head_object(Bucket=bench.bucket, Key=key).get("ServerSideEncryption")
    demand(bench.get("sealed") == b"photo", "other bytes came back")
    demand(kept == asked["ServerSideEncryption"], f"asked for {asked['ServerSideEncryption']}, it says {kept}")


def byte_range(bench: Bench) -> None:
    bench.put("range", bytes(range(100)))
    part = bench.client.get_object(Bucket=bench.bucket, Key=bench.key("range"), Range="bytes=10-19")
    demand(part["Body"].read() == bytes(range(10, 20)), "other bytes than the ones asked for")
    status = part["ResponseMetadata"]["HTTPStatusCode"]
    demand(status == http.HTTPStatus.PARTIAL_CONTENT, f"status {status} instead of 206")


def listing(bench: Bench) -> None:
    names = [bench.key(f"list/{number}") for number in range(5)]
    for number in range(5):
        bench.put(f"list/{number}", b"x")
    pages = bench.client.get_paginator("list_objects_v2").paginate(
        Bucket=bench.bucket, Prefix=bench.key("list/"), PaginationConfig={"PageSize": 2}
    )
    demand([item["Key"] for page in pages for item in page.get("Contents", [])] == names, "pages lose or repeat keys")


def copy(bench: Bench) -> None:
    bench.put("source", b"photo", "image/png")
    source = {"Bucket": bench.bucket, "Key": bench.key("source")}
    bench.client.copy_object(Bucket=bench.bucket, Key=bench.key("copy"), CopySource=source)  # type: ignore[arg-type]
    demand(bench.get("copy") == b"photo", "the copy has other bytes")


def conditional_copy(bench: Bench) -> None:
    tag = bench.put("checked", b"what was checked")

    def copied(condition: str) -> None:
        bench.client.copy_object(
            Bucket=bench.bucket,
            Key=bench.key("accepted"),
            CopySource={"Bucket": bench.bucket, "Key": bench.key("checked")},
            CopySourceIfMatch=condition,
        )

    bench.put("checked", b"what was put in its place")
    refused(lambda: copied(tag), http.HTTPStatus.PRECONDITION_FAILED, otherwise="copied although it had changed")
    copied(bench.put("checked", b"right"))
    demand(bench.get("accepted") == b"right", "the copy has other bytes")


def wrong_secret(bench: Bench) -> None:
    bench.put("secret", b"x")
    stranger = make_client(bench.settings.model_copy(update={"s3_secret_key": SecretStr(secrets.token_hex(20))}))
    refused(
        lambda: stranger.get_object(Bucket=bench.bucket, Key=bench.key("secret")),
        otherwise="answered to a wrong secret key",
    )


def anonymous(bench: Bench) -> None:
    bench.put("private", b"x")
    url = f"{bench.settings.s3_endpoint.rstrip('/')}/{bench.bucket}/{bench.key('private')}"
    status = bench.web.request("GET", url).status
    demand(status >= http.HTTPStatus.BAD_REQUEST, f"anybody may read: status {status}")


def links(bench: Bench) -> None:
    bench.put("linked", b"linked")
    where = {"Bucket": bench.bucket, "Key": bench.key("linked")}
    link = bench.client.generate_presigned_url("get_object", Params=where, ExpiresIn=60)
    answer = bench.web.request("GET", link)
    demand(answer.data == b"linked", f"a good link is answered with {answer.status}")
    forged = link[:-1] + ("0" if link[-1] != "0" else "1")
    demand(bench.web.request("GET", forged).status >= http.HTTPStatus.BAD_REQUEST, "a forged link is served")
    short = bench.client.generate_presigned_url("get_object", Params=where, ExpiresIn=1)
    time.sleep(2.5)
    demand(bench.web.request("GET", short).status >= http.HTTPStatus.BAD_REQUEST, "a link that has expired is served")


def form(bench: Bench) -> None:
    def post(name: str, size: int, media_type: str = _TYPE, spoil: str = "") -> int:
        made = bench.client.generate_presigned_post(
            bench.bucket,
            bench.key(name),
            Fields={"Content-Type": _TYPE},
            Conditions=[["content-length-range", 1, _LIMIT], {"Content-Type": _TYPE}],
            ExpiresIn=60,
        )
        fields = made["fields"] | {"Content-Type": media_type}
        if spoil:
            fields[spoil] = fields[spoil][:-1] + ("0" if fields[spoil][-1] != "0" else "1")
        whole: dict[str, Any] = fields | {"file": ("photo.jpg", io.BytesIO(b"x" * size).read(), media_type)}
        return bench.web.request("POST", made["url"], fields=whole).status

    status = post("form", _LIMIT)
    demand(status < http.HTTPStatus.BAD_REQUEST and bench.exists("form"), f"a good form is answered with {status}")
    for what, name, asked in (
        ("a file over its limit", "over", (_LIMIT + 1,)),
        ("an empty file", "empty", (0,)),
        ("another content type", "type", (10, "text/html")),
        ("a forged signature", "forged", (10, _TYPE, "x-amz-signature")),
    ):
        status = post(name, *asked)
        demand(status >= http.HTTPStatus.BAD_REQUEST and not bench.exists(name), f"{what} is taken ({status})")


def versions(bench: Bench) -> None:
    with bench.scratch_bucket() as name:
        bench.client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        for data in (b"old", b"new"):
            bench.client.put_object(Bucket=name, Key="photo", Body=data)
        bench.client.delete_object(Bucket=name, Key="photo")
        empty(bench.client, name, "photo")
        left = bench.client.list_object_versions(Bucket=name)
        demand(not left.get("Versions") and not left.get("DeleteMarkers"), "old versions cannot be deleted")


def lifecycle(bench: Bench) -> None:
    with bench.scratch_bucket() as name:
        rule = {"ID": "check", "Status": "Enabled", "Filter": {"Prefix": "uploads/"}, "Expiration": {"Days": 1}}
        bench.client.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": [rule]})  # type: ignore[list-item]
        kept = bench.client.get_bucket_lifecycle_configuration(Bucket=name)["Rules"]
        demand([each.get("Expiration", {}).get("Days") for each in kept] == [1], "the rule does not come back")


def cors(bench: Bench) -> None:
    with bench.scratch_bucket() as name:
        rule: Any = {"AllowedOrigins": [_ORIGIN], "AllowedMethods": ["POST"], "AllowedHeaders": ["*"]}
        bench.client.put_bucket_cors(Bucket=name, CORSConfiguration={"CORSRules": [rule]})
        asked = {"Origin": _ORIGIN, "Access-Control-Request-Method": "POST"}
        answer = bench.web.request("OPTIONS", f"{bench.settings.s3_endpoint.rstrip('/')}/{name}", headers=asked)
        allowed = answer.headers.get("Access-Control-Allow-Origin")
        demand(allowed in {_ORIGIN, "*"}, f"a browser's question is answered with {answer.status}, allowing {allowed}")


def unversioned(bench: Bench) -> None:
    status = bench.client.get_bucket_versioning(Bucket=bench.bucket).get("Status")
    demand(status != "Enabled", f"versioning is on in {bench.bucket}")
