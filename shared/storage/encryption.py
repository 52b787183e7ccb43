"""What we ask a store to do with bytes at rest: nothing, or to encrypt each object as it is written.

A server that knows no such thing answers 501 or ignores it; `make s3-check` tells which. Where an object is copied, the
copy has to be asked for anew.
"""

from typing import Any, Final

from shared.settings import ServerSideEncryption, StorageSettings

_HEADER: Final = "x-amz-server-side-encryption"
_KEY_HEADER: Final = f"{_HEADER}-aws-kms-key-id"


def headers_of(settings: StorageSettings) -> dict[str, str]:
    """Return the request headers, which are also the fields of a signed form."""
    if settings.s3_server_side_encryption is ServerSideEncryption.NONE:
        return {}
    named = {_HEADER: str(settings.s3_server_side_encryption)}
    return named | ({_KEY_HEADER: settings.s3_kms_key_id} if settings.s3_kms_key_id else {})


def options_of(settings: StorageSettings) -> dict[str, Any]:
    """Return the same as arguments of boto3's put_object and copy_object."""
    words = {_HEADER: "ServerSideEncryption", _KEY_HEADER: "SSEKMSKeyId"}
    return {words[name]: value for name, value in headers_of(settings).items()}
