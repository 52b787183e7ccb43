"""The report as one page that needs nothing else: tables with intervals, and pictures inside it. Everything escaped."""

import base64
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from services.trainer.evaluation.page_sections import SECTIONS, Block, Paragraph, Picture, Table

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #1a1a1a; background: #fff;
  max-width: 64rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.7rem; margin-bottom: .3rem; }
h2 { font-size: 1.25rem; margin-top: 2.4rem; border-bottom: 1px solid #ccc; }
.notice { border-left: 4px solid #d55e00; background: #fff4ec; padding: .6rem 1rem; }
table { border-collapse: collapse; margin: 1rem 0; font-size: .92rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-weight: 600; padding-bottom: .3rem; white-space: nowrap; }
th, td { padding: .25rem .8rem .25rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid #e3e3e3; }
th { font-weight: 600; }
td { overflow-wrap: anywhere; }
figure { margin: 1.2rem 0; }
img { max-width: 100%; height: auto; }
figcaption { color: #444; font-size: .92rem; max-width: 46rem; }
"""


def page(content: Mapping[str, Any], drawn: Mapping[str, str]) -> str:
    """HTML of the report. `drawn`: SVG by name; a picture that is not there is left out."""
    identification = content["identification"]
    title = f"Evaluation of {identification['model']}"
    parts = [
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>",
        f"<h1>{escape(title)}</h1>",
        f'<p class="notice"><strong>A screening aid, not a diagnosis.</strong> {escape(identification["notice"])}</p>',
    ]
    for heading, blocks in SECTIONS:
        parts.append(f"<section>\n<h2>{escape(heading)}</h2>")
        parts += [_block(block, drawn) for block in blocks(content)]
        parts.append("</section>")
    return "\n".join([*filter(None, parts), "</body>\n</html>\n"])


def _block(block: Block, drawn: Mapping[str, str]) -> str:
    match block:
        case Paragraph(text):
            return f"<p>{escape(text)}</p>"
        case Table(caption, head, rows):
            return _table(caption, head, rows)
        case Picture(name, caption):
            return _picture(caption, drawn[name]) if name in drawn else ""


def _table(caption: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [f"<table>\n<caption>{escape(caption)}</caption>"]
    if head:
        cells = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
        lines.append(f"<thead><tr>{cells}</tr></thead>")
    lines.append("<tbody>")
    for first, *others in rows:
        cells = "".join(f"<td>{escape(cell)}</td>" for cell in others)
        lines.append(f'<tr><th scope="row">{escape(first)}</th>{cells}</tr>')
    return "\n".join([*lines, "</tbody></table>"])


def _picture(caption: str, svg: str) -> str:
    # As an image of its own: names inside one SVG cannot meet those of another.
    source = base64.b64encode(svg.encode()).decode()
    return (
        f'<figure><img alt="{escape(caption)}" src="data:image/svg+xml;base64,{source}">'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )
