"""The engine's bench as it is, on a network so small that it takes no time: every backend and every peer."""

from pathlib import Path

import pytest

from bench import engine, engine_tables
from bench.peers import PEERS
from services.inference.model.backends.choice import REFERENCE, available
from services.inference.model.development import write_development_model
from services.inference.model.folder import read_folder

DEVICES = sorted({backend.device for backend in available()})


@pytest.mark.parametrize("device", DEVICES)
def test_every_backend_and_every_peer_is_measured(tmp_path: Path, device: str) -> None:
    write_development_model(tmp_path, seed=1)
    figures = engine.measure(read_folder(tmp_path), device, [64, 96], [1, 3], rounds=2)
    assert [(group["input_size"], group["batch"]) for group in figures["groups"]] == [
        (64, 1),
        (64, 3),
        (96, 1),
        (96, 3),
    ]
    for group in figures["groups"]:
        assert list(group["ours_over_plain"]) == [name for name in available() if name.device == device]
        assert list(group["over_ours"]) == list(PEERS)
        assert all(spread["low"] > 0 for spread in group["ms_per_photo"].values())
    assert len(engine_tables.tables(figures)) == 8


def test_a_device_that_is_not_there_is_named() -> None:
    with pytest.raises(SystemExit, match="on cuda"):
        engine.on("cuda", [REFERENCE])
