"""The report's pictures, as SVG text. Colours that the colour-blind can tell apart (Okabe and Ito); no photos."""

import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from services.trainer.evaluation.discrimination import confusion, malignancy_ranking
from services.trainer.evaluation.distribution import phone_distances
from services.trainer.evaluation.explanations import Explanations
from services.trainer.evaluation.localisation import AREA, ENERGY, GAUSSIAN, Localisation
from services.trainer.evaluation.phones import PhoneAnswer
from services.trainer.evaluation.predictions import Judged
from services.trainer.metrics import Floats
from services.trainer.photos import CLASSES
from shared.contracts.manifest import Thresholds

BLUE, ORANGE, GREEN, PURPLE, GREY = "#0072b2", "#d55e00", "#009e73", "#aa4499", "#777777"
_STYLE = {
    "svg.fonttype": "path",
    "svg.hashsalt": "lesionlens",
    "font.size": 9.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
}
_DARK = 0.55  # from this share on, white text is the readable one
_BINS = 24


def plots(
    judged: Judged,
    content: Mapping[str, Any],
    explained: Explanations,
    phones: Sequence[PhoneAnswer],
    pictures: Mapping[str, Floats],
) -> dict[str, str]:
    """SVG by name: of those parts that the report has."""
    thresholds = judged.manifest.thresholds
    drawn: dict[str, str] = {
        "confusion": _svg((5.4, 4.8), lambda axes: _confusion(axes, judged)),
        "reliability": _svg((5.0, 4.6), lambda axes: _reliability(axes, content["reliability"])),
        "scores": _svg((7.2, 3.2), lambda axes: _scores(axes, judged, thresholds)),
        "class_scores": _svg((7.2, 3.4), lambda axes: _class_scores(axes, judged, thresholds)),
    }
    if judged.malignant.any() and not judged.malignant.all():
        points = content["discrimination"]["operating_points"]
        drawn["roc"] = _svg((5.0, 4.6), lambda axes: _roc(axes, judged, points))
    if judged.predictions.distances is not None:
        groups = _distances(judged.predictions.distances, pictures, phones)
        limits = content["distribution"]["limits"]
        drawn["distances"] = _svg((7.2, 3.2), lambda axes: _histograms(axes, groups, limits))
    if explained.centre is not None:
        located = [("centre crop", explained.centre), ("shifted crop", explained.shifted)]
        drawn["localisation"] = _svg((7.2, 3.4), lambda axes: _localisation(axes, located))
    if explained.correlations:
        rows = content["explanations"]["randomisation"]["parts"]
        drawn["randomisation"] = _svg((7.2, 3.2), lambda axes: _randomisation(axes, rows))
    return drawn


def _svg(size: tuple[float, float], draw: Callable[[Axes], None]) -> str:
    with mpl.rc_context(_STYLE):  # type: ignore[arg-type]  # its keys are typed as literals
        figure = Figure(figsize=size, layout="constrained")
        FigureCanvasAgg(figure)
        draw(figure.add_subplot())
        content = io.StringIO()
        figure.savefig(content, format="svg", metadata={"Date": None, "Creator": None})
    return content.getvalue()


def _confusion(axes: Axes, judged: Judged) -> None:
    counts = confusion(judged)
    totals = counts.sum(axis=1, keepdims=True)
    shares = counts / np.maximum(totals, 1)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for (row, column), count in np.ndenumerate(counts):
        share = shares[row, column]
        text = f"{count}\n{share:.0%}" if count else "0"
        axes.text(
            column, row, text, ha="center", va="center", fontsize=7.5, color="white" if share > _DARK else "black"
        )
    names = [label.value for label in CLASSES]
    axes.set_xticks(range(len(names)), names)
    axes.set_yticks(range(len(names)), [f"{name} ({n})" for name, n in zip(names, totals[:, 0], strict=True)])
    axes.spines[:].set_visible(False)
    axes.set(xlabel="the model's first class", ylabel="class (photos)")


def _roc(axes: Axes, judged: Judged, points: Mapping[str, Any]) -> None:
    false, caught = malignancy_ranking(judged).curve()
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=0.8, linestyle=":")
    axes.step(false, caught, where="post", color=BLUE, linewidth=1.6)
    for (name, point), colour in zip(points.items(), (ORANGE, GREEN), strict=True):
        sensitivity, specificity = point["sensitivity"]["value"], point["specificity"]["value"]
        label = f"{name}: score from {point['threshold']:g}"
        axes.plot(1 - specificity, sensitivity, "o", color=colour, markersize=7, label=label)
    axes.set(xlabel="1 - specificity", ylabel="sensitivity", xlim=(-0.01, 1.01), ylim=(-0.01, 1.02))
    axes.legend(loc="lower right", frameon=False)


def _reliability(axes: Axes, content: Mapping[str, Any]) -> None:
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=0.8, linestyle=":", label="as it should be")
    for name, colour, marker in (("before", ORANGE, "s"), ("after", BLUE, "o")):
        bins = content[name]["diagram"]
        confidence, hit = ([each[key] for each in bins] for key in ("confidence", "accuracy"))
        most = max(each["photos"] for each in bins)
        label = f"{name} temperature, ECE {content[name]['ece']['value']:.3f}"
        axes.plot(confidence, hit, color=colour, linewidth=1.2, label=label)
        axes.scatter(confidence, hit, [12 + 90 * each["photos"] / most for each in bins], color=colour, marker=marker)
    axes.set(xlabel="confidence in the first class", ylabel="share that is right", xlim=(0, 1.02), ylim=(0, 1.04))
    axes.legend(loc="upper left", frameon=False)


