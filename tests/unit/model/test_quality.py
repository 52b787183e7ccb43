"""Which photos are refused before the network runs, by the shipped model's limits and words."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw, ImageFilter

from samples.demo import SAMPLE
from samples.lesion_photo import draw_lesion
from services.inference.model.folder import MANIFEST
from services.inference.model.measures import PixelMeasures, measure
from services.inference.model.quality import assess
from shared.contracts.manifest import FALSE_COMFORT, ModelManifest, PixelLimits, Quality, ReasonCode, parse_manifest
from shared.imaging.geometry import Size

SHIPPED = next((Path(__file__).parents[3] / "models").glob(f"*/{MANIFEST}"))
SMALL, BLURRED, DARK, GLARE = ReasonCode.TOO_SMALL, ReasonCode.TOO_BLURRED, ReasonCode.TOO_DARK, ReasonCode.GLARE
LIMITS = PixelLimits(
    min_sharpness=8.0, min_mean_grey=30.0, max_dark_share=0.5, max_glare_share=0.25, rule="by hand", fitted_on="nothing"
)
AT_THE_LIMITS = PixelMeasures(128, sharpness=8.0, mean_grey=30.0, dark_share=0.5, glare_share=0.25)


@pytest.fixture(scope="module")
def shipped() -> ModelManifest:
    return parse_manifest(SHIPPED.read_bytes())


@pytest.fixture(scope="module")
def lesion() -> Image.Image:
    with Image.open(SAMPLE) as sample:
        return sample.convert("RGB")


def limited(manifest: ModelManifest, limits: PixelLimits | None) -> ModelManifest:
    return manifest.model_copy(update={"quality": Quality(min_side_px=128, pixels=limits)})


def reasons_for(picture: Image.Image, manifest: ModelManifest) -> tuple[ReasonCode, ...]:
    return assess(measure(picture, Size(*picture.size)), manifest).reasons


@pytest.mark.parametrize(
    ("change", "reasons"),
    [
        ({}, ()),
        ({"short_side_px": 127}, (SMALL,)),
        ({"sharpness": 7.99}, (BLURRED,)),
        ({"mean_grey": 29.9}, (DARK,)),
        ({"dark_share": 0.51}, (DARK,)),
        ({"mean_grey": 1.0, "dark_share": 1.0}, (DARK,)),
        ({"glare_share": 0.26}, (GLARE,)),
        ({"short_side_px": 9, "sharpness": 0.0, "mean_grey": 9.0, "glare_share": 0.4}, (SMALL, BLURRED, DARK, GLARE)),
    ],
)
def test_a_photo_is_refused_beyond_a_limit_and_told_every_reason(
    shipped: ModelManifest, change: dict[str, Any], reasons: tuple[ReasonCode, ...]
) -> None:
    report = assess(replace(AT_THE_LIMITS, **change), limited(shipped, LIMITS))
    assert (report.reasons, report.accepted) == (reasons, not reasons)


def test_a_model_without_limits_of_pixels_asks_for_size_alone(shipped: ModelManifest) -> None:
    nothing = PixelMeasures(128, sharpness=0.0, mean_grey=0.0, dark_share=1.0, glare_share=1.0)
    assert assess(nothing, limited(shipped, None)).accepted
    assert assess(replace(nothing, short_side_px=127), limited(shipped, None)).reasons == (SMALL,)


def test_the_sample_is_accepted(shipped: ModelManifest, lesion: Image.Image) -> None:
    assert reasons_for(lesion, shipped) == ()


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("size", [(160, 128), (320, 240)])
def test_a_drawn_lesion_is_accepted(shipped: ModelManifest, seed: int, size: tuple[int, int]) -> None:
    assert reasons_for(draw_lesion(seed, size), shipped) == ()


def test_a_blurred_copy_is_too_blurred(shipped: ModelManifest, lesion: Image.Image) -> None:
    assert reasons_for(lesion.filter(ImageFilter.GaussianBlur(9)), shipped) == (BLURRED,)


def test_a_copy_in_the_dark_is_too_dark(shipped: ModelManifest, lesion: Image.Image) -> None:
    assert reasons_for(lesion.point(lambda value: round(value * 0.12)), shipped) == (DARK,)


def test_a_copy_under_a_lamp_glares(shipped: ModelManifest, lesion: Image.Image) -> None:
    glaring = lesion.copy()
    ImageDraw.Draw(glaring).ellipse((170, 90, 470, 390), fill=(255, 255, 255))
    assert reasons_for(glaring, shipped) == (GLARE,)


@pytest.mark.parametrize("brightness", [0.75, 0.5, 0.35])
def test_darker_skin_is_no_reason(shipped: ModelManifest, lesion: Image.Image, brightness: float) -> None:
    assert reasons_for(lesion.point(lambda value: round(value * brightness)), shipped) == ()


@pytest.mark.parametrize(("grey", "reasons"), [(0, (BLURRED, DARK)), (128, (BLURRED,)), (255, (BLURRED, GLARE))])
def test_a_picture_of_nothing(shipped: ModelManifest, grey: int, reasons: tuple[ReasonCode, ...]) -> None:
    assert reasons_for(Image.new("RGB", (300, 200), (grey,) * 3), shipped) == reasons


def test_the_limits_of_light_leave_every_skin_alone(shipped: ModelManifest) -> None:
    limits = shipped.quality.pixels
    assert limits is not None
    assert limits.min_mean_grey <= 30
    assert limits.max_dark_share >= 0.5
    assert limits.max_glare_share >= 0.25


@pytest.mark.parametrize(("reason", "told"), [(BLURRED, "still"), (DARK, "light"), (GLARE, "flash")])
def test_a_patient_is_told_what_to_do(shipped: ModelManifest, reason: ReasonCode, told: str) -> None:
    words = shipped.wording.reasons[reason]
    assert "take it again" in words
    assert told in words
    assert not [phrase for phrase in FALSE_COMFORT if phrase in words.lower()]
