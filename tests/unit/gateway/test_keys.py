"""What keys look like."""

from services.gateway.clinics.keys import digest_of, looks_like_key, make_key
from shared.contracts.ids import IdPrefix, new_id


def test_keys_differ_and_show_their_id() -> None:
    key_id = new_id(IdPrefix.KEY)
    made = {make_key(key_id).text for _ in range(100)}
    assert len(made) == 100
    assert all(looks_like_key(text) and text.startswith(f"ll_{key_id[-8:]}_") for text in made)


def test_the_text_is_not_shown_by_accident() -> None:
    made = make_key(new_id(IdPrefix.KEY))
    assert made.text not in repr(made)
    assert made.digest == digest_of(made.text)
    assert len(made.digest) == 32


def test_other_texts() -> None:
    key = make_key(new_id(IdPrefix.KEY)).text
    for text in ("", "ll_", key[:-1], key + "0", key.upper(), f" {key}", "é" * 60):
        assert not looks_like_key(text)
