"""What the report's page says, section by section, as plain text: `page` turns it into HTML."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.trainer.evaluation.explanations import PAIRS
from services.trainer.photos import CLASSES

Content = Mapping[str, Any]
FEW_LESIONS = 10
UNDEFINED = "not defined"


@dataclass(frozen=True, slots=True)
class Paragraph:
    text: str


@dataclass(frozen=True, slots=True)
class Table:
    """`rows` begin with their name."""

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Picture:
    name: str
    caption: str


Block = Paragraph | Table | Picture


def shown(figure: Mapping[str, Any] | None) -> str:
    """A figure with its interval and its n."""
    if figure is None:
        return ""
    n = f"n\u00a0=\u00a0{figure['n']:,}"
    if figure["value"] is None:
        return f"{UNDEFINED}, {n}"
    interval = f" ({figure['low']:.3f} to {figure['high']:.3f})" if figure["low"] is not None else " (no interval)"
    return f"{figure['value']:.3f}{interval}, {n}"


def _identification(content: Content) -> Iterator[Block]:
    facts = content["identification"]
    names = {
        "model": "model",
        "status": "status",
        "version": "version (manifest digest)",
        "weights_sha256": "weights (sha256)",
        "backend": "backend",
        "preprocessing": "preprocessing",
        "data": "data",
        "part": "part",
        "date": "date",
    }
    rows = [(name, str(facts[key])) for key, name in names.items()]
    rows.append(("libraries", ", ".join(f"{name} {version}" for name, version in facts["libraries"].items())))
    yield Table("What was evaluated", (), rows)
    counts = [(name, f"{each['photos']:,}", f"{each['lesions']:,}") for name, each in facts["classes"].items()]
    total = ("all", f"{facts['photos']:,}", f"{facts['lesions']:,}")
    yield Table("The photos", ("class", "photos", "lesions"), [*counts, total])
    yield Paragraph(facts["part_note"])


def _classes(content: Content) -> Iterator[Block]:
    found = content["discrimination"]
    names = {"accuracy": "accuracy", "balanced_accuracy": "balanced accuracy", "macro_auroc": "AUROC, mean of classes"}
    yield Table("All classes", ("", "95 % interval by lesion"), [(n, shown(found[k])) for k, n in names.items()])
    rows = [
        (name, f"{each['photos']} ({each['lesions']})", shown(each["recall"]), shown(each["auroc"]))
        for name, each in found["classes"].items()
    ]
    yield Table("Each class", ("class", "photos (lesions)", "recall", "AUROC against the rest"), rows)
    few = [name for name, each in found["classes"].items() if each["lesions"] < FEW_LESIONS]
    if few:
        yield Paragraph(
            f"Fewer than {FEW_LESIONS} lesions of {', '.join(few)}: a bootstrap knows only what occurs, so their "
            "intervals are too narrow, and so is the part that they have in the means over the classes."
        )
    yield Picture("confusion", "Confusion matrix: photos, and their share of the row")


def _malignancy(content: Content) -> Iterator[Block]:
    found = content["discrimination"]
    score, points = found["malignancy"], found["operating_points"]
    wanted = score["sensitivity_wanted"]
    threshold = score["threshold_at_sensitivity"]
    told = UNDEFINED if threshold is None else f"{threshold:.3f}"
    yield Paragraph(
        f"Malignant are {', '.join(score['labels'])}: {score['malignant']:,} photos against {score['benign']:,} benign."
    )
    rows = [
        ("AUROC", shown(score["auroc"])),
        (
            f"specificity at {wanted * 100:g} % sensitivity (score from {told})",
            shown(score["specificity_at_sensitivity"]),
        ),
    ]
    for name, point in points.items():
        rows += [
            (f"{key} at {name}, {point['threshold']:g}", shown(point[key])) for key in ("sensitivity", "specificity")
        ]
    yield Table("The malignancy score", ("", "95 % interval by lesion"), rows)
    yield Paragraph(
        f"The score for {wanted * 100:g} % sensitivity is chosen on these photos, in every resample anew; the "
        "thresholds refer and no_refer are the manifest's. Sensitivity: malignant photos that reach the score. "
        "Specificity: benign photos that stay below it."
    )
    yield Picture("roc", "ROC of the malignancy score with the manifest's thresholds")
    yield Table(
        "Bands",
        ("band", "photos", "malignant among them", "share of all", "malignant share", *(c.value for c in CLASSES)),
        [_band(row) for row in found["bands"]],
    )
    yield Picture("scores", "Malignancy scores with the thresholds")
    yield Picture("class_scores", "Malignancy scores by class")


def _band(row: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        row["band"],
        f"{row['photos']:,}",
        f"{row['malignant']:,}",
        shown(row["share"]),
        shown(row["malignant_share"]),
        *(str(row["classes"][label.value]) for label in CLASSES),
    )


def _reliability(content: Content) -> Iterator[Block]:
    found = content["reliability"]
    names = {
        "ece": f"ECE of the first class, {found['bins']} bins",
        "classwise_ece": f"classwise ECE, {found['bins']} bins",
        "brier": "Brier score (0 to 2)",
        "nll": "negative log-likelihood",
    }
    rows = [(name, shown(found["before"][key]), shown(found["after"][key])) for key, name in names.items()]
    head = ("", "before, at temperature 1", f"after, at {found['temperature']:g}")
    yield Table("Calibration (low is good)", head, rows)
    yield Picture("reliability", "Reliability diagram: the larger a mark, the more photos are in the bin")


def _refusals(content: Content) -> Iterator[Block]:
    found = content["refusals"]
    limits = found["limits"]["pixels"]
    names = ("refused", "too_small", "too_blurred", "too_dark", "glare")
    head = ("photos (phone: by Fitzpatrick type)", "refused", *names[1:])
    rows = [(group, *(shown(each[name]) for name in names)) for group, each in found["groups"].items()]
    yield Table("Refused before the network sees them (Wilson intervals)", head, rows)
    yield Paragraph(
        f"A short side of at least {found['limits']['min_side_px']} px is asked for"
        + (
            f", a sharpness of {limits['min_sharpness']:g}, a mean grey of {limits['min_mean_grey']:g}, and at most "
            f"{limits['max_dark_share']:.0%} dark and {limits['max_glare_share']:.0%} bright pixels. {limits['rule']} "
            f"Fitted on {limits['fitted_on']}"
            if limits
            else " and nothing else."
        )
        + " All other sections but the answers to phone photos count every photo, refused or not."
    )


def _distribution(content: Content) -> Iterator[Block]:
    found = content["distribution"]
    if found["measured"]:
        rows = [
            (name, f"{each['n']:,}", shown(each["auroc"]), shown(each["soft"]), shown(each["hard"]))
            for name, each in found["groups"].items()
        ]
        limits = found["limits"]
        head = (
            "group",
            "n",
            "AUROC against the evaluated photos",
            f"from soft, {limits['soft']:g}",
            f"from hard, {limits['hard']:g}",
        )
        yield Table("Distance from the training photos", head, rows)
        yield Paragraph("From soft up the service answers review, from hard up it gives no result.")
        yield Picture("distances", "Distances by group, with the limits")
    else:
        yield Paragraph(f"Distance: not measured. {found['reason']}")
    yield from _phones(found)


def _phones(found: Content) -> Iterator[Block]:
    if not found["phone_answers"]:
        yield Paragraph(f"Phone photos: not measured. {found['phone_reason']}")
        return
    keys = ("refused", "review", "review_as_dermoscopy", "no_refer_as_dermoscopy")
    rows = [
        (name, f"{each['n']} ({each['patients']})", *(shown(each[key]) for key in keys))
        for name, each in found["phone_answers"].items()
    ]
    head = (
        "Fitzpatrick type",
        "photos (patients)",
        "refused",
        "review",
        "review if sent as dermoscopy",
        "no_refer if sent as dermoscopy",
    )
    yield Table("What the service answers to phone photos (Wilson intervals)", head, rows)


def _explanations(content: Content) -> Iterator[Block]:
    found = content["explanations"]
    height, width = found["map_cells"]
    yield Paragraph(f"A map has {height} x {width} = {height * width} cells: it tells the region, not the border.")
    yield from _localisation(found)
    if found["faithfulness"]:
        yield from _faithfulness(found["faithfulness"])
        yield from _randomisation(found["randomisation"])
    else:
        yield Paragraph(f"Deletion, insertion and randomisation: not measured. {found['tried_reason']}")


def _localisation(found: Content) -> Iterator[Block]:
    crops = {"centre crop": found["centre_crop"], "shifted crop": found["shifted_crop"]}
    parts = {name: part for name, part in crops.items() if part}
    if not parts:
        yield Paragraph(f"Evidence inside the lesion: not measured. {found['masks_reason']}")
        return
    names = {
        "energy_inside": "positive evidence inside the lesion",
        "area": "the lesion's area",
        "gaussian_energy": "a centred Gaussian inside the lesion",
        "energy_minus_area": "evidence minus area",
        "energy_minus_gaussian": "evidence minus Gaussian",
        "pointing_game": "pointing game: strongest cell on the lesion",
        "centre_pointing": "the crop's centre on the lesion",
        "pointing_minus_centre": "pointing game minus centre",
        "empty_maps": "maps without positive evidence",
    }
    rows = [
        (name, *(str(part[key]) if key == "empty_maps" else shown(part[key]) for part in parts.values()))
        for key, name in names.items()
    ]
    yield Table("Evidence for the model's first class and the lesion's mask", ("", *parts), rows)
    yield Paragraph(
        "In the service's crop most lesions lie in the middle, where any central blob does well. The shifted crop is "
        "as large and lies where, of twelve places drawn, the lesion is farthest off centre; the model answers anew. "
        f"The Gaussian's deviation is {found['gaussian_deviation']:g} of the crop's side."
    )
    yield Picture("localisation", "Share inside the mask by photo: quartiles, median (line) and mean (triangle)")


def _faithfulness(found: Content) -> Iterator[Block]:
    rows = [
        (name, shown(found[name]), shown(found[random]), shown(found[f"{name}_minus_random"]))
        for name, random in PAIRS.items()
    ]
    yield Table("Area under the probability curve", ("", "by the map", "by a random map", "difference"), rows)
    yield Paragraph(
        f"In {found['steps']} steps, strongest evidence first, for the model's first class; a blurred photo shows "
        f"where pixels are missing (deviation {found['blur_deviation']:g} of the crop's side). A map that tells what "
        "the answer rests on has a lower deletion and a higher insertion area than random maps of as many cells. "
        f"Mean probability of the whole photo: {shown(found['whole'])}; of the blurred one: {shown(found['blurred'])}. "
        "The areas can tell only as much as these two differ."
    )


def _randomisation(found: Content) -> Iterator[Block]:
    rows = [(f"+ {row['part']}", shown(row["correlation"])) for row in found["parts"]]
    yield Table("Rank correlation with the original map when parts are forgotten", ("forgotten so far", ""), rows)
    yield Paragraph(
        f"Mean over the photos of {found['draws']} random networks; the intervals are over the photos, not over other "
        "random networks. It has to fall to about 0: a map that stays the same would not show what the network has "
        "learned."
    )
    yield Picture("randomisation", "Rank correlation with the original map, from the head down")


def _method(content: Content) -> Iterator[Block]:
    how = content["method"]
    yield Paragraph(
        f"Intervals are 95 %: percentiles of {how['bootstrap']:,} resamples of lesions (of patients for phone photos), "
        f"seed {how['seed']}; a photo's siblings are drawn with it. A share that is 0 or 1 is so in every resample, so "
        "its interval is Wilson's, each lesion counted once. In a resample that lacks a class, means over the "
        "classes are those over the classes that occur. A value is not defined where there is nothing to measure, and "
        "has no interval where it is defined in less than half of the resamples. Photos are cut and predicted by the "
        "inference engine that the service runs."
    )


SECTIONS: tuple[tuple[str, Callable[[Content], Iterator[Block]]], ...] = (
    ("Identification", _identification),
    ("Seven classes", _classes),
    ("Malignancy", _malignancy),
    ("Calibration", _reliability),
    ("Refused for their pixels", _refusals),
    ("Out of distribution", _distribution),
    ("Explanations", _explanations),
    ("How it was measured", _method),
)
