"""What a clinic may say of a webhook endpoint, and of a period."""

import pytest
from pydantic import ValidationError

from services.gateway.deliveries.schemas import Period
from services.gateway.webhooks.schemas import CARRIED, EndpointChange, EndpointWithSecret, NewEndpoint, SecretRotation
from services.gateway.webhooks.service import _RULES
from shared.contracts.enums import EventType, PayloadKind
from shared.contracts.webhook_url import UrlRefusal

URL = "https://receiver.example/hook"


def test_the_defaults() -> None:
    new = NewEndpoint.model_validate_json(f'{{"url": "{URL}"}}')
    assert (new.description, new.event_types, new.payload) == (None, None, PayloadKind.THIN)
    assert SecretRotation().overlap_s == 86_400


def test_every_type_but_two_may_be_asked_for() -> None:
    new = NewEndpoint(url=URL, event_types=list(CARRIED))
    assert set(EventType) - set(new.event_types or []) == {EventType.CASE_PROCESSING, EventType.ENDPOINT_TEST}


@pytest.mark.parametrize(
    "types", ["[]", '["case.processing"]', '["endpoint.test"]', '["case.completed", "case.completed"]', '["x"]', '"x"']
)
def test_event_types_that_do_not_fit(types: str) -> None:
    with pytest.raises(ValidationError) as refused:
        NewEndpoint.model_validate_json(f'{{"url": "{URL}", "event_types": {types}}}')
    assert refused.value.errors()[0]["loc"][0] == "event_types"


def test_a_change_tells_null_from_silence() -> None:
    assert EndpointChange.model_validate_json("{}").model_dump(exclude_unset=True) == {}
    reset = EndpointChange.model_validate_json('{"event_types": null, "description": null}')
    assert reset.model_dump(exclude_unset=True) == {"event_types": None, "description": None}
    for field in ("url", "payload"):
        with pytest.raises(ValidationError):
            EndpointChange.model_validate_json(f'{{"{field}": null}}')


@pytest.mark.parametrize("overlap", ["-1", "604801", "1.5", '"60"', "null"])
def test_overlaps_that_do_not_fit(overlap: str) -> None:
    with pytest.raises(ValidationError):
        SecretRotation.model_validate_json(f'{{"overlap_s": {overlap}}}')


@pytest.mark.parametrize("since", ['"2026-11-01T00:00:00"', "1767225600", '"yesterday"', "null"])
def test_a_moment_has_an_offset(since: str) -> None:
    with pytest.raises(ValidationError):
        Period.model_validate_json(f'{{"since": {since}}}')


def test_every_refusal_of_a_url_has_its_words() -> None:
    assert set(_RULES) == set(UrlRefusal)


def test_nothing_shows_the_secret_nor_a_url() -> None:
    """A receiver's URL may hold a token of its own."""
    assert "hook" not in repr(NewEndpoint(url=URL)) + repr(EndpointChange(url=URL))
    assert EndpointWithSecret.model_fields["secret"].repr is False
