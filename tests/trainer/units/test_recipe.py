import json
from pathlib import Path

import pytest

from services.trainer.faults import BadModel, BadOption
from services.trainer.recipe import Recipe, Stage, read_recipe


def test_a_stage_is_epochs_and_size() -> None:
    assert Stage.parse("14x96") == Stage(14, 96)


@pytest.mark.parametrize(
    "text", ["", "14", "x96", "14x", "0x96", "14x31", "14x513", "-1x96", "14x96x2", "1.5x96", "axb"]
)
def test_any_other_stage_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(BadOption, match="expected EPOCHSxSIZE with a size of 32 to 512, such as 14x96"):
        Stage.parse(text)


def test_each_epoch_has_its_stages_size() -> None:
    recipe = Recipe(stages=(Stage(2, 32), Stage(1, 48), Stage(2, 64)))
    assert recipe.epochs == 5
    assert [recipe.size_at(epoch) for epoch in range(7)] == [32, 32, 48, 64, 64, 64, 64]


def test_a_recipe_comes_back_from_its_file(tmp_path: Path) -> None:
    recipe = Recipe(head="concat-pool-mlp", stages=(Stage(2, 32),), seed=5, mixup=0.2)
    (tmp_path / "recipe.json").write_text(json.dumps(recipe.as_json()))
    assert read_recipe(tmp_path / "recipe.json") == recipe


@pytest.mark.parametrize("content", ["", "[]", '{"head": "other"}', '{"stages": [{"epochs": "many"}]}'])
def test_what_is_no_recipe_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "recipe.json").write_text(content)
    with pytest.raises(BadModel, match=r"recipe\.json: no recipe"):
        read_recipe(tmp_path / "recipe.json")
