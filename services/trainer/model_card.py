"""The page about a model that people read first. Every number and every notice in it comes from the manifest."""

from collections.abc import Iterable, Sequence

from shared.contracts.enums import Decision
from shared.contracts.manifest import Metric, ModelManifest, OutOfDistribution, Quality, Reference

_STANDING = (
    "A screening aid, not a diagnosis. For research and evaluation only: not a medical device, not for decisions about "
    "patients."
)
_NAMES = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "malignant_auroc": "malignant AUROC",
    "specificity_at_95_sensitivity": "specificity at 95 % sensitivity",
    "sensitivity_of_refer": "malignant photos in `refer`",
    "specificity_of_refer": "benign photos not in `refer`",
    "sensitivity_of_not_no_refer": "malignant photos in `refer` or `review`",
    "share_of_benign_no_refer": "benign photos in `no_refer`",
    "ece_after_temperature": "ECE after temperature",
}


def model_card(manifest: ModelManifest) -> str:
    """The card as Markdown."""
    parts = (
        _head(manifest),
        _data(manifest),
        _misuse(manifest),
        _measured(manifest),
        _quality(manifest.quality),
        _bands(manifest),
        _map(manifest),
        *_reference(manifest.reference),
    )
    return "\n\n".join(parts) + "\n"


def _head(manifest: ModelManifest) -> str:
    look = manifest.preprocessing
    size, crop = look.resize_short_side, look.input_size
    rows = [
        ("architecture", f"{manifest.architecture}, head {manifest.head}"),
        ("classes", ", ".join(manifest.labels) + ", in this order"),
        ("input", f"RGB photo; short side to {size} px (antialiased bilinear), centre {crop} x {crop} px"),
        ("normalization", f"mean {_triple(look.mean)}, deviation {_triple(look.std)}"),
        ("weights", f"`{manifest.weights.format}`, sha256 `{manifest.weights.sha256}`"),
        ("temperature", f"{manifest.temperature:g}"),
        ("backends checked", ", ".join(manifest.backends)),
        ("status", f"{manifest.status}; intended use: {manifest.intended_use}"),
    ]
    return "\n".join(
        [
            f"# {manifest.name}",
            "",
            "Gives seven probabilities for a photo of a skin lesion, and an evidence map for each class.",
            f"**{_STANDING}**",
            "",
            f"> {manifest.wording.notice}",
            "",
            *_table(("", ""), rows),
        ]
    )


def _data(manifest: ModelManifest) -> str:
    lines = ["## Data and licence", ""]
    for source in manifest.training_data:
        trained = f" {source.images:,} photos were trained on." if source.images else ""
        lines.append(f"**{source.name}**, {source.licence}.{trained} {source.attribution}. {source.notes}")
        if "NC" in source.licence.upper().split() or "BY-NC" in source.licence.upper():
            lines.append("Its licence allows no commercial use, and neither do these weights.")
    return "\n".join(lines)


def _misuse(manifest: ModelManifest) -> str:
    kinds = ", ".join(manifest.modalities)
    lines = [
        "## What it must not be used for",
        "",
        "- Telling anybody that a lesion is safe. It misses melanomas.",
        f"- **Photos of another kind than: {kinds}.** It was tested on no other; the service answers `review`.",
        "- **Skin unlike that in its data.** See above; how it does elsewhere has not been measured.",
        "- Nails, palms, soles, mucosa, scars, tattoos, ulcerated lesions, children: hardly or not in the data.",
        "- Conditions outside its classes. It answers with one of them or says that a photo is unlike what it knows.",
        "",
        f"The malignancy score is the sum of the probabilities of {', '.join(manifest.malignant_labels)}.",
    ]
    return "\n".join(lines)


def _measured(manifest: ModelManifest) -> str:
    lines = ["## What was measured", ""]
    if not manifest.metrics:
        return "\n".join([*lines, "Nothing yet."])
    for dataset in dict.fromkeys(metric.dataset for metric in manifest.metrics):
        of_it = [metric for metric in manifest.metrics if metric.dataset == dataset]
        lines += [f"**{dataset}**:", ""]
        lines += [*_table(("figure", "photos", "value", "95 % interval"), map(_metric, of_it)), ""]
    lines.append("Intervals: bootstrap by lesion. Rare classes have few photos: believe intervals, not points.")
    return "\n".join(lines)


