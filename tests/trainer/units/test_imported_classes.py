"""What the reading process hands over is checked like a stranger's, without any process here."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from services.trainer import fastai_import
from services.trainer.fastai_import import Found
from services.trainer.fastai_reader import FOUND, TENSORS
from services.trainer.faults import BadModel
from services.trainer.network import HeadKind, build_network, shipped_tensors
from shared.contracts.enums import LesionClass

FILE = Path("export.pkl")
SHUFFLED = ("nv", "MEL", "bcc", "akiec", "df", "bkl", "vasc")


def found(head: HeadKind = "pool-linear", vocab: tuple[str, ...] = SHUFFLED) -> Found:
    return Found(architecture="tiny-conv", head=head, vocab=vocab, input_size=None, mean=None, std=None)


@pytest.mark.parametrize(("head", "last"), [("pool-linear", "fc.weight"), ("concat-pool-mlp", "head.fc2.weight")])
def test_the_last_layers_rows_come_in_our_order(head: HeadKind, last: str) -> None:
    tensors = shipped_tensors(build_network("tiny-conv", head))
    ours = fastai_import._in_our_order(FILE, found(head), tensors)
    for name, value in tensors.items():
        if name not in (last, "fc.bias"):
            assert torch.equal(ours[name], value), name
    for index, label in enumerate(LesionClass):
        assert torch.equal(ours[last][index], tensors[last][[each.lower() for each in SHUFFLED].index(label)])


@pytest.mark.parametrize(
    ("vocab", "told"),
    [
        (("benign", "malignant"), "its classes are benign, malignant, not akiec"),
        ((*SHUFFLED[:6], "scc"), "its classes are nv, .*scc, not akiec"),
        ((*SHUFFLED[:6], "nv"), "its classes are nv, .*nv, not akiec"),
        ((), "its classes are none"),
        (("\x1b[2J",), r"its classes are '\\x1b\[2J'"),
    ],
)
def test_other_classes_are_named(vocab: tuple[str, ...], told: str) -> None:
    tensors = shipped_tensors(build_network("tiny-conv", "pool-linear"))
    with pytest.raises(BadModel, match=told):
        fastai_import._in_our_order(FILE, found(vocab=vocab), tensors)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"fc.bias": None}, "fc.bias is missing"),
        ({"extra": torch.ones(1)}, "extra is missing or does not belong to tiny-conv with pool-linear"),
        ({"fc.bias": torch.full((7,), torch.nan)}, "fc.bias holds NaN or Inf"),
        ({"fc.bias": torch.ones(6)}, r"fc.bias is \[6\], not \[7\]"),
    ],
)
def test_values_that_do_not_fit_are_named(tmp_path: Path, change: dict[str, Any], told: str) -> None:
    tensors = shipped_tensors(build_network("tiny-conv", "pool-linear")) | change
    save_file({name: value for name, value in tensors.items() if value is not None}, tmp_path / TENSORS)
    with pytest.raises(BadModel, match=told):
        fastai_import._in_our_order(FILE, found(), fastai_import._tensors(FILE, tmp_path, found()))


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("[]")
    for name in (TENSORS, FOUND):
        (tmp_path / name).symlink_to(secret)
    with pytest.raises(BadModel, match="cannot be used"):
        fastai_import._tensors(FILE, tmp_path, found())
    with pytest.raises(BadModel, match="left no result"):
        fastai_import._found(FILE, tmp_path)


@pytest.mark.parametrize(
    "change", [{"head": "other"}, {"vocab": "nv"}, {"input_size": 10**9}, {"mean": [1, 2]}, {"more": 1}]
)
def test_what_it_says_of_itself_is_checked(tmp_path: Path, change: dict[str, Any]) -> None:
    (tmp_path / FOUND).write_text(json.dumps(found().model_dump(mode="json") | change))
    with pytest.raises(BadModel, match=f"says what cannot be of {next(iter(change))}"):
        fastai_import._found(FILE, tmp_path)
