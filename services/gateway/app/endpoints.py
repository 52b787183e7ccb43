"""The routes of the app's files, and what its pages may do."""

from collections.abc import Mapping
from functools import cache
from typing import Annotated, Final
from urllib.parse import urlsplit

from fastapi import APIRouter, Header, Response

from services.gateway.app import service
from services.gateway.dependencies import PartsDep
from services.gateway.parts import Parts
from services.gateway.refusals import NotFound

router = APIRouter(include_in_schema=False)

# The style sheet that the app writes rule by rule starts as an empty element: the digest of nothing lets that one in.
_EMPTY_STYLE: Final = "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
# Photos and maps are shown from memory, the camera only looks; no inline script, no inline style, nobody else's server.
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' {style}; img-src 'self' blob:; connect-src 'self'{store}; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
_OFFER: Final = b'<meta name="direct-upload" content="offered">'
_DEVICES: Final = "camera=(self), microphone=(), geolocation=()"

AcceptEncoding = Annotated[str, Header(max_length=1024)]


@router.get("/app")
def app_start(parts: PartsDep, accept_encoding: AcceptEncoding = "") -> Response:
    return _answer(parts, "", accept_encoding)


@router.get("/app/{path:path}")
def app_file(path: str, parts: PartsDep, accept_encoding: AcceptEncoding = "") -> Response:
    """Answer with a file of the app, or, for an address inside it, with its one document: the app reads the address."""
    return _answer(parts, path, accept_encoding)


def _answer(parts: Parts, path: str, accept_encoding: str) -> Response:
    found = service.find(parts.settings.app_folder, path, takes_gzip="gzip" in accept_encoding)
    if found is None:
        raise NotFound("there is no such file")
    headers = {"Cache-Control": found.cache, "Vary": "Accept-Encoding"}
    if found.packed:
        headers["Content-Encoding"] = "gzip"
    if found.media_type != "text/html":
        return Response(found.content, media_type=found.media_type, headers=headers)
    store = parts.settings.s3_public_endpoint
    return Response(_told(found.content, store), media_type="text/html", headers={**headers, **_rules(store)})


def _told(document: bytes, store: str | None) -> bytes:
    """The document, which says in its head whether photos may go straight to the store."""
    return document.replace(b"<head>", b"<head>" + _OFFER, 1) if store else document


@cache
def _rules(store: str | None) -> Mapping[str, str]:
    """Photos may go straight to the store where that is offered: the only other server that a page may talk to."""
    where = urlsplit(store or "")
    origin = f" {where.scheme}://{where.netloc}" if where.netloc else ""
    return {
        "Content-Security-Policy": _POLICY.format(style=_EMPTY_STYLE, store=origin),
        "Permissions-Policy": _DEVICES,
    }
