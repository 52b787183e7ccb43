"""Models and photos that are not as they should be: a case ends by name or with a sound result, and alone.

The pipeline is the real one with its decoder processes. Spoiled models are put into the registry by hand: it takes
none.
"""

import io
import json
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw
from safetensors.torch import load, save
from sqlalchemy import select

from services.inference.model.folder import ModelFolder, read_folder
from shared.contracts.enums import ArtifactName, CaseState, LesionClass, ModelState
from shared.contracts.ids import IdPrefix, new_id
from shared.contracts.manifest import ModelManifest, canonical_json
from shared.db.models import Artifact, Case, ModelVersion, Result
from shared.storage import keys
from tests.integration.inference.conftest import Ward, photo
from tests.unit.model.changed_folder import changed

LAX = {"min_sharpness": 0.0, "min_mean_grey": 0.0, "max_dark_share": 1.0, "max_glare_share": 1.0}


@pytest.fixture(scope="session")
def sound(model_folder: Any) -> ModelFolder:
    return read_folder(model_folder)


def plant(ward: Ward, model: ModelFolder, **said: Any) -> Ward:
    """The ward with a model that the registry would not take. `said`: what its manifest says instead, top level."""
    manifest = json.loads(canonical_json(model.manifest)) | said
    row = ModelVersion(
        id=new_id(IdPrefix.MODEL),
        name=model.manifest.name,
        version=model.manifest.digest,
        state=ModelState.CANDIDATE,
        manifest=manifest,
        weights_sha256=model.manifest.weights.sha256,
        weights_key=keys.weights(model.manifest.weights.sha256),
    )
    ward.store.put(row.weights_key, model.weights, media_type="application/octet-stream")
    with ward.worker.transaction() as session:
        session.add(row)
        session.flush()
        return replace(ward, model=row.id)


def with_manifest(folder: ModelFolder, change: Callable[[ModelManifest], ModelManifest]) -> ModelFolder:
    return replace(folder, manifest=change(folder.manifest))


def with_first(folder: ModelFolder, name: str, value: float) -> ModelFolder:
    """One number of a tensor is another one."""
    tensors = load(folder.weights)
    tensors[name].view(-1)[0] = value
    return changed(folder, tensors)


def scaled(folder: ModelFolder, name: str, factor: float) -> ModelFolder:
    tensors = load(folder.weights)
    return changed(folder, tensors | {name: tensors[name] * factor})


def ends_beside_a_sound_one(ward: Ward, spoiled: Ward) -> Case:
    """The end of a case on the spoiled model; one on the sound model, in the same batch, is completed."""
    beside, case_id = ward.submit(photo()), spoiled.submit(photo())
    assert ward.work() == 1, "both in one batch"
    assert ward.case(beside).state == CaseState.COMPLETED
    with ward.worker.transaction() as session:
        assert not session.scalars(select(Artifact).where(Artifact.case_id == case_id)).all(), "nothing was drawn"
    return ward.case(case_id)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("name", ["conv1.weight", "layer3.bn2.running_var", "fc.weight", "fc.bias"])
def test_weights_that_are_no_numbers_fail_the_case(ward: Ward, sound: ModelFolder, name: str, value: float) -> None:
    case = ends_beside_a_sound_one(ward, plant(ward, with_first(sound, name, value)))
    assert (case.state, case.error_code) == (CaseState.FAILED, "model_invalid")


@pytest.mark.parametrize(("name", "factor"), [("conv1.weight", 1e38), ("fc.weight", 1e38), ("fc.weight", 1e5)])
def test_activations_that_overflow_fail_the_case(ward: Ward, sound: ModelFolder, name: str, factor: float) -> None:
    case = ends_beside_a_sound_one(ward, plant(ward, scaled(sound, name, factor)))
    assert (case.state, case.error_code) == (CaseState.FAILED, "non_finite_activation")


def of_another_shape(folder: ModelFolder) -> ModelFolder:
    return changed(folder, load(folder.weights) | {"fc.weight": torch.ones(7, 47)})


def for_six_classes(folder: ModelFolder) -> ModelFolder:
    tensors = load(folder.weights)
    return changed(folder, tensors | {name: tensors[name][:6].clone() for name in ("fc.weight", "fc.bias")})


def of_another_network(folder: ModelFolder) -> ModelFolder:
    return changed(folder, load(folder.weights), architecture="resnet50")


def with_other_bytes(folder: ModelFolder) -> ModelFolder:
    """What lies in the store is a sound file, but not the one whose sha256 the manifest has."""
    tensors = load(folder.weights)
    return with_manifest(
        replace(folder, weights=save(tensors | {"fc.bias": tensors["fc.bias"] + 1})),
        lambda manifest: manifest.model_copy(update={"name": "other-bytes"}),
    )


@pytest.mark.parametrize("spoil", [of_another_shape, for_six_classes, of_another_network, with_other_bytes])
def test_a_manifest_that_disagrees_with_the_weights_fails_the_case(
    ward: Ward, sound: ModelFolder, spoil: Callable[[ModelFolder], ModelFolder]
) -> None:
    model = spoil(sound)
    if spoil is with_other_bytes:
        # The same sha256 as that of the sound model means the same key: its bytes are what is wrong now.
        case_id = plant(ward, model).submit(photo())
        ward.work()
        case = ward.case(case_id)
    else:
        case = ends_beside_a_sound_one(ward, plant(ward, model))
    assert (case.state, case.error_code) == (CaseState.FAILED, "model_invalid")


