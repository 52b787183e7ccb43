"""Secrets at rest: what is sealed is opened by any of the keys, and by nothing else."""

import pytest
from pydantic import SecretStr

from services.standalone.secret_files import new_fernet_key
from shared.errors import PermanentError, SecretUnreadable
from shared.sealing import SecretBox
from shared.settings import SecretsSettings

KEY = "cZ_0" * 10 + "cZ0="
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def test_a_secret_comes_back_and_is_never_sealed_alike() -> None:
    box = SecretBox([new_fernet_key()])
    sealed, again = box.seal(SECRET), box.seal(SECRET)
    assert sealed != again
    assert SECRET not in sealed + again
    assert box.open(sealed) == box.open(again) == SECRET


def test_the_first_key_seals_and_each_opens() -> None:
    old, new = new_fernet_key(), new_fernet_key()
    sealed = SecretBox([old]).seal(SECRET)
    both = SecretBox([new, old])
    assert both.open(sealed) == SECRET
    assert SecretBox([new]).open(both.seal(SECRET)) == SECRET


def test_rotating_leaves_the_old_key_without_use() -> None:
    old, new = new_fernet_key(), new_fernet_key()
    rotated = SecretBox([new, old]).rotate(SecretBox([old]).seal(SECRET))
    assert SecretBox([new]).open(rotated) == SECRET
    with pytest.raises(SecretUnreadable):
        SecretBox([old]).open(rotated)


@pytest.mark.parametrize("broken", ["", "x", "gAAAAA", "ÿ", "of-another-key", "changed"])
def test_what_no_key_opens_is_permanent_and_says_nothing(broken: str) -> None:
    box = SecretBox([new_fernet_key()])
    if broken == "of-another-key":
        broken = SecretBox([new_fernet_key()]).seal(SECRET)
    if broken == "changed":
        sealed = box.seal(SECRET)
        broken = sealed[:30] + ("A" if sealed[30] != "A" else "B") + sealed[31:]
    for use in (box.open, box.rotate):
        with pytest.raises(SecretUnreadable) as refused:
            use(broken)
        assert isinstance(refused.value, PermanentError)
        assert refused.value.code == "secret_unreadable"
        assert not broken or broken not in str(refused.value)


@pytest.mark.parametrize("wrong", ["short", "ÿ" * 44, KEY[:-1], KEY[1:], KEY * 2, KEY.replace("_", "/")])
def test_a_malformed_key_is_named_by_its_place_and_not_shown(wrong: str) -> None:
    with pytest.raises(ValueError, match="SECRETS_KEYS: key 2") as refused:
        SecretBox([new_fernet_key(), wrong])
    assert wrong not in str(refused.value)


@pytest.mark.parametrize("setting", ["", " , "])
def test_no_key_at_all(setting: str) -> None:
    with pytest.raises(ValueError, match="SECRETS_KEYS"):
        SecretBox.of(SecretsSettings(secrets_keys=SecretStr(setting)))


def test_the_setting_is_a_list_and_nothing_shows_a_key() -> None:
    old, new = new_fernet_key(), new_fernet_key()
    settings = SecretsSettings(secrets_keys=SecretStr(f" {new} , {old},"))
    box = SecretBox.of(settings)
    assert box.open(SecretBox([old]).seal(SECRET)) == SECRET
    assert SecretBox([new]).open(box.seal(SECRET)) == SECRET
    assert not any(key in shown for key in (old, new) for shown in (repr(box), str(box), repr(settings), str(settings)))
