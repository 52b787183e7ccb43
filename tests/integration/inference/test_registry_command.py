"""The registry from a shell: what it prints, and the status that a script goes by."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from services.inference.model.development import write_development_model
from shared.settings import StorageSettings

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def command(database_url: str, storage_settings: StorageSettings) -> Command:
    environment = {
        "DATABASE_URL": database_url,
        "S3_ENDPOINT": storage_settings.s3_endpoint,
        "S3_BUCKET": storage_settings.s3_bucket,
        "S3_ACCESS_KEY": storage_settings.s3_access_key.get_secret_value(),
        "S3_SECRET_KEY": storage_settings.s3_secret_key.get_secret_value(),
    }

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "services.inference.registry", *arguments],
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    return run


def said(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_from_a_folder_to_a_roll_back(command: Command, tmp_path: Path) -> None:
    for seed in (1, 2):
        write_development_model(tmp_path / str(seed), seed=seed)
    (tmp_path / "1" / "MODEL_CARD.md").write_text("# One\n")
    first = said(command("register", str(tmp_path / "1"), "--activate-if-none"))
    one = first.split()[0]
    assert first == f"{one} registered, active"
    assert said(command("register", str(tmp_path / "1"), "--activate-if-none")) == f"{one} known already, active"
    second = said(command("register", str(tmp_path / "2"), "--activate-if-none"))
    two = second.split()[0]
    assert second == f"{two} registered, not active"

    assert said(command("activate", two)) == f"new cases go to {two} from now on; before: {one}"
    assert said(command("activate", two)) == f"{two} is active already"
    stale = command("activate", one, "--from", one)
    assert (stale.returncode, stale.stdout) == (1, "")
    assert f"not {one} is active, but {two}" in stale.stderr
    states = {line["id"]: line["state"] for line in json.loads(said(command("list", "--json")))}
    assert states == {two: "active", one: "retired"}
    assert said(command("activate", one, "--from", two)) == f"new cases go to {one} from now on; before: {two}"
    assert said(command("retire", two)) == f"{two} is retired"
    table = [line.split() for line in said(command("list")).splitlines()]
    assert [row[:2] for row in table] == [["id", "state"], [two, "retired"], [one, "active"]]


def test_commands_that_fail(command: Command, tmp_path: Path) -> None:
    write_development_model(tmp_path / "model")
    model = said(command("register", str(tmp_path / "model"), "--activate")).split()[0]
    for arguments, told in (
        (("retire", model), "the model is active"),
        (("retire", "mdl_none"), "there is no model mdl_none"),
        (("activate", "mdl_none"), "there is no model mdl_none"),
        (("register", str(tmp_path)), "manifest.json cannot be read"),
    ):
        done = command(*arguments)
        assert (done.returncode, done.stdout) == (1, ""), arguments
        assert told in done.stderr
        assert "Traceback" not in done.stderr
    assert command().returncode == 2
