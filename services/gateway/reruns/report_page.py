"""A report as one page that needs nothing else: it can be kept, printed and passed on.

It is told in pieces, so that fifty pairs of pictures are never in memory together. No script, nobody else's server.
"""

import base64
import hashlib
import html
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from PIL import Image

from services.gateway.reruns.report_schemas import Change, Distribution, ReportBody, ReportSide, Shift, Verdict
from shared.imaging.display import PhotoUnreadable, fit, open_reduced

_SIDE_PX: Final = 220
_STYLE: Final = """
body { font: 15px/1.45 system-ui, sans-serif; color: #1d2329; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2.2rem; }
table { border-collapse: collapse; margin: .6rem 0; } td, th { border: 1px solid #c9d1d8; padding: .25rem .6rem; }
th { background: #f2f5f7; text-align: left; } td.n { text-align: right; font-variant-numeric: tabular-nums; }
td.same { background: #eef6ee; } td.other { background: #fbeeea; }
.notice { border-left: 4px solid #b5541c; padding: .4rem .8rem; background: #fdf5ef; }
.pair { display: inline-block; vertical-align: top; margin: .5rem 1rem .9rem 0; } .pair img { margin-right: .3rem; }
.small { font-size: .85rem; color: #4b5761; } svg { background: #fafbfc; border: 1px solid #dde3e8; max-width: 100%; }
table.facts td.n { text-align: left; } h1 { overflow-wrap: anywhere; }
@media (max-width: 62rem) { table { display: block; overflow-x: auto; max-width: 100%; } }
"""
_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_RULES: Final = f"default-src 'none'; img-src data:; style-src 'sha256-{_HASH}'; form-action 'none'; base-uri 'none'"
POLICY: Final = f"{_RULES}; frame-ancestors 'none'"

# Returns a picture's bytes by the run that it is of; None where there is none to be had.
Overlay = Callable[[str], bytes | None]


def page(report: ReportBody, overlay: Overlay) -> Iterator[str]:
    """Yield the page. A picture that cannot be had is said to be missing."""
    yield _head(report)
    yield _summary(report)
    yield "<h2>Decisions</h2>" + _matrix(report.decisions)
    yield "<h2>Labels</h2>" + _matrix(report.labels) + _unmapped(report)
    yield "<h2>Probabilities</h2>" + _spread("Largest change of a probability", report.probability_shift)
    yield _spread("Change of the malignancy score", report.malignancy_shift)
    yield "<h2>Failures</h2>" + _counts("Code", report.failures)
    yield "<h2>Where the results come from</h2>"
    yield _origins("Before", report.before) + _origins("After", report.after)
    yield f"<h2>The {len(report.largest_shifts)} largest changes</h2>"
    for shift in report.largest_shifts:
        yield _pair(shift, overlay)
    yield "</body></html>\n"


def _head(report: ReportBody) -> str:
    title = f"Re-run {_text(report.rerun.id)}"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{html.escape(_RULES)}">'
        f'<title>{title}</title><style>{_STYLE}</style></head><body><h1>{title}</h1><p class="notice">'
        f"{_text(report.notice)}</p>"
    )


def _summary(report: ReportBody) -> str:
    rerun = report.rerun
    agreement = "nothing was compared" if report.agreement is None else f"{report.agreement:.2%}"
    rows: list[tuple[str, object]] = [
        ("State", rerun.state),
        ("Target model", f"{rerun.target_model.name} {rerun.target_model.version[:12]} ({rerun.target_model.id})"),
        ("Planned", rerun.created_at.isoformat(timespec="seconds")),
        ("Finished", "-" if rerun.finished_at is None else rerun.finished_at.isoformat(timespec="seconds")),
        ("Cases compared", report.compared),
        ("Same decision", agreement),
        ("Other decision", report.flips),
        ("Same decision and label", report.agreeing),
        ("First result", report.first_results),
        *((f"Cases {state}", count) for state, count in sorted(report.items.items())),
        *((f"Skipped: {reason}", count) for reason, count in sorted(report.skipped.items())),
        *((f"Promotion: {word}", count) for word, count in sorted(report.promotions.items())),
        ("Device seconds before, after", f"{_or_dash(report.before)}, {_or_dash(report.after)}"),
    ]
    if report.backends_differ:
        rows.append(("Note", f"{report.other_backend} cases have results of two backends: not the model alone differs"))
    return _table(("", ""), rows)


def _or_dash(side: ReportSide) -> str:
    return "not measured" if side.device_seconds is None else f"{side.device_seconds:.1f}"


def _matrix(changes: Sequence[Change]) -> str:
    if not changes:
        return "<p>Nothing was compared.</p>"
    names = sorted({name for change in changes for name in (change.before, change.after)})
    counts = {(change.before, change.after): change.cases for change in changes}
    lines = ["<table><tr><th>before \\ after</th>", *(f"<th>{_text(name)}</th>" for name in names), "</tr>"]
    for before in names:
        cells = [(counts.get((before, after), 0), "same" if before == after else "other") for after in names]
        lines.append(f"<tr><th>{_text(before)}</th>")
        lines += [f'<td class="n{f" {kind}" if count else ""}">{count}</td>' for count, kind in cells]
        lines.append("</tr>")
    return "".join([*lines, "</table>"])


