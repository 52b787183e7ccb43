"""What endpoints may ask for that does not depend on who calls."""

from typing import Annotated

from fastapi import Depends, Request

from services.gateway.parts import Parts


def get_parts(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


PartsDep = Annotated[Parts, Depends(get_parts)]
