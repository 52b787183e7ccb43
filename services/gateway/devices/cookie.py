"""The cookie in which a browser keeps its refresh token, out of reach of every script.

Another site cannot spend it (CSRF). SameSite=Strict keeps it out of all requests that another site causes. And whoever
looks for it asks for a body that says it is JSON: a form cannot say so, and a script of another site may only after the
browser has asked us, which we never answer for a site that `CORS_ORIGINS` does not name, and for none with cookies.
"""

from datetime import UTC, datetime
from typing import Final

from fastapi import Request, Response

from services.gateway.devices.schemas import SignedIn
from services.gateway.loopback import is_plain_loopback

NAME: Final = "ll_refresh"
PATH: Final = "/v1/devices"


def keep(request: Request, response: Response, given: SignedIn, hops: int) -> None:
    """Put the refresh token into the cookie."""
    seconds = int((given.refresh_expires_at - datetime.now(UTC)).total_seconds())
    _set(request, response, given.refresh_token or "", seconds, hops)


def forget(request: Request, response: Response, hops: int) -> None:
    _set(request, response, "", 0, hops)


def _set(request: Request, response: Response, value: str, seconds: int, hops: int) -> None:
    response.set_cookie(
        NAME,
        value,
        max_age=seconds,
        path=PATH,
        secure=not is_plain_loopback(request, hops),
        httponly=True,
        samesite="strict",
    )
