"""Entity tags: making them, and comparing what a caller sent with what there is (RFC 9110, 8.8.3 and 13.1.2)."""

import re
from typing import Final

_ENTITY_TAG: Final = re.compile(r'\s*(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")\s*(?:,|$)')


def weak_tag(version: int) -> str:
    """Return the weak tag of a version of a case."""
    return f'W/"{version}"'


def strong_tag(sha256: str) -> str:
    """Return the strong tag of bytes with this hash."""
    return f'"{sha256}"'


def matches(if_none_match: str | None, tag: str) -> bool:
    """Return whether a list of tags, or `*`, names the tag by weak comparison. What cannot be read names nothing."""
    if if_none_match is None:
        return False
    if if_none_match.strip() == "*":
        return True
    return tag.removeprefix("W/") in _opaque_tags(if_none_match)


def _opaque_tags(header: str) -> set[str]:
    found: set[str] = set()
    position = 0
    while position < len(header):
        match = _ENTITY_TAG.match(header, position)
        if match is None:
            return set()
        found.add(match[1])
        position = match.end()
    return found
