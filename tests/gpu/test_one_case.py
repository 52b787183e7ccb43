"""One case from end to end with the network on a GPU. Run by `make gpu-check` on machines that have one."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

from tests.system.pictures import draw_lesion, file_of
from tests.system.stack import Stack, analysed

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(params=["torch-cuda-bf16", "torch-cuda-fp32"])
def on_gpu(request: pytest.FixtureRequest) -> Iterator[Stack]:
    with TemporaryDirectory(prefix="lesionlens-gpu-") as name:
        Path(name).chmod(0o755)
        server = Stack(Path(name), DEVICE="cuda", BACKEND=request.param)
        try:
            server.wait_ready()
            yield server
        finally:
            server.stop()


def test_a_case_is_answered_by_the_gpu(on_gpu: Stack, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    photo = file_of(draw_lesion(tmp_path))
    with on_gpu.client() as api:
        first, second = analysed(api, photo), analysed(api, photo)
        assert api.get(first["links"]["overlay"]).is_success
    assert first["result"]["model"]["backend"] == request.node.callspec.params["on_gpu"]
    assert first["result"]["probabilities"] == second["result"]["probabilities"]
