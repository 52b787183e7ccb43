"""The file with the secrets: written once, closed to others, with nothing in it that could be guessed."""

import re
from pathlib import Path

import pytest

from deploy.environment import PROJECT, filled, main
from shared.sealing import SecretBox


def test_every_secret_is_filled_and_each_is_another() -> None:
    example = (PROJECT / ".env.example").read_text()
    once, again = (dict(re.findall(r"^([A-Z0-9_]+)=(.*)$", filled(example), re.MULTILINE)) for _ in range(2))
    secrets = [name for name, value in once.items() if re.fullmatch(r"[0-9a-f]{40}|[\w-]{43}=", value)]
    assert len(secrets) == len(re.findall(r"^\w+=$", example, re.MULTILINE)) > 0
    assert len({once[name] for name in secrets} | {again[name] for name in secrets}) == 2 * len(secrets)
    assert once["HTTP_PORT"] == "8080"
    assert SecretBox([once["SECRETS_KEYS"]]).open(SecretBox([once["SECRETS_KEYS"]]).seal("a secret")) == "a secret"


def test_written_once_and_readable_by_its_owner_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(tmp_path) == 0
    written = (tmp_path / ".env").read_text()
    assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o600
    assert main(tmp_path) == 1
    assert (tmp_path / ".env").read_text() == written
    said = capsys.readouterr()
    assert not any(word in said.out + said.err for word in re.findall(r"[0-9a-f]{40}|[\w-]{43}=", written))
