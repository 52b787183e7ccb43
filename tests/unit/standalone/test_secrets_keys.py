"""The key that opens the secrets of clinics: made once, kept from strangers, and told to whoever needs it."""

import stat
from pathlib import Path

import pytest
from pydantic import SecretStr

from services.standalone.object_store import StoreAddress
from services.standalone.settings import StandaloneSettings
from services.standalone.stack import Addresses, secrets_keys, services
from shared.sealing import SecretBox

ADDRESSES = Addresses("postgresql://o:p@h/x", "redis://r", StoreAddress("http://s", "b", "a", "s"), None, {})
NEED_IT = {"gateway", "notifier"}


def told(settings: StandaloneSettings, name: str = "SECRETS_KEYS") -> dict[str, str | None]:
    return {each.name: each.command().env.get(name) for each in services(settings, ADDRESSES)}


def test_it_is_made_once_and_readable_by_its_owner_alone(tmp_path: Path) -> None:
    settings = StandaloneSettings(data_dir=tmp_path)
    (made,) = {each for each in told(settings).values() if each}
    assert stat.S_IMODE((tmp_path / "secrets_keys").stat().st_mode) == 0o600
    assert SecretBox([made]).open(SecretBox([made]).seal("a secret")) == "a secret"
    assert secrets_keys(StandaloneSettings(data_dir=tmp_path)) == {"SECRETS_KEYS": made}


def test_only_who_needs_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever decodes strangers' photos opens no secret."""
    monkeypatch.setenv("SECRETS_KEYS", "of-the-user")
    assert {name for name, keys in told(StandaloneSettings(data_dir=tmp_path)).items() if keys} == NEED_IT


def test_keys_that_are_given_replace_it(tmp_path: Path) -> None:
    of_addresses = SecretStr("of the operator")
    settings = StandaloneSettings(data_dir=tmp_path, secrets_keys=SecretStr("new,old"), address_key=of_addresses)
    assert told(settings)["gateway"] == "new,old"
    assert told(settings, "ADDRESS_KEY") == {**dict.fromkeys(told(settings)), "gateway": "of the operator"}
    assert list(tmp_path.iterdir()) == []
    assert "new,old" not in repr(settings)