@pytest.mark.parametrize(
    "labels",
    [[*LesionClass][:6], [*LesionClass][::-1], [*LesionClass, "nv"], ["cat", *[*LesionClass][1:]]],
    ids=["six", "another order", "one twice", "an unknown one"],
)
def test_labels_that_are_not_the_seven_fail_the_case(ward: Ward, sound: ModelFolder, labels: list[str]) -> None:
    other = with_manifest(sound, lambda manifest: manifest.model_copy(update={"name": "other-labels"}))
    case = ends_beside_a_sound_one(ward, plant(ward, other, labels=[str(label) for label in labels]))
    assert (case.state, case.error_code) == (CaseState.FAILED, "model_invalid")


def lesion(size: tuple[int, int] = (340, 256)) -> Image.Image:
    picture = Image.new("RGB", size, (190, 130, 110))
    ImageDraw.Draw(picture).ellipse([size[0] // 3, size[1] // 3, size[0] * 2 // 3, size[1] * 2 // 3], fill=(80, 45, 35))
    return picture


def encoded(picture: Image.Image, image_format: str, **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, image_format, **options)
    return out.getvalue()


def sixteen_bits() -> bytes:
    grey = np.asarray(lesion().convert("L")).astype("<u2") * 257
    return encoded(Image.frombytes("I;16", (340, 256), grey.tobytes()), "PNG")


def paletted() -> bytes:
    """One corner is clear, another half so."""
    picture = lesion().quantize(14)
    picture.paste(14, (0, 0, 30, 30))
    picture.paste(15, (310, 0, 340, 30))
    return encoded(picture, "PNG", transparency=bytes([255] * 14 + [0, 128]))


ODD = {
    "1x1 png": encoded(Image.new("RGB", (1, 1), (90, 60, 50)), "PNG"),
    "1x1 jpeg": encoded(Image.new("RGB", (1, 1), (90, 60, 50)), "JPEG"),
    "1x5000": encoded(lesion((1, 5000)), "PNG"),
    "5000x1": encoded(lesion((5000, 1)), "JPEG"),
    "cmyk": encoded(lesion().convert("CMYK"), "JPEG"),
    "16-bit": sixteen_bits(),
    "palette with transparency": paletted(),
    "grey with transparency": encoded(lesion().convert("LA"), "PNG"),
    "two colours": encoded(lesion().convert("1"), "PNG"),
}
THIN = {name for name in ODD if name.startswith(("1x", "5000"))}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_photo_is_rejected_as_too_small_or_gets_a_sound_result(ward: Ward, name: str) -> None:
    case_id = ward.submit(ODD[name])
    assert ward.work() == 1
    if name in THIN:
        assert ward.case(case_id).state == CaseState.REJECTED
        assert "too_small" in {reason["code"] for reason in result_of(ward, case_id).reasons}
    else:
        assert_sound(ward, case_id)


def test_odd_photos_get_a_sound_result_where_the_model_takes_all_of_them(ward: Ward, sound: ModelFolder) -> None:
    """Nothing refuses them before the network: all at once, with sides of one pixel."""
    quality = json.loads(canonical_json(sound.manifest))["quality"]
    lax = {"min_side_px": 1, "pixels": quality["pixels"] | LAX}
    manifest = ModelManifest.model_validate_json(
        json.dumps(json.loads(canonical_json(sound.manifest)) | {"quality": lax})
    )
    taking_all = plant(ward, replace(sound, manifest=manifest))
    cases = {name: taking_all.submit(content) for name, content in ODD.items()}
    taking_all.work()
    for case_id in cases.values():
        assert_sound(ward, case_id)


def result_of(ward: Ward, case_id: str) -> Result:
    with ward.worker.transaction() as session:
        return session.get_one(Result, ward.case(case_id).published_run_id)


def assert_sound(ward: Ward, case_id: str) -> None:
    """Completed, with numbers that are numbers and pictures that open."""
    case = ward.case(case_id)
    assert (case.state, case.error_code) == (CaseState.COMPLETED, None)
    result = result_of(ward, case_id)
    assert result.logits is not None
    assert result.probabilities is not None
    assert all(math.isfinite(value) for value in (*result.logits, *result.probabilities.values()))
    with ward.worker.transaction() as session:
        rows = session.scalars(select(Artifact).where(Artifact.case_id == case_id)).all()
    contents = {row.name: ward.store.get(row.key) for row in rows}
    maps = np.load(io.BytesIO(contents[ArtifactName.MAP]))
    assert maps.shape[0] == len(LesionClass)
    assert np.isfinite(maps).all()
    for name in (ArtifactName.LAYER, ArtifactName.OVERLAY):
        with Image.open(io.BytesIO(contents[name])) as picture:
            picture.load()
            assert min(picture.size) >= 1
