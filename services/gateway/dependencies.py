"""What endpoints may ask for that does not depend on who calls."""

from typing import Annotated

from fastapi import Depends, Request

from services.gateway.parts import Parts


async def get_parts(request: Request) -> Parts:
    """Asynchronous, so that it costs no turn of the thread pool."""
    parts: Parts = request.app.state.parts
    return parts


PartsDep = Annotated[Parts, Depends(get_parts)]