def _scores(axes: Axes, judged: Judged, thresholds: Thresholds) -> None:
    edges = np.linspace(0, 1, 26).tolist()
    for name, mine, colour in (("benign", ~judged.malignant, BLUE), ("malignant", judged.malignant, ORANGE)):
        axes.hist(
            judged.predictions.malignancy[mine],
            edges,
            color=colour,
            alpha=0.6,
            label=f"{name}, {int(mine.sum())} photos",
        )
    _limits(axes, {"refer": thresholds.refer, "no_refer": thresholds.no_refer})
    axes.set(xlabel="malignancy score", ylabel="photos", xlim=(0, 1))
    axes.legend(loc="upper right", frameon=False)


def _class_scores(axes: Axes, judged: Judged, thresholds: Thresholds) -> None:
    generator = np.random.default_rng(0)
    for row, label in enumerate(CLASSES):
        scores = judged.predictions.malignancy[judged.targets == row]
        colour = ORANGE if label in judged.manifest.malignant_labels else BLUE
        places = row + generator.uniform(-0.3, 0.3, len(scores))
        axes.scatter(scores, places, 9, color=colour, alpha=0.45, linewidths=0, rasterized=True)
    _limits(axes, {"refer": thresholds.refer, "no_refer": thresholds.no_refer})
    names = [f"{label.value} ({judged.count(label)[0]})" for label in CLASSES]
    axes.set_yticks(range(len(CLASSES)), names)
    axes.invert_yaxis()
    axes.set(xlabel="malignancy score; one dot a photo, malignant classes in orange", xlim=(-0.01, 1.01))


def _distances(ours: Floats, pictures: Mapping[str, Floats], phones: Sequence[PhoneAnswer]) -> dict[str, Floats]:
    drawn = np.concatenate(list(pictures.values())) if pictures else np.empty(0)
    groups = {"evaluated photos": ours, "phone photos": phone_distances(phones), "drawn, no skin": drawn}
    return {name: values for name, values in groups.items() if len(values)}


def _histograms(axes: Axes, groups: Mapping[str, Floats], limits: Mapping[str, float]) -> None:
    everything = np.concatenate([*groups.values(), np.array(list(limits.values()))])
    edges = np.geomspace(max(1e-6, everything.min() * 0.98), max(2e-6, everything.max() * 1.02), _BINS + 1).tolist()
    for (name, values), colour in zip(groups.items(), (BLUE, ORANGE, GREEN), strict=False):
        shares = np.full(len(values), 1 / len(values))
        axes.hist(values, edges, weights=shares, color=colour, alpha=0.55, label=f"{name} ({len(values)})")
    axes.set_xscale("log")
    _limits(axes, limits)
    axes.set(xlabel="distance from the training photos", ylabel="share of the group")
    axes.legend(loc="upper right", frameon=False)


def _limits(axes: Axes, limits: Mapping[str, float]) -> None:
    for (name, value), style in zip(limits.items(), ("-", "--"), strict=True):
        axes.axvline(value, color="black", linewidth=1, linestyle=style, label=f"{name} {value:g}")


def _localisation(axes: Axes, located: Sequence[tuple[str, Localisation | None]]) -> None:
    kinds = (("energy inside", ENERGY, BLUE), ("centre Gaussian", GAUSSIAN, GREEN), ("lesion's area", AREA, GREY))
    columns = [
        (f"{name}\n{crop}", values[:, column][~np.isnan(values[:, column])], colour)
        for crop, values in ((crop, part.values) for crop, part in located if part is not None)
        for name, column, colour in kinds
    ]
    boxes = axes.boxplot([values for _, values, _ in columns], widths=0.55, patch_artist=True, showmeans=True, sym="")
    for box, (_, _, colour) in zip(boxes["boxes"], columns, strict=True):
        box.set(facecolor=colour, alpha=0.45)
    axes.set_xticks(range(1, len(columns) + 1), [name for name, _, _ in columns], fontsize=8)
    axes.set(ylabel="share inside the mask", ylim=(0, 1.02))


def _randomisation(axes: Axes, rows: Sequence[Mapping[str, Any]]) -> None:
    figures = [row["correlation"] for row in rows]
    places, values = range(len(rows) + 1), [1.0, *(figure["value"] for figure in figures)]
    axes.axhline(0, color=GREY, linewidth=0.8, linestyle=":")
    axes.plot(places, values, "o-", color=PURPLE)
    lows, highs = ([1.0, *(figure[end] for figure in figures)] for end in ("low", "high"))
    axes.fill_between(places, lows, highs, color=PURPLE, alpha=0.2, linewidth=0)
    axes.set_xticks(list(places), ["as trained", *(f"+ {row['part']}" for row in rows)])
    axes.set(xlabel="forgotten so far, from the head down", ylabel="rank correlation", ylim=(-1.05, 1.05))
