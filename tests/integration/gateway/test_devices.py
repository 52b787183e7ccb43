"""Tokens of devices: refreshed, used twice, lost on the way, fought over, kept in a cookie, revoked."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import func, update

from services.gateway.clinics.schemas import CreatedKey
from services.gateway.settings import GatewaySettings
from shared.db.models import Device, DeviceToken
from shared.db.session import Database
from tests.integration.gateway.conftest import client_of, serving
from tests.integration.gateway.phones import code_for, code_of, enrol, enrolled, phone_of, refresh

pytestmark = pytest.mark.usefixtures("store", "model_id")
REUSED = (401, "refresh_reused")
UNKNOWN = (401, "unauthenticated")


def status_of(client: httpx.Client, given: dict[str, Any]) -> int:
    with phone_of(client, given) as phone:
        return phone.get("/v1/me").status_code


def refreshed(client: httpx.Client, given: dict[str, Any]) -> dict[str, Any]:
    answer = refresh(client.base_url, given["refresh_token"])
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def backdate(database: Database, key: CreatedKey, by: timedelta = timedelta(seconds=11)) -> None:
    """Let every token have been made so long ago: behind the moment in which two requests of one device may meet."""
    with database.transaction(key.clinic_id) as session:
        session.execute(update(DeviceToken).values(created_at=DeviceToken.created_at - by))


def device_of(client: httpx.Client, given: dict[str, Any]) -> dict[str, Any]:
    (found,) = [each for each in client.get("/v1/devices").json()["items"] if each["device_id"] == given["device_id"]]
    return dict(found)


def until_refused(client: httpx.Client, given: dict[str, Any], seconds: float = 5) -> None:
    started = time.monotonic()
    while status_of(client, given) != 401:
        assert time.monotonic() - started < seconds
        time.sleep(0.1)


def test_tokens_rotate_and_both_access_tokens_count_until_their_time(client: httpx.Client) -> None:
    first = enrolled(client)
    assert (first["access_token"][:4], first["refresh_token"][:4]) == ("lld_", "llr_")
    second = refreshed(client, first)
    assert second["device_id"] == first["device_id"]
    assert len({each[kind] for each in (first, second) for kind in ("access_token", "refresh_token")}) == 4
    # A request that was sent before the refresh is not cut off by it.
    assert status_of(client, first) == status_of(client, second) == 200
    third = refreshed(client, second)
    assert third["refresh_expires_at"] > second["refresh_expires_at"] > first["refresh_expires_at"]


def test_a_token_used_again_signs_the_device_out(client: httpx.Client) -> None:
    first = enrolled(client)
    second = refreshed(client, first)
    third = refreshed(client, second)
    answer = refresh(client.base_url, first["refresh_token"])
    assert code_of(answer) == REUSED
    assert answer.headers["www-authenticate"] == "Bearer"
    assert device_of(client, first)["revoked_because"] == "reuse"
    # Whoever holds the newest one is signed out too.
    assert code_of(refresh(client.base_url, third["refresh_token"])) == UNKNOWN
    for given in (first, second, third):
        until_refused(client, given)


def test_whoever_lost_an_answer_is_not_locked_out(client: httpx.Client) -> None:
    first = enrolled(client)
    lost = [refreshed(client, first) for _ in range(3)]
    for given in lost[:-1]:
        until_refused(client, given, seconds=1)
    assert status_of(client, lost[-1]) == 200
    assert refreshed(client, lost[-1])["device_id"] == first["device_id"]


def test_a_successor_that_was_replaced_is_no_token(client: httpx.Client) -> None:
    """Two hold one each: one of them is not the device."""
    first = enrolled(client)
    lost = refreshed(client, first)
    arrived = refreshed(client, first)
    assert code_of(refresh(client.base_url, lost["refresh_token"])) == REUSED
    assert code_of(refresh(client.base_url, arrived["refresh_token"])) == UNKNOWN


def test_a_call_shows_that_the_answer_has_arrived(
    client: httpx.Client, clinic: CreatedKey, gateway_database: Database
) -> None:
    """So that an old token that was stolen counts no longer than until the device's next call."""
    first = enrolled(client)
    second = refreshed(client, first)
    assert status_of(client, second) == 200
    backdate(gateway_database, clinic)
    assert code_of(refresh(client.base_url, first["refresh_token"])) == REUSED


