"""Renders pages. Everything is escaped, nothing comes from elsewhere, and no page is kept by anybody."""

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pydantic import BaseModel

from services.gateway.console.operator import Operator

_HERE: Final = Path(__file__).parent
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_MINUTE: Final = 60
_HOUR: Final = 3600
_DAY: Final = 86_400


def page(name: str, operator: Operator | None, status: int = 200, **shown: Any) -> Response:
    """Return a page made of a template; `operator` is who looks at it, None before the sign-in."""
    content = environment().get_template(name).render(operator=operator, **shown)
    return Response(content, status, media_type="text/html", headers={"Content-Security-Policy": POLICY})


@cache
def environment() -> Environment:
    """Return the templates. A name that is not given is an error, not a gap."""
    made = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {each.__name__: each for each in (when, seconds, words, percent, number, counted, sentence, query)}
    return made


def when(moment: datetime | None) -> str:
    """Return a time in UTC to the second, as a reader compares it with logs."""
    return "-" if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def seconds(span: float | None) -> str:
    """Return a length of time in the unit that fits it."""
    if span is None:
        return "-"
    if span < 1:
        return f"{span * 1000:.0f} ms"
    for unit, size in (("d", _DAY), ("h", _HOUR), ("min", _MINUTE)):
        if span >= 2 * size:
            return f"{span / size:.1f} {unit}"
    return f"{span:.1f} s"


def words(name: object) -> str:
    """Return a word of ours as people read it: `no_refer` is `no refer`."""
    return "-" if name is None else str(name).replace("_", " ")


def sentence(text: str) -> str:
    """Return a text of ours with a capital letter in front."""
    return text[:1].upper() + text[1:]


def counted(pairs: Iterable[tuple[object, float]]) -> list[tuple[str, str]]:
    """Return names and counts as people read them."""
    return [(words(name), number(count)) for name, count in pairs]


def query(asked: BaseModel) -> str:
    """Return the filters of a list as the query of its address, without the page."""
    return urlencode(asked.model_dump(mode="json", exclude={"limit", "cursor"}, exclude_none=True))


def percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"


def number(value: float | None) -> str:
    return "-" if value is None else f"{value:,.0f}"
