"""Where a page of the history ended, as an opaque word. Nobody outside may rely on what is in it."""

import base64
import binascii
import re
from typing import Final

from services.gateway.refusals import FieldProblem, ValidationFailed
from shared.contracts.ids import IdPrefix, is_id

_FORM: Final = re.compile(r"1\.([0-9a-z_]{1,40})")
_LONGEST: Final = 128


def encode(case_id: str) -> str:
    """Return the word for "behind this case"."""
    return base64.urlsafe_b64encode(f"1.{case_id}".encode()).decode().rstrip("=")


def decode(word: str) -> str:
    """Return the case behind which the page begins. Raises ValidationFailed for anything that we did not hand out."""
    try:
        padded = word + "=" * (-len(word) % 4)
        plain = base64.b64decode(padded, altchars=b"-_", validate=True).decode("ascii") if len(word) <= _LONGEST else ""
    except (ValueError, binascii.Error) as error:
        raise _refused() from error
    match = _FORM.fullmatch(plain)
    if match is None or not is_id(match[1], IdPrefix.CASE):
        raise _refused()
    return match[1]


def _refused() -> ValidationFailed:
    message = "not a cursor of this list"
    return ValidationFailed(message, [FieldProblem(loc=("query", "cursor"), code="bad_cursor", message=message)])
