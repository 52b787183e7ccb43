"""What is installed, and when it is installed again."""

import pytest

from services.standalone.install import CPU_INDEX, PURPOSES, digest, torch_requirement

PYPROJECT = '[dependency-groups]\ngateway = ["fastapi"]\n[tool.ruff]\nline-length = 120\n'


def test_no_gpu_takes_the_cpu_build_from_its_own_index() -> None:
    assert torch_requirement(gpu=False, cpu_index=True) == (
        "torch==2.13.0+cpu",
        ("--extra-index-url", CPU_INDEX),
    )


@pytest.mark.parametrize(("gpu", "cpu_index"), [(True, True), (True, False), (False, False)])
def test_otherwise_pip_decides(*, gpu: bool, cpu_index: bool) -> None:
    assert torch_requirement(gpu=gpu, cpu_index=cpu_index) == ("torch==2.13.0", ())


def test_running_never_installs_the_trainer_nor_the_tools_of_development() -> None:
    assert not {"trainer", "dev"} & set(PURPOSES["run"])
    assert "trainer" in PURPOSES["train"]
    assert "dev" not in PURPOSES["train"]
    assert {"trainer", "dev"} <= set(PURPOSES["test"])


def test_installed_again_when_what_decides_it_changes() -> None:
    asked = digest(("gateway",), PYPROJECT, "fastapi==1", b"installer")
    assert asked == digest(("gateway",), PYPROJECT.replace("120", "100"), "fastapi==1", b"installer")
    changed = {
        digest(("gateway", "dev"), PYPROJECT, "fastapi==1", b"installer"),
        digest(("gateway",), PYPROJECT.replace("fastapi", "flask"), "fastapi==1", b"installer"),
        digest(("gateway",), PYPROJECT, "fastapi==2", b"installer"),
        digest(("gateway",), PYPROJECT, "fastapi==1", b"other installer"),
    }
    assert len(changed | {asked}) == 5
