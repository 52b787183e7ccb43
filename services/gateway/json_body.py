"""Reads a small JSON body after the caller has been let in: the framework would read it first, and all of it."""

import asyncio
from typing import Any, Final, TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError

from services.gateway.refusals import FieldProblem, RequestTimeout, TooLarge, UnsupportedMedia, ValidationFailed
from services.gateway.settings import GatewaySettings

JSON: Final = "application/json"
_LIMIT: Final = 16 * 1024
_PATIENCE_S: Final = 10.0
Body = TypeVar("Body", bound=BaseModel)

# What a route that reads such a body may answer, beside the rest.
JSON_REFUSALS: Final = ("request_timeout", "too_large", "unsupported_media", "validation")


def described(model: type[BaseModel], *, required: bool = True) -> dict[str, Any]:
    """Return what the OpenAPI document says of such a body."""
    schema = {"$ref": f"#/components/schemas/{model.__name__}"}
    return {"requestBody": {"required": required, "content": {JSON: {"schema": schema}}}}


def media_type_of(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def read_json(request: Request, model: type[Body], *, required: bool = True, limit: int = _LIMIT) -> Body:
    """Return the body, of at most `limit` bytes; where it need not be there, an empty one means `{}`.

    Raises UnsupportedMedia, TooLarge, RequestTimeout or ValidationFailed. What the caller wrote is never repeated.
    """
    raw = await _receive(request, limit)
    if not raw and not required:
        return model()
    if media_type_of(request) != JSON:
        raise UnsupportedMedia("send application/json")
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        problems = [_problem(item["loc"], item["type"], item["msg"]) for item in found]
        raise ValidationFailed("the body does not fit", problems) from None


async def _receive(request: Request, limit: int) -> bytes:
    raw = bytearray()
    settings: GatewaySettings = request.app.state.parts.settings
    try:
        async with asyncio.timeout(min(_PATIENCE_S, settings.body_total_timeout_s)):
            async for chunk in request.stream():
                raw += chunk
                if len(raw) > limit:
                    raise TooLarge(f"the body is larger than {limit} bytes")
    except TimeoutError as error:
        raise RequestTimeout("the body came too slowly") from error
    return bytes(raw)


def _problem(loc: tuple[int | str, ...], code: str, message: str) -> FieldProblem:
    if code == "json_invalid":
        message = "not valid JSON"
    return FieldProblem(loc=("body", *(str(part)[:64] for part in loc)), code=code, message=message)
