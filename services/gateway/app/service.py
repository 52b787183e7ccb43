"""Which file of the built app an address stands for."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

_DOCUMENT: Final = "index.html"
_PACKED: Final = ".gz"
# Names in this folder hold a digest of what is in the file: under one name there is never anything else.
_FOR_GOOD: Final = "_expo/static/"
_TYPES: Final = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".css": "text/css",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".ttf": "font/ttf",
    ".map": "application/json",
}
_YEAR_S: Final = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Found:
    """A file of the app as it is sent."""

    content: bytes
    media_type: str
    cache: str
    packed: bool


def find(folder: Path | None, path: str, *, takes_gzip: bool) -> Found | None:
    """Return what to send for a path below `/app`; None where there is no such file, or no app at all.

    A path whose last part has no dot is a page of the app, and every page is the one document. A name is looked up in
    the list of what was built, never made into a path.
    """
    if folder is None:
        return None
    files = _files(folder)
    name = path if "." in path.rpartition("/")[2] else _DOCUMENT
    file = files.get(name)
    if file is None or file.suffix not in _TYPES:
        return None
    packed = files.get(name + _PACKED) if takes_gzip and name != _DOCUMENT else None
    cache = f"public, max-age={_YEAR_S}, immutable" if name.startswith(_FOR_GOOD) else "no-cache"
    return Found((packed or file).read_bytes(), _TYPES[file.suffix], cache, packed=packed is not None)


def _files(folder: Path) -> dict[str, Path]:
    return {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
