"""The cookie of the refresh token: its flags, and when it may go over plain http."""

from datetime import UTC, datetime, timedelta
from http.cookies import Morsel, SimpleCookie

import pytest
from fastapi import Request, Response

from services.gateway.devices import cookie
from services.gateway.devices.schemas import ClinicName, SignedIn


def given() -> SignedIn:
    now = datetime.now(UTC)
    return SignedIn(
        device_id="dev_1",
        access_token="lld_x",
        access_expires_at=now,
        refresh_token="llr_x",
        refresh_expires_at=now + timedelta(days=90),
        subject_ref="anna",
        clinic=ClinicName(id="cli_1", name="One"),
    )


def kept(scheme: str = "http", host: str = "127.0.0.1:8080", peer: str = "127.0.0.1", hops: int = 0) -> Morsel[str]:
    headers = [(b"host", host.encode())]
    scope = {"type": "http", "scheme": scheme, "headers": headers, "path": "/v1/devices/enrol", "client": (peer, 5)}
    response = Response()
    cookie.keep(Request(scope), response, given(), hops)
    return SimpleCookie(response.headers["set-cookie"])[cookie.NAME]


def test_no_script_and_no_other_site_gets_at_it() -> None:
    found = kept(scheme="https", host="app.example")
    assert (found.value, found["path"], found["samesite"]) == ("llr_x", "/v1/devices", "strict")
    assert found["httponly"]
    assert found["secure"]
    assert 90 * 86_400 - 60 < int(found["max-age"]) <= 90 * 86_400


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost:8080", "localhost", "[::1]:8080"])
def test_on_this_machine_it_goes_over_plain_http(host: str) -> None:
    assert not kept(host=host)["secure"]
    assert kept(host=host, scheme="https")["secure"]


def test_a_proxy_on_this_machine_is_no_plain_loopback() -> None:
    assert kept(host="app.example")["secure"]
    assert kept(hops=1)["secure"]
    assert kept(peer="192.0.2.7")["secure"]
