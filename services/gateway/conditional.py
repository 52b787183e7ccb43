"""Entity tags: making them, and comparing what a caller sent with what there is (RFC 9110, 8.8.3 and 13.1.2)."""

import re
from typing import Final

_ENTITY_TAG: Final = re.compile(r'\s*(W/)?("[\x21\x23-\x7e\x80-\xff]*")\s*(?:,|$)')
_REVISION: Final = re.compile(r'"([0-9]{1,9})"')


def weak_tag(version: int) -> str:
    """Return the weak tag of a version of a case."""
    return f'W/"{version}"'


def strong_tag(sha256: str) -> str:
    """Return the strong tag of bytes with this hash."""
    return f'"{sha256}"'


def revision_tag(revision: int) -> str:
    """Return the strong tag of a revision of the registry of models."""
    return f'"{revision}"'


def revisions(if_match: str) -> frozenset[int] | None:
    """Return the revisions that `If-Match` names by strong comparison; None for `*`, which any revision fits."""
    if if_match.strip() == "*":
        return None
    named = (_REVISION.fullmatch(tag) for weak, tag in _tags(if_match) if not weak)
    return frozenset(int(match[1]) for match in named if match)


def matches(if_none_match: str | None, tag: str) -> bool:
    """Return whether a list of tags, or `*`, names the tag by weak comparison. What cannot be read names nothing."""
    if if_none_match is None:
        return False
    if if_none_match.strip() == "*":
        return True
    return tag.removeprefix("W/") in {opaque for _, opaque in _tags(if_none_match)}


def _tags(header: str) -> set[tuple[bool, str]]:
    """Whether it is weak, and its opaque part, of each tag in a list; none of a list that cannot be read."""
    found: set[tuple[bool, str]] = set()
    position = 0
    while position < len(header):
        match = _ENTITY_TAG.match(header, position)
        if match is None:
            return set()
        found.add((match[1] is not None, match[2]))
        position = match.end()
    return found
