import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shared.contracts.manifest import (
    ManifestInvalid,
    ReasonCode,
    canonical_json,
    manifest_digest,
    parse_manifest,
    possible_reasons,
)

SHIPPED = Path(__file__).parents[3] / "models" / "lesionlens-dermoscopy" / "manifest.json"


BY_PIXELS = {ReasonCode.TOO_BLURRED, ReasonCode.TOO_DARK, ReasonCode.GLARE}
LIMITS = {"method": "ppca", "components": 4, "soft": 3.0, "hard": 5.0, "rule": "by hand", "fitted_on": "nothing"}


def changed(change: Callable[[dict[str, Any]], object]) -> bytes:
    content = json.loads(SHIPPED.read_bytes())
    change(content)
    return json.dumps(content).encode()


def limited(content: dict[str, Any], **said: object) -> None:
    """Give the manifest limits of a distance, and words for the reasons that come with them."""
    content["out_of_distribution"] = LIMITS | said
    content["wording"]["reasons"] |= {"not_a_lesion": "Take it again.", "unlike_training": "It is unusual."}


def test_the_digest_is_of_what_it_says_and_not_of_how_it_is_laid_out() -> None:
    manifest = parse_manifest(SHIPPED.read_bytes())
    turned = dict(reversed(json.loads(SHIPPED.read_bytes()).items()))
    assert manifest_digest(parse_manifest(json.dumps(turned, indent=7).encode())) == manifest.digest
    assert parse_manifest(canonical_json(manifest)).digest == manifest.digest


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content.update(temperature=0.759),
        lambda content: content["thresholds"].update(refer=0.31),
        lambda content: content["wording"].update(notice="Research only. See a doctor."),
        limited,
    ],
)
def test_whatever_can_change_a_result_or_its_words_is_another_version(
    change: Callable[[dict[str, Any]], object],
) -> None:
    assert parse_manifest(changed(change)).digest != parse_manifest(SHIPPED.read_bytes()).digest


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda content: content.update(colour="blue"), "colour"),
        (lambda content: content["quality"].update(blur=3), "quality.blur"),
        (lambda content: content.pop("temperature"), "temperature"),
        (lambda content: content["labels"].reverse(), "labels"),
        (lambda content: content.update(temperature=0), "temperature"),
        (lambda content: content["thresholds"].update(no_refer=0.9), "no_refer is above refer"),
        (lambda content: content["preprocessing"].update(input_size=256), "input_size"),
        (lambda content: content["preprocessing"].update(std=[0.1, 0.0, 0.1]), "std"),
        (lambda content: content["weights"].update(sha256="0"), "weights.sha256"),
        (lambda content: content["weights"].update(file="../other.safetensors"), "weights.file"),
        (lambda content: content["wording"]["decisions"].pop("review"), "decisions"),
        (lambda content: content["wording"]["reasons"].pop("too_small"), "reasons"),
        (lambda content: content["wording"]["classes"].pop("df"), "classes"),
        (lambda content: content["wording"]["decisions"].update(no_refer="All clear, no doctor needed."), "no doctor"),
        (lambda content: content.update(modalities=["dermoscopy", "dermoscopy"]), "modalities"),
        (lambda content: content.update(head="linear"), "head"),
        (lambda content: content["quality"]["pixels"].update(min_mean_grey=256), "quality.pixels.min_mean_grey"),
        (lambda content: content["quality"]["pixels"].update(max_dark_share=1.01), "quality.pixels.max_dark_share"),
        (lambda content: content["quality"]["pixels"].update(max_skin_tone=3), "quality.pixels.max_skin_tone"),
        (lambda content: content["quality"]["pixels"].pop("max_glare_share"), "quality.pixels.max_glare_share"),
        (lambda content: content["quality"]["pixels"].pop("rule"), "quality.pixels.rule"),
        (lambda content: content["quality"].pop("pixels"), "reasons must have words for exactly"),
        (lambda content: content["wording"]["reasons"].pop("glare"), "reasons must have words for exactly: .*glare"),
        (lambda content: limited(content, method="mahalanobis"), "out_of_distribution.method"),
        (lambda content: limited(content, components=0), "out_of_distribution.components"),
        (lambda content: limited(content, soft=0.0), "out_of_distribution.soft"),
        (lambda content: limited(content, soft=6.0), "soft is above hard"),
        (lambda content: limited(content, statistics="other.safetensors"), "out_of_distribution.statistics"),
        (lambda content: content["reference"]["labels"].pop("df"), "a share for each class"),
        (lambda content: content["reference"]["labels"].update(mel=0.9), "1 together"),
        (lambda content: content["reference"]["measures"].pop("sharpness"), "measures must be exactly"),
        (lambda content: content["reference"]["measures"]["mean_grey"].update(p05=255.0), "percentiles must rise"),
        (lambda content: content["reference"].update(photos=0), "reference.photos"),
    ],
)
def test_anything_else_is_refused_with_the_field_named(change: Callable[[dict[str, Any]], object], told: str) -> None:
    with pytest.raises(ManifestInvalid, match=told):
        parse_manifest(changed(change))


