"""The sample programs do, from the outside, what they say."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import httpx
import pytest
from PIL import Image

from tests.system.pictures import file_of
from tests.system.stack import ROOT, clean_environment, free_port

if TYPE_CHECKING:
    from pathlib import Path

    from tests.system.stack import Stack


def run(stack: Stack, *command: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    environment = clean_environment() | {"DATA_DIR": str(stack.data_dir), "COLUMNS": "100", "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, *command], cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=100
    )


def picture_in(path: Path) -> tuple[str | None, str]:
    with Image.open(path) as picture:
        picture.load()
        return picture.format, picture.mode


def test_the_client_to_copy(stack: Stack, tmp_path: Path, lesion: Image.Image) -> None:
    (tmp_path / "mole.jpg").write_bytes(file_of(lesion))
    connection = str(stack.data_dir / "standalone.json")
    command = ("-m", "samples.submit", "mole.jpg", "--connection", connection, "--client-ref", "visit-1")
    done = run(stack, *command, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "completed" in done.stdout
    assert "decision:" in done.stdout
    assert picture_in(tmp_path / "mole.overlay.jpg") == ("JPEG", "RGB")
    assert picture_in(tmp_path / "mole.heatmap.png") == ("PNG", "P")


def test_the_client_says_why_not(stack: Stack, tmp_path: Path) -> None:
    (tmp_path / "letter.jpg").write_bytes(b"Dear Sir or Madam, " * 20)
    connection = str(stack.data_dir / "standalone.json")
    done = run(stack, "-m", "samples.submit", str(tmp_path / "letter.jpg"), "--connection", connection)
    assert done.returncode == 1
    assert "unsupported_media" in done.stderr


def test_the_demo_shows_a_result_and_saves_the_pictures(stack: Stack, tmp_path: Path, lesion: Image.Image) -> None:
    (tmp_path / "mole.jpg").write_bytes(file_of(lesion))
    done = run(stack, "-m", "samples.demo", str(tmp_path / "mole.jpg"))
    assert done.returncode == 0, done.stdout + done.stderr
    facts = stack.facts
    headers = {"Authorization": f"Bearer {facts['clinic_key']}"}
    newest = httpx.get(f"{facts['base_url']}/v1/cases?limit=1", headers=headers).json()["items"][0]
    case = httpx.get(f"{facts['base_url']}/v1/cases/{newest['id']}", headers=headers).json()
    words = " ".join(done.stdout.split())
    for text in (case["id"], "Melanoma", "Basal cell carcinoma", case["result"]["decision"], "done"):
        assert text in words
    assert " ".join(case["result"]["notice"].split()) in words
    assert picture_in(tmp_path / "mole.overlay.jpg") == ("JPEG", "RGB")
    assert picture_in(tmp_path / "mole.heatmap.png") == ("PNG", "P")


def test_the_demo_fails_with_the_reason(stack: Stack, tmp_path: Path, lesion: Image.Image) -> None:
    whole = file_of(lesion)
    (tmp_path / "torn.jpg").write_bytes(whole[: len(whole) // 2])
    torn = run(stack, "-m", "samples.demo", str(tmp_path / "torn.jpg"))
    assert torn.returncode == 1
    assert "undecodable_image" in torn.stderr
    missing = run(stack, "-m", "samples.demo", str(tmp_path / "missing.jpg"))
    assert missing.returncode == 1
    assert "No such file" in missing.stderr
    assert not list(tmp_path.glob("*overlay*"))


def test_the_demo_starts_a_server_and_stops_what_it_started(
    tmp_path: Path, data_dir: Path, lesion: Image.Image
) -> None:
    (tmp_path / "mole.jpg").write_bytes(file_of(lesion))
    own = {"DATA_DIR": str(data_dir), "PORT": str(free_port()), "COLUMNS": "100", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", "samples.demo", str(tmp_path / "mole.jpg")],
        cwd=ROOT,
        env=clean_environment() | own,
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Melanoma" in done.stdout
    assert "stopping" in done.stdout
    with pytest.raises(httpx.TransportError):
        httpx.get(f"http://127.0.0.1:{own['PORT']}/healthz")
