"""Every backend that this machine can run, against the reference: torch in float32."""

import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch

from services.inference.model.backends.choice import REFERENCE, available, choose
from services.inference.model.backends.compiled_cache import CompiledCache
from services.inference.model.engine import LoadedModel, load_model
from services.inference.model.folder import ModelFolder
from shared.contracts.enums import BackendName
from shared.errors import BackendUnavailable, NonFiniteActivation
from tests.unit.model.changed_folder import changed

CropOf = Callable[[int], bytes]
B = BackendName
CPU = (B.OPENVINO_CPU_BF16, B.OPENVINO_CPU_FP32, B.TORCH_CPU_FP32, B.TORCH_CPU_BF16)
OPENVINO = [name for name in available() if name.startswith("openvino")]
EXACT = [name for name in available() if name.startswith("openvino") or name.device == "cuda"]
# Of the largest evidence, of which logits are means: float32 adds up otherwise, bfloat16 keeps eight bits.
WITHIN = {"fp32": 1e-5, "bf16": 1e-2}


def said(model: LoadedModel, crops: Sequence[bytes]) -> list[tuple[object, ...]]:
    return [(each.logits, each.maps, each.distance) for each in model.predict(crops)]


@pytest.fixture(scope="module")
def loaded(folder: ModelFolder) -> dict[BackendName, LoadedModel]:
    return {name: load_model(folder, backend=name) for name in available()}


def test_openvino_runs_here() -> None:
    assert B.OPENVINO_CPU_FP32 in available()


@pytest.mark.parametrize("name", available())
def test_a_backend_answers_like_the_reference(
    loaded: dict[BackendName, LoadedModel], model: LoadedModel, crop_of: CropOf, name: BackendName
) -> None:
    crops = [crop_of(seed) for seed in range(12)]
    within = WITHIN[name.precision]
    got, wanted = loaded[name].predict(crops), model.predict(crops)
    assert {each.backend for each in got} == {name}
    for one, other in zip(got, wanted, strict=True):
        signed, reference = (np.array([each.values for each in item.maps]) for item in (one, other))
        scale = np.abs(reference).max()
        assert np.abs(np.subtract(one.logits, other.logits)).max() <= within * scale
        # Maps are kept in float16, whose steps are a thousandth of a value.
        assert np.abs(signed - reference).max() <= (2 * within + 1e-3) * scale
        margin = np.diff(sorted(other.logits))[-1]
        assert one.classification.label == other.classification.label or margin <= 2 * within * scale


@pytest.mark.parametrize("name", EXACT)
def test_a_photo_gets_the_same_bits_in_any_batch(
    loaded: dict[BackendName, LoadedModel], crop_of: CropOf, name: BackendName
) -> None:
    crops = [crop_of(seed) for seed in range(37)]
    together = said(loaded[name], crops)
    assert [said(loaded[name], [crop])[0] for crop in crops] == together
    assert said(loaded[name], crops[:20]) + said(loaded[name], crops[20:]) == together
    assert said(loaded[name], crops[::-1])[::-1] == together


@pytest.mark.parametrize("name", available())
def test_a_model_is_loaded_beside_one_that_is_at_work(
    loaded: dict[BackendName, LoadedModel], folder: ModelFolder, crop_of: CropOf, name: BackendName
) -> None:
    """As a worker takes up the next model."""
    crops = [crop_of(seed) for seed in range(3)]
    told = said(loaded[name], crops)
    with ThreadPoolExecutor(1) as beside:
        for _ in range(3):
            loading = beside.submit(load_model, folder, backend=name)
            while not loading.done():
                assert said(loaded[name], crops) == told
            assert said(loading.result(), crops) == told


@pytest.mark.parametrize("name", available())
def test_callers_at_once_get_their_own_answers(
    loaded: dict[BackendName, LoadedModel], crop_of: CropOf, name: BackendName
) -> None:
    crops = [crop_of(seed) for seed in range(24)]
    expected = [said(loaded[name], [crop]) for crop in crops]
    with ThreadPoolExecutor(4) as pool:
        got = list(pool.map(lambda crop: said(loaded[name], [crop]), crops))
    pairs = enumerate(zip(got, expected, strict=True))
    assert [(seed, one[0][0], other[0][0]) for seed, (one, other) in pairs if one != other] == []


@pytest.mark.parametrize("name", OPENVINO)
def test_the_number_of_threads_does_not_matter(
    loaded: dict[BackendName, LoadedModel], crop_of: CropOf, name: BackendName
) -> None:
    crops, before = [crop_of(seed) for seed in range(24)], torch.get_num_threads()
    answers = []
    try:
        for threads in (1, 2, 3):
            torch.set_num_threads(threads)
            answers.append(said(loaded[name], crops))
    finally:
        torch.set_num_threads(before)
    assert answers[0] == answers[1] == answers[2]


