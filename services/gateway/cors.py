"""Pages of other origins that may call the API. None by default: a browser then keeps every answer from them."""

from typing import Any, Final
from urllib.parse import urlsplit

# What the API reads, and what callers need to see of its answers. The one cookie, a web app's refresh token, is for
# this origin alone.
_READ: Final = (
    *("Accept", "Authorization", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match", "Last-Event-ID"),
    "Prefer",
)
_SHOWN: Final = (
    *("ETag", "Idempotent-Replayed", "Link", "Location", "Preference-Applied", "RateLimit", "RateLimit-Policy"),
    *("Retry-After", "X-Heatmap-Max", "X-Request-Id"),
)
_METHODS: Final = ("GET", "POST", "PATCH", "DELETE")
_REMEMBERED_S: Final = 600


def cors_options(setting: str) -> dict[str, Any] | None:
    """Return the options of Starlette's CORSMiddleware for `CORS_ORIGINS`; None where no origin is named.

    Raises ValueError for what is no origin of a page by https (http only for this machine), `*` above all.
    """
    origins = [part.strip() for part in setting.split(",") if part.strip()]
    if not origins:
        return None
    for origin in origins:
        _check(origin)
    return {
        "allow_origins": origins,
        "allow_methods": _METHODS,
        "allow_headers": _READ,
        "expose_headers": _SHOWN,
        "allow_credentials": False,
        "max_age": _REMEMBERED_S,
    }


def _check(origin: str) -> None:
    parts = urlsplit(origin)
    here = parts.scheme == "http" and parts.hostname in {"localhost", "127.0.0.1"}
    if (parts.scheme != "https" and not here) or not parts.hostname or origin != f"{parts.scheme}://{parts.netloc}":
        raise ValueError(f"CORS_ORIGINS: {origin!r} is no origin: write https://host or https://host:port")
    if "*" in origin or "@" in origin:
        raise ValueError(f"CORS_ORIGINS: {origin!r} names no single origin")
