"""What the environment may say, and what is handed on to the services."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from services.standalone.database_roles import with_login
from services.standalone.settings import PROJECT, StandaloneSettings, inherited_environment
from services.standalone.stack import shipped_model


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in StandaloneSettings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def test_the_defaults() -> None:
    settings = StandaloneSettings()
    assert settings.folder == (PROJECT / ".lesionlens").resolve()
    assert settings.base_url == "http://127.0.0.1:8080"
    assert settings.database_url is None


def test_an_empty_url_counts_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "")
    assert StandaloneSettings().database_url is None


def test_an_s3_server_needs_its_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("S3_ENDPOINT", "http://127.0.0.1:9000")
    with pytest.raises(ValidationError, match="S3_ACCESS_KEY and S3_SECRET_KEY"):
        StandaloneSettings()
    monkeypatch.setenv("S3_ACCESS_KEY", "access")
    monkeypatch.setenv("S3_SECRET_KEY", "hidden")
    assert "hidden" not in repr(StandaloneSettings())


def test_services_inherit_the_rest_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://owner:secret@db/x")
    monkeypatch.setenv("DEVICE", "cpu")
    monkeypatch.setenv("WEBHOOK_ALLOWED_HOSTS", "localhost")
    monkeypatch.setenv("SECRETS_KEYS", "for the gateway alone")
    handed_on = inherited_environment()
    assert not {"DATABASE_URL", "SECRETS_KEYS"} & set(handed_on)
    assert handed_on["WEBHOOK_ALLOWED_HOSTS"] == "localhost"
    assert handed_on["DEVICE"] == "cpu"


def test_another_login_on_the_same_server() -> None:
    url = with_login("postgresql://postgres:a@127.0.0.1:5/postgres", user="u", password="p", database="d")
    assert url == "postgresql://u:p@127.0.0.1:5/d"
    assert with_login("postgresql://postgres:a@h:5/x", user="u", password="p") == "postgresql://u:p@h:5/x"


def test_one_model_is_shipped(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="one model is expected"):
        shipped_model(tmp_path)
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "manifest.json").write_text("{}")
        if name == "first":
            assert shipped_model(tmp_path) == tmp_path / "first"
    with pytest.raises(FileNotFoundError, match=r"first.*second"):
        shipped_model(tmp_path)