def _metric(metric: Metric) -> tuple[str, str, str, str]:
    between = "" if metric.low is None or metric.high is None else f"{metric.low:.3f} to {metric.high:.3f}"
    return _NAMES.get(metric.name, metric.name), f"{metric.images:,}", f"{metric.value:.3f}", between


def _quality(asked: Quality) -> str:
    lines = ["## What a photo has to be", "", f"A short side of at least {asked.min_side_px} px."]
    if (limits := asked.pixels) is None:
        return "\n".join([*lines, "Nothing is asked of its sharpness or its light."])
    rows = [
        ("sharpness, from", f"{limits.min_sharpness:g}", "`too_blurred`"),
        ("mean grey, from", f"{limits.min_mean_grey:g} of 255", "`too_dark`"),
        ("pixels with a grey below 15, up to", f"{limits.max_dark_share:.0%}", "`too_dark`"),
        ("pixels with a grey above 245, up to", f"{limits.max_glare_share:.0%}", "`glare`"),
    ]
    told = (
        "Measured of grey in the centre square at 192 pixels a side; sharpness is the variance of the 4-neighbour "
        "Laplacian of grey in percent of its mean. Other photos are refused before the network sees them."
    )
    lines += [
        told,
        "",
        *_table(("asked for", "limit", "else"), rows),
        "",
        f"{limits.rule} Fitted on {limits.fitted_on}",
    ]
    return "\n".join(lines)


def _bands(manifest: ModelManifest) -> str:
    limits = manifest.thresholds
    bands = {
        Decision.REFER: f"{limits.refer:g} and more",
        Decision.REVIEW: f"{limits.no_refer:g} to {limits.refer:g}",
        Decision.NO_REFER: f"below {limits.no_refer:g}",
    }
    lines = ["## Decision bands" + (": preliminary" if limits.preliminary else ""), ""]
    rows = [(f"`{band}`", scores, manifest.wording.decisions[band]) for band, scores in bands.items()]
    lines += [
        *_table(("band", "malignancy score", "what people read"), rows),
        "",
        f"{limits.rule}",
        "",
        limits.fitted_on,
    ]
    return "\n".join([*lines, *_distance(manifest.out_of_distribution)])


def _distance(limits: OutOfDistribution | None) -> list[str]:
    if limits is None:
        return []
    told = (
        "**Unlike what it knows.** The distance of a photo's pooled features from those of the training photos "
        f"(probabilistic PCA, {limits.components} components) is usually about 1. From {limits.soft:g} on the answer "
        f"is `review`, from {limits.hard:g} on there is none. {limits.rule} Fitted on {limits.fitted_on}"
    )
    return ["", told]


def _reference(found: Reference | None) -> list[str]:
    if found is None:
        return []
    shares = ", ".join(f"{label} {share:.1%}" for label, share in found.labels.items())
    rows = [
        (name.replace("_", " "), *(f"{value:g}" for value in each.numbers())) for name, each in found.measures.items()
    ]
    told = (
        f"{found.photos:,} photos. {found.measured_on} Answered first: {shares}. A clinic's photos may differ from "
        "these without anything being wrong; what matters is that somebody looks when they do."
    )
    table = _table(("measured", "5 %", "median", "95 %"), rows)
    return ["\n".join(["## What drift is told against", "", told, "", *table])]


_LINEAR = (
    "For each class the map is the head's weights times the last feature map: its mean plus the class's bias is the "
    "logit, exactly. Its positive part is Grad-CAM."
)
_OTHER = "For each class the map is Grad-CAM, by the derivative of the head alone; its mean is not the logit."
_CAUTION = (
    "It shows where the network found what it counts for a class, **not where disease is**; such maps can look "
    "convincing when the network is wrong. An empty map is a result: nothing in the photo spoke for that class."
)


def _map(manifest: ModelManifest) -> str:
    how = _LINEAR if manifest.head == "pool-linear" else _OTHER
    return f"## The evidence map\n\n{how} {_CAUTION}"


def _triple(values: Sequence[float]) -> str:
    return "(" + ", ".join(f"{value:.3f}" for value in values) + ")"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return ["| " + " | ".join(cells) + " |" for cells in lines]
