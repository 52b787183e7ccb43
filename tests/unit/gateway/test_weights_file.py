"""What is taken for a safetensors file is one: judged beside the library that workers read it with."""

import io
import json
import random
import struct
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load, save

from services.gateway.models.weights_file import check_weights
from services.gateway.refusals import WeightsInvalid

SHIPPED = Path(__file__).parents[3] / "models" / "lesionlens-dermoscopy" / "model.safetensors"
TENSORS = {
    "a": torch.arange(6, dtype=torch.float32).reshape(2, 3),
    "b.scale": torch.ones(2, dtype=torch.float16),
    "c": torch.ones((3, 1, 1), dtype=torch.int8),
    "d": torch.zeros((), dtype=torch.float32),
}


def check(content: bytes) -> None:
    check_weights(io.BytesIO(content), len(content))


def packed(header: Any, body: bytes = b"", *, length: int | None = None) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + body


def tensor(begin: int = 0, end: int = 8, *, dtype: Any = "F32", shape: Any = (2,), **more: Any) -> dict[str, Any]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end], **more}


def test_what_the_library_writes_and_what_we_ship() -> None:
    check(save(TENSORS))
    check(save(TENSORS, metadata={"format": "pt"}))
    with SHIPPED.open("rb") as file:
        check_weights(file, SHIPPED.stat().st_size)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"1234567",
        packed(b""),
        packed({}),
        packed({"__metadata__": {}}),
        packed([]),
        packed(b"{" * 100_000),
        packed(b"[" * 100_000 + b"]" * 100_000),
        packed(b'{"a": ' + b"9" * 5000 + b"}"),
        packed(b"\xff"),
        packed({"a": tensor()}, b"x" * 8, length=2**63),
        packed({"a": tensor()}, b"x" * 8, length=200),
        packed({"a": tensor()}, b"x" * 7),
        packed({"a": tensor()}, b"x" * 9),
        packed({"a": tensor(1, 9)}, b"x" * 9),
        packed({"a": tensor(), "b": tensor(4, 12)}, b"x" * 12),
        packed({"a": tensor(), "b": tensor(12, 20)}, b"x" * 20),
        packed({"a": tensor(), "b": tensor()}, b"x" * 8),
        packed(b'{"a":%b,"a":%b}' % ((json.dumps(tensor()).encode(),) * 2), b"x" * 8),
        packed({"a": tensor(8, 0)}, b"x" * 8),
        packed({"a": tensor(-8, 0)}, b"x" * 8),
        packed({"a": tensor(shape=[3])}, b"x" * 8),
        packed({"a": tensor(shape=[-2, -1])}, b"x" * 8),
        packed({"a": tensor(shape=[True, 2])}, b"x" * 8),
        packed({"a": tensor(shape=[2.0])}, b"x" * 8),
        packed({"a": tensor(shape=2)}, b"x" * 8),
        packed({"a": tensor(shape=[1] * 99 + [2])}, b"x" * 8),
        packed({"a": tensor(shape=[10**4000] * 8)}, b"x" * 8),
        packed({"a": tensor(dtype="F64", shape=[1])}, b"x" * 8),
        packed({"a": tensor(dtype=["F32"])}, b"x" * 8),
        packed({"a": tensor(code="evil")}, b"x" * 8),
        packed({"a": 1}, b"x" * 8),
        packed({"a": {"dtype": "F32", "shape": [2]}}, b"x" * 8),
        packed({f"name-{number}" * 9: tensor() for number in range(20_000)}, b"x" * 8),
        b"PK\x03\x04" + b"x" * 100,
        b"\x80\x04\x95" + b"x" * 100,
    ],
)
def test_refused(content: bytes) -> None:
    with pytest.raises(WeightsInvalid):
        check(content)


def test_whatever_is_taken_can_be_read() -> None:
    """Files changed at random: the library may take more than we do, never less."""
    dice = random.Random(5)
    whole = save(TENSORS)
    taken = 0
    for _ in range(4000):
        content = bytearray(whole)
        for _ in range(dice.randint(1, 3)):
            content[dice.randrange(len(content))] = dice.choice(b'0123456789[]{},:"FI86-') if dice.random() < 0.8 else 0
        if dice.random() < 0.1:
            del content[dice.randrange(len(content)) :]
        try:
            check(bytes(content))
        except WeightsInvalid:
            continue
        taken += 1
        load(bytes(content))
    assert taken > 50
