"""The cookie by which a browser is signed in to the console, out of reach of every script.

Another site cannot use it (CSRF): SameSite=Strict keeps it out of all requests that another site causes, and what
changes something asks for a word besides that only a page of ours holds (`forms`).
"""

from typing import Final

from fastapi import Request, Response

from services.gateway.loopback import is_plain_loopback

NAME: Final = "ll_console"
PATH: Final = "/console"


def keep(request: Request, response: Response, token: str, seconds: int, hops: int) -> None:
    response.set_cookie(
        NAME,
        token,
        max_age=seconds,
        path=PATH,
        secure=not is_plain_loopback(request, hops),
        httponly=True,
        samesite="strict",
    )


def forget(request: Request, response: Response, hops: int) -> None:
    keep(request, response, "", 0, hops)
