"""Which models share their network: every field of a manifest is changed once."""

import json
from pathlib import Path
from typing import Any

import pytest

from shared.contracts.enums import LesionClass, Modality
from shared.contracts.equivalence import same_network
from shared.contracts.manifest import (
    ModelManifest,
    OutOfDistribution,
    Preprocessing,
    Weights,
    parse_manifest,
)

SHIPPED = parse_manifest(
    (Path(__file__).parents[3] / "models" / "lesionlens-dermoscopy" / "manifest.json").read_bytes()
)
AFTER_THE_NETWORK: dict[str, Any] = {
    "name": "another-name",
    "modalities": (Modality.DERMOSCOPY, Modality.CLINICAL),
    "intended_use": "clinical",
    "status": "released",
    "temperature": 1.5,
    "malignant_labels": (LesionClass.MEL,),
    "thresholds": SHIPPED.thresholds.model_copy(update={"refer": 0.2}),
    "quality": SHIPPED.quality.model_copy(update={"min_side_px": 64, "pixels": None}),
    "backends": ("torch-cpu-fp32",),
    "training_data": (),
    "metrics": (),
    "reference": None,
    "wording": SHIPPED.wording.model_copy(update={"notice": "Ask a doctor."}),
}
THE_NETWORK: dict[str, Any] = {
    "schema_version": 2,
    "architecture": "resnet18",
    "head": "concat-pool-mlp",
    "labels": SHIPPED.labels[::-1],
}
NESTED: dict[str, dict[str, Any]] = {
    "preprocessing": {
        "id": "another",
        "resize_short_side": 256,
        "input_size": 176,
        "resample": "bicubic",
        "mean": (0.5, 0.5, 0.5),
        "std": (0.5, 0.5, 0.5),
    },
    "weights": {"file": "other.safetensors", "sha256": "0" * 64, "format": "safetensors"},
    "out_of_distribution": {"method": "other", "components": 32},
}
OF_THE_DISTANCE = {"soft": 2.0, "hard": 7.0, "rule": "another", "fitted_on": "something else"}


def changed(**values: Any) -> ModelManifest:
    return SHIPPED.model_copy(update=values)


def inside(part: str, name: str, value: object) -> ModelManifest:
    return changed(**{part: getattr(SHIPPED, part).model_copy(update={name: value})})


@pytest.mark.parametrize("name", AFTER_THE_NETWORK)
def test_what_comes_after_the_network_may_differ(name: str) -> None:
    other = changed(**{name: AFTER_THE_NETWORK[name]})
    assert other.digest != SHIPPED.digest, "it is another version"
    assert same_network(SHIPPED, other)
    assert same_network(other, SHIPPED)


@pytest.mark.parametrize("name", THE_NETWORK)
def test_what_the_network_is_may_not(name: str) -> None:
    assert not same_network(SHIPPED, changed(**{name: THE_NETWORK[name]}))


@pytest.mark.parametrize(("part", "name"), [(part, name) for part, values in NESTED.items() for name in values])
def test_nor_may_what_it_is_shown_its_weights_or_its_distance(part: str, name: str) -> None:
    assert not same_network(SHIPPED, inside(part, name, NESTED[part][name]))


@pytest.mark.parametrize("name", OF_THE_DISTANCE)
def test_limits_of_the_distance_may_differ_and_having_none_may_not(name: str) -> None:
    assert same_network(SHIPPED, inside("out_of_distribution", name, OF_THE_DISTANCE[name]))
    assert not same_network(SHIPPED, changed(out_of_distribution=None))


def test_every_field_was_changed() -> None:
    assert {*AFTER_THE_NETWORK, *THE_NETWORK, *NESTED} == set(ModelManifest.model_fields)
    for part, fields in (
        ("preprocessing", Preprocessing),
        ("weights", Weights),
        ("out_of_distribution", OutOfDistribution),
    ):
        of_distance = OF_THE_DISTANCE if fields is OutOfDistribution else {}
        assert {*NESTED[part], *of_distance} == set(fields.model_fields)


def test_a_field_that_nobody_decided_on_counts_as_part_of_the_network() -> None:
    class Later(ModelManifest):
        padding: int = 0

    content = json.loads(SHIPPED.model_dump_json())
    one, other = (Later.model_validate_json(json.dumps({**content, "padding": padding})) for padding in (0, 1))
    assert not same_network(one, other)
    assert same_network(one, Later.model_validate_json(json.dumps(content))), "a default that is written out"
