"""Single requests for whole objects by the short way: signed and sent by botocore, but around boto3's layers.

A boto3 client validates, resolves, dispatches and parses every call, which costs about what signing and sending do.
Here only plain success is known: any other answer is None, and the client is to be asked, which knows them all.
"""

import socket
from functools import cache
from typing import Any, cast
from urllib.parse import quote

import botocore.session
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError
from botocore.httpsession import URLLib3Session
from botocore.utils import get_environ_proxies

from shared.settings import StorageSettings
from shared.storage.encryption import headers_of

_USER_AGENT = "lesionlens"
_SUCCESS = {200, 204}
# As boto3's clients have it, and botocore's session alone does not. Headers and body go out as two pieces; without it
# the second waits for the other side to acknowledge the first, which that puts off for 40 ms.
_AT_ONCE = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1), (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)]


class ShortWay:
    """To one bucket, addressed by path. Safe to share between threads, not between processes that fork."""

    def __init__(self, settings: StorageSettings, connections: int) -> None:
        keys = Credentials(settings.s3_access_key.get_secret_value(), settings.s3_secret_key.get_secret_value())
        self._auth = S3SigV4Auth(keys, "s3", settings.s3_region)
        self._bucket_url = f"{settings.s3_endpoint.rstrip('/')}/{quote(settings.s3_bucket)}"
        self._attempts = settings.s3_attempts
        self._at_rest = headers_of(settings)
        self._http = URLLib3Session(
            verify=_authorities(),
            proxies=get_environ_proxies(self._bucket_url),
            # A pair is taken, for connecting and for reading; the stubs know of whole seconds only.
            timeout=cast("Any", (settings.s3_connect_timeout_s, settings.s3_read_timeout_s)),
            max_pool_connections=connections,
            socket_options=cast("Any", _AT_ONCE),  # the stubs know of strings only
        )

    def ask(self, method: str, key: str, body: bytes = b"", *, media_type: str | None = None) -> bytes | None:
        """The content of a plain success, None for any other answer. Raises BotoCoreError."""
        for left in reversed(range(self._attempts)):
            try:
                return self._once(method, key, body, media_type)
            except BotoCoreError:
                if not left:
                    raise
        raise AssertionError("settings allow no less than one attempt")

    def _once(self, method: str, key: str, body: bytes, media_type: str | None) -> bytes | None:
        headers = {"User-Agent": _USER_AGENT} | ({"Content-Type": media_type} if media_type else {})
        headers |= self._at_rest if method == "PUT" else {}
        request = AWSRequest(method, f"{self._bucket_url}/{quote(key, safe='/~')}", headers=headers, data=body)
        self._auth.add_auth(request)
        answer = self._http.send(request.prepare())
        content = bytes(answer.content)
        # Cut short, a body is no error to botocore's HTTP.
        whole = len(content) == int(answer.headers.get("Content-Length", len(content)))
        return content if whole and answer.status_code in _SUCCESS else None


@cache
def _authorities() -> bool:
    """Return those that boto3's clients trust. To read botocore's configuration takes longer than all else here."""
    found = botocore.session.get_session().get_config_variable("ca_bundle") or True
    return cast("bool", found)  # the stubs know of no path
