import csv
import json
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw

from services.inference.model.development import write_development_model
from services.trainer.evaluation.options import EvaluationOptions
from services.trainer.evaluation.report import HTML, JSON, evaluate
from services.trainer.faults import BadData, BadOption
from shared.contracts.enums import LesionClass

SIZE = (128, 96)
LESIONS = 21


def draw(path: Path, seed: int, centre: tuple[int, int]) -> None:
    """A dark spot on skin; its mask beside it where there is a folder for masks."""
    shades = random.Random(seed)
    picture = Image.new("RGB", SIZE, (200 + shades.randrange(40), 160, 150))
    box = (centre[0] - 20, centre[1] - 16, centre[0] + 20, centre[1] + 16)
    ImageDraw.Draw(picture).ellipse(box, fill=(60 + shades.randrange(80), shades.randrange(90), 40))
    picture.save(path, quality=90)
    masks = path.parent.parent / "masks"
    if masks.is_dir():
        mask = Image.new("1", SIZE)
        ImageDraw.Draw(mask).ellipse(box, fill=1)
        mask.save(masks / f"{path.stem}_segmentation.png")


def write_rows(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture(scope="module")
def options(tmp_path_factory: pytest.TempPathFactory) -> EvaluationOptions:
    """Forty-two photos of three lesions for each class, two photos a lesion, with masks; five phone photos."""
    folder = tmp_path_factory.mktemp("evaluation")
    data, phone = folder / "data", folder / "phone"
    for each in (data / "images", data / "masks", phone / "images"):
        each.mkdir(parents=True)
    rows = []
    for number in range(2 * LESIONS):
        lesion, name = number // 2, f"photo_{number:02}"
        draw(data / "images" / f"{name}.jpg", number, (64 + number % 9 - 4, 48))
        label = tuple(LesionClass)[lesion % len(LesionClass)]
        rows.append({"image_id": name, "dx": label.value, "lesion_id": f"L{lesion}", "split": "val"})
    write_rows(data / "labels.csv", rows)
    phones = []
    for number, skin in enumerate(("", "2.0", "2.0", "4.0", "<b>")):
        draw(phone / "images" / f"{number}.jpg", 100 + number, (50, 40))
        phones.append(
            {"file": f"images/{number}.jpg", "patient_id": f"P{number}", "diagnostic": "NEV", "fitzpatrick": skin}
        )
    write_rows(phone / "labels.csv", phones[:4])
    write_rows(phone / "wrong.csv", phones)
    write_development_model(folder / "model", seed=1)
    return EvaluationOptions(
        *(folder / "model", data, folder / "out"), phone_photos=phone, part="validation", bootstrap=50, explained=3
    )


@pytest.fixture(scope="module")
def content(options: EvaluationOptions) -> dict[str, Any]:
    return evaluate(options)


def numbers(value: Any) -> Iterator[float]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from numbers(each)
    elif isinstance(value, float):
        yield value


def test_both_files_are_there_and_nothing_beside_them(content: dict[str, Any], options: EvaluationOptions) -> None:
    assert sorted(path.name for path in options.out.iterdir()) == [HTML, JSON]
    assert not list(options.out.parent.glob(".*"))
    written = json.loads((options.out / JSON).read_text(), parse_constant=pytest.fail)
    assert written == json.loads(json.dumps(content))


def test_every_interval_holds_its_value(content: dict[str, Any]) -> None:
    def check(value: Any) -> int:
        if isinstance(value, dict) and {"value", "low", "high", "n"} <= value.keys():
            if None not in value.values():
                assert value["low"] - 1e-6 <= value["value"] <= value["high"] + 1e-6
            return 1
        each = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        return sum(check(one) for one in each)

    assert check(content["discrimination"]) == 29
    assert all(value == round(value, 6) for value in numbers(content))


def test_the_counts_are_those_of_the_data(content: dict[str, Any]) -> None:
    facts = content["identification"]
    assert (facts["photos"], facts["lesions"], facts["part"]) == (42, 21, "validation")
    assert all(each == {"photos": 6, "lesions": 3} for each in facts["classes"].values())
    assert sum(map(sum, content["discrimination"]["confusion"])) == 42
    assert sum(row["photos"] for row in content["discrimination"]["bands"]) == 42
    answers = content["distribution"]["phone_answers"]
    assert {name: each["n"] for name, each in answers.items() if each["n"]} == {
        "II": 2,
        "IV": 1,
        "unknown": 1,
        "all": 4,
    }
    assert answers["all"]["review"]["value"] == 1  # photos without a dermatoscope are outside of what it is for


def test_a_model_without_limits_says_why_there_is_no_distance(content: dict[str, Any]) -> None:
    found = content["distribution"]
    assert (found["measured"], found["groups"]) == (False, None)
    assert "no distance" in found["reason"]


def test_explanations_are_measured_on_masks(content: dict[str, Any]) -> None:
    found = content["explanations"]
    assert (found["map_cells"], found["tried"]) == ([4, 4], 3)
    assert found["centre_crop"]["photos"] == 42
    assert found["shifted_crop"]["centre_pointing"]["value"] < found["centre_crop"]["centre_pointing"]["value"]
    assert [row["part"] for row in found["randomisation"]["parts"]] == [
        *("head", "layer3", "layer2", "layer1", "bn1", "conv1")
    ]
    assert found["randomisation"]["parts"][-1]["correlation"]["value"] < 0.9


def test_the_page_is_whole_and_needs_nothing_else(content: dict[str, Any], options: EvaluationOptions) -> None:
    html = (options.out / HTML).read_text()
    for heading in (
        *("Identification", "Seven classes", "Malignancy", "Calibration", "Out of distribution", "Explanations"),
        "A screening aid, not a diagnosis.",
    ):
        assert heading in html
    assert content["identification"]["notice"] in html
    assert html.count("data:image/svg+xml;base64,") == 7
    assert "http" not in html
    assert str(options.data) not in html


def test_an_earlier_report_is_replaced_and_other_files_are_not(
    content: dict[str, Any], options: EvaluationOptions, tmp_path: Path
) -> None:
    again = evaluate(replace(options, explained=0, bootstrap=0, phone_photos=None))
    assert again["explanations"]["faithfulness"] is None
    assert again["discrimination"]["accuracy"]["value"] == content["discrimination"]["accuracy"]["value"]
    assert again["discrimination"]["accuracy"]["low"] is None
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(BadOption, match="other things"):
        evaluate(replace(options, out=tmp_path))
    assert (tmp_path / "thesis.txt").read_text() == "mine"


def test_a_wrong_skin_type_names_its_row(options: EvaluationOptions, tmp_path: Path) -> None:
    assert options.phone_photos
    (tmp_path / "images").symlink_to(options.phone_photos / "images")
    (tmp_path / "labels.csv").write_bytes((options.phone_photos / "wrong.csv").read_bytes())
    with pytest.raises(BadData, match=r"row 6: fitzpatrick '<b>'"):
        evaluate(replace(options, phone_photos=tmp_path, out=tmp_path / "out"))
    assert not (tmp_path / "out").exists()
