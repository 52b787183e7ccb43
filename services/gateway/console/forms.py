"""Reads a form that a page of ours sent, after its sender was let in; and makes of it what the API takes as JSON."""

import asyncio
import hmac
from collections.abc import Mapping
from typing import Any, Final, TypeVar
from urllib.parse import parse_qsl

from fastapi import Request
from pydantic import BaseModel, ValidationError

from services.gateway.console.gate import from_our_page
from services.gateway.console.operator import Operator
from services.gateway.json_body import media_type_of
from services.gateway.refusals import (
    FieldProblem,
    Forbidden,
    Malformed,
    RequestTimeout,
    TooLarge,
    UnsupportedMedia,
    ValidationFailed,
)

FORM: Final = "application/x-www-form-urlencoded"
WORD: Final = "form_word"
_LIMIT: Final = 16 * 1024
_MOST_FIELDS: Final = 100
_PATIENCE_S: Final = 10.0
Body = TypeVar("Body", bound=BaseModel)


class Form:
    """The fields of a form, in the order in which they came; what was left empty is not there."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self._pairs = [(name, value.strip()) for name, value in pairs if value.strip()]

    def one(self, name: str) -> str | None:
        return next((value for other, value in self._pairs if other == name), None)

    def every(self, name: str) -> list[str]:
        return [value for other, value in self._pairs if other == name]

    def needed(self, name: str) -> str:
        """Return a field. Raises ValidationFailed without it."""
        value = self.one(name)
        if value is None:
            raise ValidationFailed("the form does not fit", [FieldProblem((name,), "missing", "is needed")])
        return value


async def read_form(request: Request, operator: Operator) -> Form:
    """Return the form. Raises Forbidden where no page of this session sent it, and as `receive` does."""
    from_our_page(request)
    form = await receive(request)
    if not hmac.compare_digest(form.one(WORD) or "", operator.form_word):
        raise Forbidden("the form is of another session; go back, load the page again and repeat")
    return form


async def receive(request: Request) -> Form:
    """Return a form of at most 16 KiB. Raises UnsupportedMedia, TooLarge, RequestTimeout, Malformed."""
    if media_type_of(request) != FORM:
        raise UnsupportedMedia("send a form")
    raw = bytearray()
    try:
        async with asyncio.timeout(_PATIENCE_S):
            async for chunk in request.stream():
                raw += chunk
                if len(raw) > _LIMIT:
                    raise TooLarge(f"the form is larger than {_LIMIT} bytes")
    except TimeoutError as error:
        raise RequestTimeout("the form came too slowly") from error
    try:
        pairs = parse_qsl(raw.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict")
    except ValueError as error:
        raise Malformed("the form cannot be taken apart") from error
    return Form(pairs)


def body_of(model: type[Body], said: Mapping[str, Any]) -> Body:
    """Return what the API would take. Numbers may be words, as in forms. Raises ValidationFailed naming the fields."""
    given = {name: value for name, value in said.items() if value is not None}
    try:
        return model.model_validate(given, strict=False)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        problems = [FieldProblem(tuple(map(str, item["loc"])), item["type"], item["msg"]) for item in found]
        raise ValidationFailed("the form does not fit", problems) from None
