"""Rates of refusal by hand."""

from pathlib import Path

import pytest

from services.inference.model.development import write_development_model
from services.inference.model.measures import PixelMeasures
from services.trainer.evaluation.intervals import wilson
from services.trainer.evaluation.phones import Outcome, PhoneAnswer, PhonePhoto
from services.trainer.evaluation.refusals import refusals
from shared.contracts.manifest import ReasonCode

GOOD = PixelMeasures(256, sharpness=50.0, mean_grey=150.0, dark_share=0.0, glare_share=0.0)
BLURRED = PixelMeasures(256, sharpness=1.0, mean_grey=150.0, dark_share=0.0, glare_share=0.0)
BLURRED_AND_DARK = PixelMeasures(256, sharpness=1.0, mean_grey=10.0, dark_share=0.0, glare_share=0.0)


def phone(skin: str, *reasons: ReasonCode) -> PhoneAnswer:
    outcome: Outcome = "refused" if reasons else "review"
    return PhoneAnswer(PhonePhoto(Path("a.jpg"), "P1", "NEV", skin), reasons, None, outcome, outcome)


def test_rates_by_reason_and_by_skin_type(tmp_path: Path) -> None:
    manifest = write_development_model(tmp_path)
    phones = [phone("II"), phone("II", ReasonCode.TOO_BLURRED), phone("V", ReasonCode.GLARE), phone("unknown")]
    groups = refusals(manifest, [GOOD, GOOD, BLURRED, BLURRED_AND_DARK], phones)["groups"]
    ours = groups["evaluated"]
    assert ours["n"] == 4
    assert [ours[name]["value"] for name in ("refused", "too_small", "too_blurred", "too_dark", "glare")] == [
        *(0.5, 0.0, 0.5, 0.25, 0.0)
    ]
    assert ours["refused"] == wilson(2, 4).as_json()
    assert [groups[f"phone, {skin}"]["n"] for skin in ("I", "II", "III", "V", "unknown", "all")] == [0, 2, 0, 1, 1, 4]
    assert groups["phone, II"]["too_blurred"] == wilson(1, 2).as_json()
    assert groups["phone, all"]["refused"]["value"] == pytest.approx(0.5)


def test_without_phone_photos_only_the_evaluated_are_told(tmp_path: Path) -> None:
    found = refusals(write_development_model(tmp_path), [GOOD], [])
    assert set(found["groups"]) == {"evaluated"}
    assert found["limits"]["min_side_px"] == 32
    assert found["limits"]["pixels"]["min_sharpness"] == 5.0
