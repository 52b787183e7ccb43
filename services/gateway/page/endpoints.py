"""The page at `/` for a newcomer with a browser. It uses the public API with a key that is typed in; it has no rights.

Everything comes from this package, nothing from elsewhere: one document, one style sheet, one script, one icon. The
description of the interface at `/docs` is drawn by Swagger UI, from its package.
"""

import html
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from fastapi import APIRouter, Response
from fastapi.staticfiles import StaticFiles

from services.gateway.refusals import NotFound
from shared.contracts.enums import LesionClass
from shared.imaging.colormap import DEFAULT, rgb_steps

router = APIRouter(include_in_schema=False)

_HERE: Final = Path(__file__).parent
_TYPES: Final = {
    "docs.js": "text/javascript",
    "page.js": "text/javascript",
    "page.css": "text/css",
    "icon.svg": "image/svg+xml",
}
# No inline script, no inline style, nobody else's server; photos and maps are shown from memory.
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
# Swagger UI carries its icons in its style sheet.
_DOCS_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
_NAMES: Final = {
    LesionClass.AKIEC: "Actinic keratosis or Bowen's disease",
    LesionClass.BCC: "Basal cell carcinoma",
    LesionClass.BKL: "Benign keratosis",
    LesionClass.DF: "Dermatofibroma",
    LesionClass.MEL: "Melanoma",
    LesionClass.NV: "Melanocytic nevus (mole)",
    LesionClass.VASC: "Vascular lesion",
}
_STOPS: Final = 16


@router.get("/")
def page() -> Response:
    return Response(_document(), media_type="text/html", headers={"Content-Security-Policy": _POLICY})


@router.get("/docs")
def docs() -> Response:
    content = (_HERE / "docs.html").read_bytes()
    return Response(content, media_type="text/html", headers={"Content-Security-Policy": _DOCS_POLICY})


@router.get("/page/{name}")
def part(name: str) -> Response:
    """Answer with one of the few files by name; a name is looked up, never made into a path."""
    if name == "legend.css":
        return Response(_legend(), media_type="text/css")
    if name not in _TYPES:
        raise NotFound("there is no such file")
    return Response((_HERE / name).read_bytes(), media_type=_TYPES[name])


def swagger_files() -> StaticFiles:
    """Return script and style sheet of `/docs`, to be mounted at `/docs/assets`."""
    spec = find_spec("fastapi_offline")  # found, not imported: of the package its files alone are used
    if spec is None or spec.origin is None:
        raise FileNotFoundError("the fastapi-offline package is not installed")
    return StaticFiles(directory=Path(spec.origin).parent / "static")


@cache
def _document() -> str:
    options = [f'<option value="{each}">{html.escape(_NAMES[each])}</option>' for each in LesionClass]
    template = (_HERE / "page.html").read_text(encoding="utf-8")
    return template.replace("<!-- classes -->", "\n".join(options))


@cache
def _legend() -> str:
    """Return the colour scale of the maps as a gradient: the renderer's own colours, so that the two cannot differ."""
    steps = rgb_steps(DEFAULT)
    chosen = [steps[round(index * (len(steps) - 1) / (_STOPS - 1))] for index in range(_STOPS)]
    stops = ", ".join(f"rgb({red} {green} {blue})" for red, green, blue in chosen)
    return f".scale {{ background: linear-gradient(to right, {stops}); }}\n"