def test_two_pages_of_one_browser_that_open_at_once_both_go_on(client: httpx.Client) -> None:
    first = enrolled(client)
    second = refreshed(client, first)
    assert status_of(client, second) == 200
    third = refreshed(client, first)
    assert status_of(client, third) == 200


def test_two_refreshes_at_once_come_one_after_the_other(client: httpx.Client) -> None:
    for _ in range(3):
        first = enrolled(client)
        with ThreadPoolExecutor(4) as threads:
            answers = list(threads.map(lambda _, t=first: refresh(client.base_url, t["refresh_token"]), range(4)))
        assert [answer.status_code for answer in answers] == [200] * 4
        given = [answer.json() for answer in answers]
        assert len({each["refresh_token"] for each in given}) == 4
        # One pair counts, that of the last; whoever has another one finds that out by its next call.
        counting = [each for each in given if status_of(client, each) == 200]
        assert len(counting) == 1
        assert refreshed(client, counting[0])["device_id"] == first["device_id"]


def test_access_and_refresh_end_by_themselves(
    client: httpx.Client, clinic: CreatedKey, gateway_database: Database
) -> None:
    given = enrolled(client)
    with gateway_database.transaction(clinic.clinic_id) as session:
        session.execute(update(DeviceToken).values(expires_at=func.now()))
    assert status_of(client, given) == 401
    assert code_of(refresh(client.base_url, given["refresh_token"])) == UNKNOWN


@pytest.fixture
def short_lived(gateway_settings: GatewaySettings) -> GatewaySettings:
    return gateway_settings.model_copy(update={"device_access_s": 1.0, "device_refresh_days": 2.5})


def test_lives_are_settings(short_lived: GatewaySettings, clinic: CreatedKey) -> None:
    with serving(short_lived) as url, client_of(url, clinic) as client:
        given = enrolled(client)
        assert status_of(client, given) == 200
        until_refused(client, given, seconds=3)
        assert status_of(client, refreshed(client, given)) == 200


@pytest.mark.parametrize("token", ["", "llr_x", "llr_" + "0" * 40, "x" * 200])
def test_what_is_no_refresh_token(client: httpx.Client, token: str) -> None:
    assert code_of(refresh(client.base_url, token)) == UNKNOWN
    given = enrolled(client)
    assert code_of(refresh(client.base_url, given["access_token"])) == UNKNOWN


def test_a_device_that_never_stops_refreshing_is_slowed_down(client: httpx.Client) -> None:
    given = enrolled(client)
    answer = None
    for _ in range(21):
        answer = refresh(client.base_url, given["refresh_token"])
        if answer.status_code != 200:
            break
        given = answer.json()
    assert answer is not None
    assert code_of(answer) == (429, "rate_limited")
    assert answer.headers["retry-after"] == "60"


@pytest.fixture
def browser(base_url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=base_url, timeout=20, trust_env=False) as browser:
        yield browser


def test_a_browser_keeps_the_token_in_a_cookie(client: httpx.Client, browser: httpx.Client) -> None:
    answer = browser.post("/v1/devices/enrol", json={"code": code_for(client), "cookie": True})
    assert answer.json()["refresh_token"] is None
    header = answer.headers["set-cookie"]
    for flag in ("HttpOnly", "SameSite=strict", "Path=/v1/devices", "Max-Age="):
        assert flag in header, header
    assert "Secure" not in header, "plain http on loopback"
    old = browser.cookies["ll_refresh"]
    again = browser.post("/v1/devices/refresh", json={})
    assert (again.status_code, again.json()["refresh_token"]) == (200, None)
    assert browser.cookies["ll_refresh"] not in {old, ""}
    assert len(list(browser.cookies.jar)) == 1
    # Nothing gets the token of the cookie out of it, an empty one beside it neither.
    assert code_of(browser.post("/v1/devices/refresh", json={"refresh_token": ""})) == UNKNOWN
    # What a page of another site could send is not read.
    assert code_of(browser.post("/v1/devices/refresh")) == (415, "unsupported_media")
    assert code_of(browser.post("/v1/devices/refresh", data={"a": "b"})) == (415, "unsupported_media")
    headers = {"Authorization": f"Bearer {again.json()['access_token']}"}
    out = browser.post("/v1/devices/logout", headers=headers)
    assert out.status_code == 204
    assert "ll_refresh" not in browser.cookies
    assert code_of(browser.post("/v1/devices/refresh", json={})) == UNKNOWN


