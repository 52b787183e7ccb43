"""The Dockerfiles' own install steps, run for each image in a fresh virtual environment, and what can be imported then.

No container: the packages of the system's Python stay out because a virtual environment does not see them, and the code
is a copy of what the Dockerfile copies. The worker's steps install torch, for a minute or more: these run with
INSTALL_ALL=1, and the migrations' too.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from tests.install.dockerfile import PATHS, ROOT, Instruction, command, final, lineage, stages_of

if TYPE_CHECKING:
    from collections.abc import Iterator

# Image, stage with the code, stage with the packages, and what must not be found in it.
IMAGES: Final = {
    "gateway": ("1", "build", ("torch", "torchvision", "numpy", "safetensors", "alembic", "pytest")),
    "maintenance": ("1", "build", ("torch", "numpy", "PIL", "fastapi", "uvicorn", "alembic", "pytest")),
}
if os.environ.get("INSTALL_ALL"):
    IMAGES["migrations"] = ("1", "build", ("torch", "numpy", "PIL", "fastapi", "boto3", "celery", "pytest"))
    IMAGES["backup"] = ("1", "build", ("torch", "numpy", "PIL", "fastapi", "celery", "pytest"))
    IMAGES["inference"] = ("cpu", "build-cpu", ("fastapi", "uvicorn", "alembic", "pytest"))

IMPORT: Final = """
import importlib, importlib.util, pathlib, sys
top, *unwanted = sys.argv[1:]
for path in sorted(pathlib.Path(top.split(".")[0]).rglob("*.py")):
    name = ".".join(path.with_suffix("").parts).removesuffix(".__init__")
    if path.stem not in {"__main__", "env"} and "versions" not in path.parts:
        importlib.import_module(name)
assert {"shared.settings", "shared.db.session"} <= set(sys.modules) or top == "migrations"
found = [name for name in unwanted if importlib.util.find_spec(name)]
assert not found, f"there, but not wanted: {found}"
"""


class Image:
    """One image made by hand: a folder with the code, and a virtual environment."""

    def __init__(self, folder: Path, name: str) -> None:
        self.code, self.venv = folder / "app", folder / "venv"
        self.code.mkdir()
        stages = stages_of(PATHS[name])
        code, packages, self.unwanted = IMAGES[name]
        assert code in {final(stages), "cpu"}
        self.built = lineage(stages, code)
        for instruction in lineage(stages, packages):
            self._follow(instruction)
        for instruction in self.built:
            if instruction.word == "COPY":
                self._copy(instruction)

    def _follow(self, instruction: Instruction) -> None:
        if instruction.word == "COPY":
            self._copy(instruction)
        if instruction.word == "RUN":
            for part in instruction.rest.split("&&"):
                self._run(shlex.split(part))

    def _copy(self, instruction: Instruction) -> None:
        if instruction.rest.startswith("--from="):
            return
        *sources, target = instruction.rest.split()
        for source in sources:
            at = self.code / target / (Path(source).name if target.endswith("/") else "")
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, at, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True)
            else:
                at.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / source, at)

    def _run(self, words: list[str]) -> None:
        words = [word.replace("/venv", str(self.venv)) for word in words]
        if words[0] == "python":
            words[0] = sys.executable
        if "--extra-index-url" in words and not _answers(words[words.index("--extra-index-url") + 1]):
            at = words.index("--extra-index-url")  # the same build then comes from wherever pip looks anyway
            del words[at : at + 2]
        done = subprocess.run(words, cwd=self.code, env=_environment(), capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]

    def python(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.venv / "bin" / "python", *arguments],
            cwd=self.code,
            env={"PATH": os.defpath, "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            check=False,
            timeout=100,
        )


def _answers(index: str) -> bool:
    try:
        with urllib.request.urlopen(f"{index}/torch/", timeout=3) as answer:  # noqa: S310  (written in a Dockerfile)
            return bool(answer.status == 200)
    except OSError:
        return False


def _environment() -> dict[str, str]:
    """Return this environment, pip's settings in it included, without the virtual one that the tests run in.

    Compiling what nobody imports takes most of the time: it is left out.
    """
    ours = {name: value for name, value in os.environ.items() if name not in {"VIRTUAL_ENV", "PYTHONPATH"}}
    return ours | {"PIP_NO_COMPILE": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


@pytest.fixture(params=IMAGES)
def image(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Image]:
    yield Image(tmp_path, request.param)
    shutil.rmtree(tmp_path, ignore_errors=True)


@pytest.mark.timeout(900)
def test_an_image_imports_all_that_it_holds_and_lacks_what_it_should(image: Image) -> None:
    words = command(image.built)
    assert words[:2] == ["python", "-m"]
    module = words[2]
    done = image.python("-c", IMPORT, module, *image.unwanted)
    assert done.returncode == 0, done.stderr[-3000:]
    # Without any setting the service must get as far as to miss them.
    started = image.python("-m", module)
    assert started.returncode != 0
    assert "database_url" in started.stderr.lower(), started.stderr[-2000:]
    assert "ModuleNotFoundError" not in started.stderr


def test_every_image_is_tried() -> None:
    assert {*IMAGES, "backup", "inference", "migrations"} == set(PATHS)