@pytest.mark.parametrize("name", available())
def test_overflow_is_an_error_on_every_backend(folder: ModelFolder, crop_of: CropOf, name: BackendName) -> None:
    from safetensors.torch import load  # noqa: PLC0415

    tensors = load(folder.weights)
    tensors["conv1.weight"] = tensors["conv1.weight"] * 1e38
    broken = load_model(changed(folder, tensors), backend=name)
    with pytest.raises(NonFiniteActivation):
        broken.predict([crop_of(seed) for seed in range(4)])


@pytest.mark.parametrize("name", OPENVINO)
def test_what_was_compiled_is_used_again_and_answers_the_same(
    folder: ModelFolder, crop_of: CropOf, tmp_path: Path, name: BackendName
) -> None:
    crops = [crop_of(seed) for seed in range(3)]
    first = said(load_model(folder, backend=name, compiled=tmp_path), crops)
    [kept] = tmp_path.glob("*/*")
    written = kept.stat().st_mtime_ns
    assert said(load_model(folder, backend=name, compiled=tmp_path), crops) == first
    assert [path.stat().st_mtime_ns for path in tmp_path.glob("*/*")] == [written]


@pytest.mark.parametrize("name", OPENVINO[:1])
def test_a_damaged_file_is_compiled_anew(
    folder: ModelFolder, crop_of: CropOf, tmp_path: Path, name: BackendName
) -> None:
    first = said(load_model(folder, backend=name, compiled=tmp_path), [crop_of(1)])
    [kept] = tmp_path.glob("*/*")
    whole = kept.read_bytes()
    kept.write_bytes(whole[:-9] + b"something")
    assert said(load_model(folder, backend=name, compiled=tmp_path), [crop_of(1)]) == first
    assert kept.read_bytes() != whole[:-9] + b"something"


def test_a_folder_that_cannot_be_written_keeps_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    cache = CompiledCache(tmp_path / "file" / "below", "network")
    cache.put(["cpu"], b"compiled")
    assert cache.get(["cpu"]) is None


def test_compiled_forms_are_told_apart(tmp_path: Path) -> None:
    cache = CompiledCache(tmp_path, "network")
    cache.put(["2026.4", "cpu"], b"compiled")
    assert cache.get(["2026.4", "cpu"]) == b"compiled"
    assert cache.get(["2026.5", "cpu"]) is None
    assert CompiledCache(tmp_path, "other").get(["2026.4", "cpu"]) is None


@pytest.mark.parametrize(
    ("device", "possible", "checked", "chosen"),
    [
        ("auto", tuple(B), tuple(B), B.TORCH_CUDA_BF16),
        ("auto", CPU, tuple(B), B.OPENVINO_CPU_BF16),
        ("auto", CPU, (REFERENCE, B.OPENVINO_CPU_FP32), B.OPENVINO_CPU_FP32),
        ("auto", tuple(B), (REFERENCE, B.OPENVINO_CPU_BF16), B.OPENVINO_CPU_BF16),
        ("auto", CPU[1:], tuple(B), B.OPENVINO_CPU_FP32),
        ("auto", CPU[2:], tuple(B), REFERENCE),
        ("cpu", tuple(B), tuple(B), B.OPENVINO_CPU_BF16),
        ("cuda", tuple(B), (*CPU, B.TORCH_CUDA_FP32), B.TORCH_CUDA_FP32),
    ],
)
def test_the_rule(
    device: str, possible: tuple[BackendName, ...], checked: tuple[str, ...], chosen: BackendName
) -> None:
    assert choose("auto", device, checked, possible) is chosen


def test_a_backend_that_nobody_checked_is_used_only_by_name() -> None:
    assert choose("torch-cpu-bf16", "auto", [REFERENCE], CPU) is B.TORCH_CPU_BF16
    with pytest.raises(
        BackendUnavailable, match=r"checked on \(torch-cpu-fp32\) runs here on cuda; BACKEND=torch-cuda-bf16"
    ):
        choose("auto", "cuda", [REFERENCE], tuple(B))


def test_a_backend_that_is_not_here_is_refused() -> None:
    with pytest.raises(BackendUnavailable, match="torch-cuda-bf16 cannot be used here; these can: openvino-cpu-bf16,"):
        choose("torch-cuda-bf16", "auto", list(B), CPU)


def test_openvino_reports_to_nobody(tmp_path: Path) -> None:
    """In a process of its own: the report would be sent on import, and leave an identifier at home."""
    program = (
        "import sys; from services.inference.model.backends.openvino_import import openvino; openvino().Core();"
        "print([name for name in sys.modules if name.startswith('openvino_telemetry.')])"
    )
    root = Path(__file__).parents[2]
    ran = subprocess.run(
        [sys.executable, "-c", program],
        cwd=root,
        env={"HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert (ran.stdout.strip(), list(tmp_path.iterdir())) == ("[]", [])


def test_a_gpu_is_claimed_where_there_is_one() -> None:
    assert (available()[0].device == "cuda") is torch.cuda.is_available()