def test_a_device_signs_itself_out(client: httpx.Client) -> None:
    given, other = enrolled(client), enrolled(client)
    with phone_of(client, given) as phone:
        assert phone.post("/v1/devices/logout").status_code == 204
    until_refused(client, given)
    assert code_of(refresh(client.base_url, given["refresh_token"])) == UNKNOWN
    assert device_of(client, given)["revoked_because"] == "logout"
    assert status_of(client, other) == 200


def test_a_clinic_ends_a_device_within_five_seconds(client: httpx.Client) -> None:
    given = enrolled(client)
    assert status_of(client, given) == 200
    told = client.post(f"/v1/devices/{given['device_id']}/revoke")
    assert (told.status_code, told.json()["revoked_because"]) == (200, "clinic")
    until_refused(client, given)
    assert code_of(refresh(client.base_url, given["refresh_token"])) == UNKNOWN
    again = client.post(f"/v1/devices/{given['device_id']}/revoke").json()
    assert again == device_of(client, given)
    assert again["revoked_at"] == told.json()["revoked_at"]


def test_a_clinic_lists_its_devices(client: httpx.Client, stranger_client: httpx.Client) -> None:
    made = [enrolled(client, subject, name=f"of {subject}") for subject in ("anna", "ben", "anna")]
    pages, query = [], {"limit": "2"}
    while True:
        page = client.get("/v1/devices", params=query).json()
        pages.append([each["device_id"] for each in page["items"]])
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert pages == [[made[2]["device_id"], made[1]["device_id"]], [made[0]["device_id"]]]
    of_anna = client.get("/v1/devices", params={"subject_ref": "anna"}).json()["items"]
    assert [each["name"] for each in of_anna] == ["of anna", "of anna"]
    assert [each["last_used_at"] for each in of_anna] == [None, None]
    assert status_of(client, made[0]) == 200
    assert device_of(client, made[0])["last_used_at"] is not None
    assert stranger_client.get("/v1/devices").json()["items"] == []


def test_everybody_learns_who_they_are(client: httpx.Client, operator_client: httpx.Client, clinic: CreatedKey) -> None:
    given = enrolled(client)
    own = {"id": clinic.clinic_id, "name": "One"}
    with phone_of(client, given) as phone:
        assert phone.get("/v1/me").json() == {
            "kind": "device",
            "scopes": ["cases:read", "cases:write"],
            "clinic": own,
            "device_id": given["device_id"],
            "subject_ref": "anna",
            "expires_at": given["access_expires_at"],
        }
    told = client.get("/v1/me").json()
    assert (told["kind"], told["clinic"], told["device_id"], told["expires_at"]) == ("clinic_key", own, None, None)
    told = operator_client.get("/v1/me").json()
    assert (told["kind"], told["clinic"]) == ("operator_key", None)


def test_a_device_is_counted_as_one_caller(
    gateway_settings: GatewaySettings, clinic: CreatedKey, gateway_database: Database
) -> None:
    settings = gateway_settings.model_copy(update={"requests_per_minute": 5})
    with serving(settings) as url, client_of(url, clinic) as client:
        one, two = enrolled(client), enrolled(client)
        assert [status_of(client, one) for _ in range(6)] == [200] * 5 + [429]
        # Neither by its next token nor by what its neighbours do.
        assert status_of(client, refreshed(client, one)) == 429
        assert status_of(client, two) == 200
    with gateway_database.transaction(clinic.clinic_id) as session:
        assert session.get_one(Device, one["device_id"]).number == 2


def test_a_code_is_no_use_to_a_device(client: httpx.Client) -> None:
    """A device makes no devices."""
    with phone_of(client, enrolled(client)) as phone:
        assert code_of(phone.post("/v1/enrolments", json={"subject_ref": "anna"})) == (403, "forbidden")
    assert code_of(enrol(client.base_url, "anna")) == (403, "enrolment_refused")
