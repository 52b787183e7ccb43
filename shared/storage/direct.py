"""Uploads that go straight to the S3 server, by forms that we sign. What they bring is never used where it lies.

A separate class from the store: its forms name the address under which phones reach the server, not ours.
"""

from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from shared.errors import ObjectMissing, StoreUnavailable
from shared.settings import StorageSettings
from shared.storage.encryption import headers_of, options_of
from shared.storage.s3 import make_client

_CHANGED = {"412", "PreconditionFailed"}
_MISSING = {"404", "NoSuchKey", "NotFound"}


@dataclass(frozen=True, slots=True)
class SignedForm:
    """Where a browser or a phone posts to, and the fields that stand before the file."""

    url: str
    fields: dict[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Uploaded:
    """What lies there now. `tag` changes with the bytes."""

    size: int
    tag: str


class DirectUploads:
    """Safe to share between threads."""

    def __init__(self, settings: StorageSettings, public_endpoint: str) -> None:
        self._bucket = settings.s3_bucket
        self._client = make_client(settings)
        self._at_rest = options_of(settings)
        self._fields_at_rest = headers_of(settings)
        self._outside = make_client(settings.model_copy(update={"s3_endpoint": public_endpoint}))

    def form(self, key: str, *, media_type: str, most_bytes: int, seconds: int) -> SignedForm:
        """Return a form that counts for `seconds`, one key, one media type, and 1 to `most_bytes` bytes.

        Where objects are to be encrypted at rest, whoever posts it cannot leave that out.
        """
        fields = {"Content-Type": media_type, **self._fields_at_rest}
        made = self._outside.generate_presigned_post(
            self._bucket,
            key,
            Fields=dict(fields),
            Conditions=[["content-length-range", 1, most_bytes], *({name: value} for name, value in fields.items())],
            ExpiresIn=seconds,
        )
        return SignedForm(made["url"], dict(made["fields"]))

    def look(self, key: str) -> Uploaded | None:
        """Return what was uploaded, None where there is nothing yet. Raises StoreUnavailable."""
        try:
            head = self._client.head_object(Bucket=self._bucket, Key=key)
        except ClientError as error:
            if _code_of(error) in _MISSING:
                return None
            raise StoreUnavailable("the object store refused the call") from error
        except BotoCoreError as error:
            raise StoreUnavailable("the object store cannot be reached") from error
        return Uploaded(head["ContentLength"], head["ETag"])

    def take(self, key: str, target: str, tag: str) -> bool:
        """Copy what was looked at; False where it is no longer that. Raises StoreUnavailable, ObjectMissing."""
        source: Any = {"Bucket": self._bucket, "Key": key}
        try:
            self._client.copy_object(
                Bucket=self._bucket, Key=target, CopySource=source, CopySourceIfMatch=tag, **self._at_rest
            )
        except ClientError as error:
            if _code_of(error) in _CHANGED:
                return False
            if _code_of(error) in _MISSING:
                raise ObjectMissing(f"no object {key}") from error
            raise StoreUnavailable("the object store refused the call") from error
        except BotoCoreError as error:
            raise StoreUnavailable("the object store cannot be reached") from error
        return True

    def allow_browsers(self) -> None:
        """Let pages of any origin post forms to the bucket; a form is what lets them in. Raises StoreUnavailable."""
        rule: Any = {
            "AllowedMethods": ["POST"],
            "AllowedOrigins": ["*"],
            "AllowedHeaders": ["*"],
            "ExposeHeaders": ["ETag"],
            "MaxAgeSeconds": 3600,
        }
        try:
            self._client.put_bucket_cors(Bucket=self._bucket, CORSConfiguration={"CORSRules": [rule]})
        except (ClientError, BotoCoreError) as error:
            raise StoreUnavailable("the object store does not take the rule for browsers") from error


def _code_of(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code"))
