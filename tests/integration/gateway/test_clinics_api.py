"""Clinics and keys over the API, as operators use it."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, text

from services.gateway.clinics import service as clinics
from services.gateway.clinics.schemas import CreatedKey
from shared.contracts.ids import IdPrefix, new_id
from shared.db.session import Database
from tests.integration.gateway.conftest import client_of
from tests.integration.gateway.test_keys import status_of, wait_for_status


@pytest.fixture
def operator(base_url: str, gateway_database: Database) -> Iterator[httpx.Client]:
    with client_of(base_url, clinics.create_admin(gateway_database, "operator")) as client:
        yield client


def created(answer: httpx.Response) -> Any:
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_from_a_clinic_to_a_key_that_ends(operator: httpx.Client, base_url: str, owner_engine: Engine) -> None:
    answer = operator.post("/v1/clinics", json={"name": "Práxis 1", "photos_per_minute": 30})
    clinic = created(answer)
    assert (clinic["name"], clinic["photos_per_minute"], clinic["requests_per_minute"]) == ("Práxis 1", 30, None)
    path = answer.headers["location"]
    assert operator.get(path).json() == clinic

    key = created(
        operator.post(f"{path}/keys", json={"name": "phones", "scopes": ["cases:read"], "expires_in_days": 9})
    )
    assert (key["clinic_id"], key["scopes"]) == (clinic["id"], ["cases:read"])
    assert key["expires_at"]
    assert status_of(base_url, key["key"]) == 200
    with owner_engine.connect() as connection:
        assert key["key"].split("_")[2] not in str(connection.execute(text("SELECT * FROM api_keys")).all())
    (line,) = operator.get(f"{path}/keys").json()["items"]
    assert (line["key_id"], line["name"], line["revoked_at"]) == (key["key_id"], "phones", None)
    assert "key" not in line

    successor = created(operator.post(f"/v1/keys/{key['key_id']}/rotate", json={"overlap_s": 3600}))
    assert status_of(base_url, key["key"]) == status_of(base_url, successor["key"]) == 200
    ended = operator.post(f"/v1/keys/{key['key_id']}/revoke")
    assert ended.status_code == 200
    assert ended.json()["revoked_at"]
    wait_for_status(base_url, key["key"], 401)
    assert status_of(base_url, successor["key"]) == 200
    assert operator.post(f"/v1/keys/{key['key_id']}/rotate").status_code == 404
    assert operator.post(f"/v1/keys/{key['key_id']}/revoke").json() == ended.json()
    assert len(operator.get(f"{path}/keys").json()["items"]) == 2


def test_a_rotated_key_without_overlap_ends_at_once(operator: httpx.Client, base_url: str, clinic: CreatedKey) -> None:
    successor = created(operator.post(f"/v1/keys/{clinic.key_id}/rotate"))
    assert successor["scopes"] == clinic.scopes
    wait_for_status(base_url, clinic.key, 401)


def test_limits_change_and_go_back_to_the_default(operator: httpx.Client, clinic: CreatedKey) -> None:
    path = f"/v1/clinics/{clinic.clinic_id}"
    changed = operator.patch(path, json={"requests_per_minute": 5, "photos_per_minute": 2}).json()
    assert (changed["requests_per_minute"], changed["photos_per_minute"], changed["name"]) == (5, 2, "One")
    changed = operator.patch(path, json={"requests_per_minute": None, "name": "Two"}).json()
    assert (changed["requests_per_minute"], changed["photos_per_minute"], changed["name"]) == (None, 2, "Two")
    assert operator.get(path).json() == changed


def test_every_clinic_page_by_page(operator: httpx.Client) -> None:
    made = [created(operator.post("/v1/clinics", json={"name": f"c{number}"}))["id"] for number in range(5)]
    answer = operator.get("/v1/clinics", params={"limit": 2})
    seen = [item["id"] for item in answer.json()["items"]]
    while "next" in answer.links:
        answer = operator.get(answer.links["next"]["url"])
        seen += [item["id"] for item in answer.json()["items"]]
    assert seen == list(reversed(made))
    assert answer.json()["next_cursor"] is None


def test_a_clinics_key_may_none_of_this(client: httpx.Client, clinic: CreatedKey) -> None:
    path = f"/v1/clinics/{clinic.clinic_id}"
    for method, where in (
        ("POST", "/v1/clinics"),
        ("GET", "/v1/clinics"),
        ("GET", path),
        ("PATCH", path),
        ("POST", f"{path}/keys"),
        ("GET", f"{path}/keys"),
        ("POST", f"/v1/keys/{clinic.key_id}/rotate"),
        ("POST", f"/v1/keys/{clinic.key_id}/revoke"),
    ):
        answer = client.request(method, where, json={})
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), (method, where)


def test_what_is_not_there(operator: httpx.Client) -> None:
    clinic, key = new_id(IdPrefix.CLINIC), new_id(IdPrefix.KEY)
    for method, path in (
        ("GET", f"/v1/clinics/{clinic}"),
        ("PATCH", f"/v1/clinics/{clinic}"),
        ("POST", f"/v1/clinics/{clinic}/keys"),
        ("GET", f"/v1/clinics/{clinic}/keys"),
        ("POST", f"/v1/keys/{key}/rotate"),
        ("POST", f"/v1/keys/{key}/revoke"),
    ):
        answer = operator.request(method, path, json={} if method != "GET" else None)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), (method, path)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("clinics", b""),
        ("clinics", b"{"),
        ("clinics", b"[]"),
        ("clinics", b'{"name": ""}'),
        ("clinics", b'{"name": "a\\u0000b"}'),
        ("clinics", b'{"name": "\\ud800"}'),
        ("clinics", b'{"name": "x", "photos_per_minute": 0}'),
        ("clinics", b'{"name": "x", "requests_per_minute": 99999999999}'),
        ("clinics", b'{"name": "x", "admin": true}'),
        ("keys", b'{"scopes": ["admin"]}'),
        ("keys", b'{"scopes": []}'),
        ("keys", b'{"scopes": ["cases:read", "cases:read"]}'),
        ("keys", b'{"expires_in_days": 0}'),
    ],
)
def test_bodies_that_do_not_fit(operator: httpx.Client, clinic: CreatedKey, path: str, body: bytes) -> None:
    where = "/v1/clinics" if path == "clinics" else f"/v1/clinics/{clinic.clinic_id}/keys"
    answer = operator.post(where, content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (422, "validation"), answer.text
    assert answer.json()["errors"][0]["loc"][0] == "body"


def test_other_bodies(operator: httpx.Client, base_url: str) -> None:
    large = operator.post("/v1/clinics", content=b" " * 20_000, headers={"Content-Type": "application/json"})
    assert (large.status_code, large.json()["code"]) == (413, "too_large")
    form = operator.post("/v1/clinics", data={"name": "x"})
    assert (form.status_code, form.json()["code"]) == (415, "unsupported_media")
    with client_of(base_url, None) as nobody:
        assert nobody.post("/v1/clinics", content=b"x" * 20_000).status_code == 401