def _unmapped(report: ReportBody) -> str:
    found = report.unmapped_labels
    if not found.before and not found.after:
        return ""
    before, after = ", ".join(found.before) or "none", ", ".join(found.after) or "none"
    return (
        f"<p>Labels that could not be mapped: only before {_text(before)}; only after {_text(after)}. "
        f"{found.cases} cases had one of them and are not in the table.</p>"
    )


def _spread(title: str, found: Distribution | None) -> str:
    if found is None:
        return f"<h3>{title}</h3><p>Nothing was compared.</p>"
    rows = [(name, f"{value:.4f}") for name, value in found.quantiles.items()]
    return f"<h3>{title} ({found.cases} cases)</h3>{_bars(found)} {_steps(found)}{_table(('Quantile', ''), rows)}"


def _bars(found: Distribution) -> str:
    most, width = max(found.histogram), 420 / len(found.histogram)
    bars = "".join(
        f'<rect x="{20 + index * width:.1f}" y="{160 - 140 * count / most:.1f}" width="{width - 1:.1f}" '
        f'height="{140 * count / most:.1f}" fill="#2f6f8f"><title>{count}</title></rect>'
        for index, count in enumerate(found.histogram)
    )
    return _svg("how many cases changed by how much", bars, f"{found.low:g}", f"{found.high:g}", f"{most} cases")


def _steps(found: Distribution) -> str:
    places = [(100.0 if name == "max" else float(name[1:]), value) for name, value in found.quantiles.items()]
    low, high = min(0.0, *found.quantiles.values()), max(1e-4, *found.quantiles.values())
    points = [(20 + 4.2 * percent, 160 - 140 * (value - low) / (high - low)) for percent, value in places]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="#b5541c"/>' for x, y in points)
    drawn = f'<polyline points="{line}" fill="none" stroke="#b5541c" stroke-width="1.5"/>{dots}'
    return _svg("quantiles", drawn, "0 %", "100 %", f"{high:.4f}")


def _svg(label: str, drawn: str, left: str, right: str, top: str) -> str:
    words = (
        f'<text x="20" y="176">{_text(left)}</text><text x="440" y="176" text-anchor="end">{_text(right)}</text>'
        f'<text x="20" y="14">{_text(top)}</text>'
    )
    return (
        f'<svg role="img" aria-label="{_text(label)}" width="460" height="184" viewBox="0 0 460 184" font-size="11">'
        f'<line x1="20" y1="160" x2="440" y2="160" stroke="#8a949c"/>{drawn}{words}</svg>'
    )


def _origins(title: str, side: ReportSide) -> str:
    names = ("Model", "Version", "Weights", "Backend", "Checked", "Code", "Results")
    rows = [
        [
            *(one.name, _short(one.version), _short(one.weights_sha256)),
            *(one.backend, one.backend_checked, _short(one.code_revision), one.results),
        ]
        for one in side.origins
    ]
    return f"<h3>{title}</h3>{_table(names, rows)}" if rows else f"<h3>{title}</h3><p>No results.</p>"


def _short(digest: str | None) -> str | None:
    return None if digest is None else digest[:12]


def _counts(name: str, counts: Mapping[str, int]) -> str:
    return _table((name, "Cases"), list(counts.items())) if counts else "<p>None.</p>"


def _table(names: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    head = "".join(f"<th>{_text(name)}</th>" for name in names) if any(names) else ""
    body = "".join(f"<tr>{''.join(_cell(value) for value in row)}</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{body}</table>" if head else f'<table class="facts">{body}</table>'


def _cell(value: object) -> str:
    kind = ' class="n"' if isinstance(value, int | float) else ""
    return f"<td{kind}>{_text('-' if value is None else value)}</td>"


def _pair(shift: Shift, overlay: Overlay) -> str:
    pictures = "".join(
        _picture(overlay(side.run_id), when) for side, when in ((shift.before, "before"), (shift.after, "after"))
    )
    words = f"{_verdict(shift.before)} &rarr; {_verdict(shift.after)}"
    change = f"{_text(shift.label)} changed by {shift.shift:.3f}"
    return (
        f'<div class="pair">{pictures}<div>{words}</div>'
        f'<div class="small">{_text(shift.case_id)}, {change}</div></div>\n'
    )


def _verdict(side: Verdict) -> str:
    return f"{_text(side.decision)}, {_text(side.label or '-')}"


def _picture(content: bytes | None, when: str) -> str:
    small = None if content is None else _reduced(content)
    if small is None:
        return f'<span class="small">no picture of {when}</span> '
    return f'<img alt="{when}" src="data:image/jpeg;base64,{base64.b64encode(small).decode()}">'


def _reduced(content: bytes) -> bytes | None:
    try:
        picture, full = open_reduced(content, lambda size: _SIDE_PX / max(size.width, size.height))
    except PhotoUnreadable:
        return None
    target = io.BytesIO()
    _save(fit(picture, full, _SIDE_PX), target)
    return target.getvalue()


def _save(picture: Image.Image, target: io.BytesIO) -> None:
    picture.save(target, "JPEG", quality=72)


def _text(value: object) -> str:
    return html.escape(str(value))
