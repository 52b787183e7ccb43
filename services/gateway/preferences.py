"""The one preference that is honoured: `Prefer: wait=n` (RFC 7240). What cannot be read is no preference."""

import re
from typing import Annotated, Final

from fastapi import Depends, Header, Request

LONGEST_WAIT_S: Final = 25
APPLIED: Final = "Preference-Applied"
APPLIED_HEADER: Final = {
    APPLIED: {"description": "`wait=n`, where the answer was ready to wait so long", "schema": {"type": "string"}}
}

# Unclosed quotes cost the square of the length; nobody has so much to prefer.
_LONGEST_LINE: Final = 1000
# Commas and semicolons inside quotes separate nothing.
_PREFERENCE: Final = re.compile(r'(?:[^",]|"(?:[^"\\]|\\.)*")+')
_WAIT: Final = re.compile(r'\s*wait\s*(?:=\s*("?)([0-9]*)\1\s*)?(?:;.*)?', re.IGNORECASE | re.DOTALL)
_NAME: Final = re.compile(r"\s*wait\s*(?:[=;]|$)", re.IGNORECASE)


def wait_of(lines: list[str]) -> int | None:
    """Return the seconds that `Prefer` lines ask to wait, 25 at most, or None. The first `wait` counts."""
    for line in lines:
        for preference in _PREFERENCE.findall(line[:_LONGEST_LINE]):
            if _NAME.match(preference):
                return _seconds(preference)
    return None


def _seconds(preference: str) -> int | None:
    match = _WAIT.fullmatch(preference)
    digits = match[2] if match else None
    if not digits:
        return None
    return int(digits) if len(digits.lstrip("0")) < 3 and int(digits) < LONGEST_WAIT_S else LONGEST_WAIT_S  # noqa: PLR2004


async def patience(
    request: Request,
    prefer: Annotated[
        str | None,
        Header(description="`wait=n`: hold the answer back for up to n seconds, 25 at most", examples=["wait=25"]),
    ] = None,
) -> int | None:
    """Return the seconds that the caller is ready to wait; None or 0 for an answer at once."""
    return None if prefer is None else wait_of(request.headers.getlist("prefer"))


PatienceDep = Annotated[int | None, Depends(patience)]
