import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shared.contracts.manifest import ManifestInvalid, canonical_json, manifest_digest, parse_manifest

SHIPPED = Path(__file__).parents[3] / "models" / "lesionlens-start" / "manifest.json"


def changed(change: Callable[[dict[str, Any]], object]) -> bytes:
    content = json.loads(SHIPPED.read_bytes())
    change(content)
    return json.dumps(content).encode()


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
    ],
)
def test_anything_else_is_refused_with_the_field_named(change: Callable[[dict[str, Any]], object], told: str) -> None:
    with pytest.raises(ManifestInvalid, match=told):
        parse_manifest(changed(change))


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