@pytest.mark.parametrize("reason", ["not_a_lesion", "unlike_training"])
def test_words_are_wanted_for_exactly_the_reasons_that_it_can_give(reason: str) -> None:
    def one_too_few(content: dict[str, Any]) -> None:
        limited(content)
        del content["wording"]["reasons"][reason]

    with pytest.raises(ManifestInvalid, match=rf"reasons must have words for exactly: .*{reason}"):
        parse_manifest(changed(one_too_few))
    with pytest.raises(ManifestInvalid, match="reasons must have words for exactly"):
        parse_manifest(changed(lambda content: unlimited(content)["wording"]["reasons"].update({reason: "Unusual."})))


def unlimited(content: dict[str, Any]) -> dict[str, Any]:
    """Take limits away, with the words that come with them, if there are any."""
    content["out_of_distribution"] = None
    for reason in ("not_a_lesion", "unlike_training"):
        content["wording"]["reasons"].pop(reason, None)
    return content


def test_a_manifest_says_what_it_can_give_reasons_for() -> None:
    without, with_limits = parse_manifest(changed(unlimited)), parse_manifest(changed(limited))
    pixels = with_limits.quality.pixels
    assert pixels is not None
    every = set(possible_reasons(with_limits.out_of_distribution, pixels))
    assert every == set(ReasonCode)
    assert every - set(possible_reasons(without.out_of_distribution, pixels)) == {
        ReasonCode.NOT_A_LESION,
        ReasonCode.UNLIKE_TRAINING,
    }
    assert every - set(possible_reasons(with_limits.out_of_distribution, None)) == BY_PIXELS
    assert parse_manifest(changed(lambda content: limited(content, soft=5.0))).out_of_distribution is not None


def test_a_manifest_of_before_there_were_limits_of_pixels_keeps_its_version() -> None:
    def older(content: dict[str, Any]) -> None:
        del content["quality"]["pixels"]
        for reason in BY_PIXELS:
            del content["wording"]["reasons"][reason]

    manifest = parse_manifest(changed(older))
    assert manifest.quality.pixels is None
    assert b'"pixels"' not in canonical_json(manifest)
    assert parse_manifest(canonical_json(manifest)).digest == manifest.digest


def test_a_manifest_of_before_there_was_a_reference_keeps_its_version() -> None:
    """The version under which the same weights were shipped first."""
    older = parse_manifest(changed(lambda content: content.pop("reference")))
    assert older.digest == "2c29bba8e23fc02b4e664468f9f2dc6be855998227106cc0fb117cf92120aa4e"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b"null"])
def test_what_is_no_manifest_is_refused(content: bytes) -> None:
    with pytest.raises(ManifestInvalid):
        parse_manifest(content)


def test_a_manifest_cannot_be_changed() -> None:
    manifest = parse_manifest(SHIPPED.read_bytes())
    with pytest.raises(ValueError, match="frozen"):
        manifest.temperature = 1.0  # type: ignore[misc]


def test_the_shipped_model_promises_nobody_health() -> None:
    manifest = parse_manifest(SHIPPED.read_bytes())
    assert (manifest.intended_use, manifest.thresholds.preliminary) == ("research", True)
    assert "doctor" in manifest.wording.notice
    assert all("doctor" in words or "clinician" in words for words in manifest.wording.decisions.values())
