"""Objects with all their versions: where they are kept, a deletion only adds a marker, and the bytes stay."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

# A server that has no versions says so in one of these ways.
_UNKNOWN = {"NotImplemented", "MethodNotAllowed", "501", "405"}


@dataclass(frozen=True, slots=True)
class Version:
    """One version of an object, or a marker of its deletion; `id` is None in a bucket that keeps none."""

    key: str
    id: str | None


class Versions:
    """Of one bucket. Raises botocore's errors. Safe to share between threads."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def under(self, prefix: str) -> Iterator[Version]:
        """Yield what there is, a page in memory at a time; deleting what was yielded is allowed."""
        return self._with_versions(prefix) if self._kept() else self._plain(prefix)

    def delete(self, version: Version) -> None:
        which: Any = {} if version.id is None else {"VersionId": version.id}
        self._client.delete_object(Bucket=self._bucket, Key=version.key, **which)

    def _kept(self) -> bool:
        """Asked anew each time: whoever runs the store may change it. One that was switched off keeps the old ones."""
        try:
            return "Status" in self._client.get_bucket_versioning(Bucket=self._bucket)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in _UNKNOWN:
                return False
            raise

    def _with_versions(self, prefix: str) -> Iterator[Version]:
        pages = self._client.get_paginator("list_object_versions").paginate(Bucket=self._bucket, Prefix=prefix)
        for page in pages:
            for item in (*page.get("Versions", []), *page.get("DeleteMarkers", [])):
                yield Version(item["Key"], item["VersionId"])

    def _plain(self, prefix: str) -> Iterator[Version]:
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix)
        for page in pages:
            for item in page.get("Contents", []):
                yield Version(item["Key"], None)
