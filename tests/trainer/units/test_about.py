"""What a person says of the photos, or leaves out."""

import json
from pathlib import Path

import pytest

from services.trainer.about import read_about
from services.trainer.faults import BadOption


def test_ham10000_is_known_with_its_licence() -> None:
    (source,) = read_about("ham10000").training_data
    assert source.licence == "CC BY-NC 4.0"
    assert "Tschandl" in source.attribution


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "no JSON"),
        (json.dumps({"training_data": []}), "training_data"),
        (json.dumps({"training_data": [{"name": "x", "licence": "y"}]}), "attribution"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "about.json"
    path.write_text(content)
    with pytest.raises(BadOption, match=said):
        read_about(str(path))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadOption, match="ham10000"):
        read_about(str(tmp_path / "none.json"))
