"""Webhook endpoints over the API: their life, whose they are, and where their secrets are to be found."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import ProgrammingError

from services.gateway.clinics import service as clinics
from services.gateway.clinics.schemas import CreatedKey
from services.gateway.settings import GatewaySettings
from services.gateway.webhooks.repository import MOST_OLD_SECRETS
from services.gateway.webhooks.service import MOST_ENDPOINTS
from shared.contracts.enums import Scope
from shared.db.session import Database
from shared.sealing import SecretBox
from tests.integration.gateway.conftest import client_of, serving

PATH = "/v1/webhook-endpoints"
URL = "https://receiver.example/hook?token=of-the-clinic"


def create(client: httpx.Client, **said: Any) -> Any:
    answer = client.post(PATH, json={"url": URL, **said})
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == f"{PATH}/{answer.json()['id']}"
    return answer.json()


def rotate(client: httpx.Client, endpoint_id: str, **said: Any) -> Any:
    answer = client.post(f"{PATH}/{endpoint_id}/secret/rotate", json=said)
    assert answer.status_code == 200, answer.text
    return answer.json()


def ciphertexts(owner_engine: Engine) -> list[str]:
    """Return what the database holds of secrets, newest first."""
    with owner_engine.connect() as connection:
        return list(connection.execute(text("SELECT ciphertext FROM webhook_secrets ORDER BY id DESC")).scalars())


def change(owner_engine: Engine, columns: str) -> None:
    """Set columns of every endpoint, as whoever sends to it would."""
    with owner_engine.begin() as connection:
        connection.execute(text(f"UPDATE webhook_endpoints SET {columns}"))  # noqa: S608


def test_from_creation_to_deletion(client: httpx.Client, owner_engine: Engine) -> None:
    made = create(client, description="Práxis", event_types=["case.completed", "case.failed"], payload="full")
    assert made.pop("secret").startswith("whsec_")
    assert (made["url"], made["description"], made["payload"]) == (URL, "Práxis", "full")
    assert (made["event_types"], made["enabled"]) == (["case.completed", "case.failed"], True)
    (secret,) = made["secrets"]
    assert set(secret) == {"id", "created_at", "expires_at"}
    path = f"{PATH}/{made['id']}"
    assert client.get(path).json() == made
    second = create(client)
    assert (second["event_types"], second["payload"], second["description"]) == (None, "thin", None)
    assert [item["id"] for item in client.get(PATH).json()["items"]] == [second["id"], made["id"]]
    assert client.get(PATH).json()["items"][1] == made

    gone = client.delete(path)
    assert (gone.status_code, gone.content) == (204, b"")
    assert [item["id"] for item in client.get(PATH).json()["items"]] == [second["id"]]
    assert len(ciphertexts(owner_engine)) == 1
    assert client.delete(path).status_code == client.get(path).status_code == 404


def test_only_what_is_named_changes(client: httpx.Client) -> None:
    made = create(client, description="one", event_types=["case.completed"])
    path = f"{PATH}/{made['id']}"
    before = client.get(path).json()
    assert client.patch(path, json={}).json() == before
    changed = client.patch(path, json={"payload": "full"}).json()
    assert changed["updated_at"] > before["updated_at"]
    assert changed == {**before, "payload": "full", "updated_at": changed["updated_at"]}
    changed = client.patch(path, json={"url": "https://other.example:8443/", "description": "two"}).json()
    assert (changed["url"], changed["description"]) == ("https://other.example:8443/", "two")
    assert changed["event_types"] == ["case.completed"]
    changed = client.patch(path, json={"event_types": None, "description": None}).json()
    assert (changed["event_types"], changed["description"], changed["payload"]) == (None, None, "full")
    assert client.get(path).json() == changed


def test_off_and_on_again(client: httpx.Client, owner_engine: Engine) -> None:
    path = f"{PATH}/{create(client)['id']}"
    off = client.post(f"{path}/disable").json()
    assert (off["enabled"], off["disabled_reason"]) == (False, "caller")
    assert off["disabled_at"]
    change(owner_engine, "disabled_reason = 'failing', failing_since = now(), timed_out = true, paused_until = now()")
    again = client.post(f"{path}/disable").json()
    assert (again["disabled_reason"], again["disabled_at"]) == ("failing", off["disabled_at"])
    on = client.post(f"{path}/enable").json()
    assert (on["enabled"], on["disabled_reason"], on["disabled_at"], on["failing_since"]) == (True, None, None, None)
    with owner_engine.connect() as connection:
        left = connection.execute(text("SELECT timed_out, paused_until FROM webhook_endpoints")).one()
    assert tuple(left) == (False, None)
    assert client.post(f"{path}/enable").status_code == 200


def test_what_was_learnt_of_one_url_does_not_count_against_another(client: httpx.Client, owner_engine: Engine) -> None:
    path = f"{PATH}/{create(client)['id']}"
    change(owner_engine, "failing_since = now(), last_failure_at = now(), timed_out = true")
    assert client.patch(path, json={"description": "x"}).json()["failing_since"]
    moved = client.patch(path, json={"url": "https://other.example/"}).json()
    assert moved["failing_since"] is None
    assert moved["last_failure_at"]


def test_a_clinic_has_so_many_and_no_more(client: httpx.Client, stranger_client: httpx.Client) -> None:
    """Also where they are asked for at once."""
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: client.post(PATH, json={"url": URL}), range(MOST_ENDPOINTS + 5)))
    refused = [answer for answer in answers if answer.status_code != 201]
    assert [(each.status_code, each.json()["code"]) for each in refused] == [(409, "too_many_endpoints")] * 5
    items = client.get(PATH).json()["items"]
    assert len(items) == MOST_ENDPOINTS
    create(stranger_client)
    assert client.delete(f"{PATH}/{items[0]['id']}").status_code == 204
    create(client)


@pytest.mark.parametrize(
    ("url", "rule"),
    [
        ("http://receiver.example/Jane", "not_https"),
        ("https://Jane:doe@receiver.example/", "userinfo"),
        ("https://receiver.example/#Jane", "fragment"),
        ("https://receiver.example:444/Jane", "bad_port"),
        ("https://127.0.0.1/Jane", "not_public"),
        ("https://169.254.169.254/Jane", "not_public"),
        ("https://[::ffff:10.0.0.1]/Jane", "not_public"),
        ("https://2130706433/Jane", "numeric_host"),
        ("https://receiver.example\\Jane", "not_a_url"),
        ("https://a\u0000b/Jane", "not_a_url"),
        ("Jane", "not_a_url"),
    ],
)
def test_a_url_that_nothing_is_sent_to(client: httpx.Client, url: str, rule: str) -> None:
    """The rule is named, the URL is not repeated; neither a new endpoint nor a change gets through."""
    path = f"{PATH}/{create(client)['id']}"
    for answer in (client.post(PATH, json={"url": url}), client.patch(path, json={"url": url})):
        assert (answer.status_code, answer.json()["code"]) == (422, "validation"), answer.text
        (problem,) = answer.json()["errors"]
        assert (problem["loc"], problem["code"]) == (["body", "url"], rule)
        assert "Jane" not in answer.text
    assert client.get(path).json()["url"] == URL


def test_the_operator_may_allow_a_host(gateway_settings: GatewaySettings, clinic: CreatedKey) -> None:
    allowing = gateway_settings.model_copy(update={"webhook_allowed_hosts": "127.0.0.1:8090, receiver.test"})
    with serving(allowing) as url, client_of(url, clinic) as client:
        for allowed in ("http://127.0.0.1:8090/x", "http://receiver.test:81/"):
            assert create(client, url=allowed)["url"] == allowed
        assert client.post(PATH, json={"url": "http://127.0.0.1:8091/x"}).status_code == 422


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"{}",
        b'{"url": 1}',
        b'{"url": "https://x.example", "event_types": []}',
        b'{"url": "https://x.example", "event_types": ["case.processing"]}',
        b'{"url": "https://x.example", "event_types": ["endpoint.test"]}',
        b'{"url": "https://x.example", "event_types": ["case.failed", "case.failed"]}',
        b'{"url": "https://x.example", "payload": "fat"}',
        b'{"url": "https://x.example", "payload": null}',
        b'{"url": "https://x.example", "description": "a\\u0000b"}',
        b'{"url": "https://x.example", "secret": "whsec_of_mine"}',
    ],
)
def test_bodies_that_do_not_fit(client: httpx.Client, body: bytes) -> None:
    answer = client.post(PATH, content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (422, "validation"), answer.text
    assert client.get(PATH).json()["items"] == []


def every_verb(endpoint_id: str) -> list[tuple[str, str, Any]]:
    path, since = f"{PATH}/{endpoint_id}", {"since": (datetime.now(UTC) - timedelta(hours=1)).isoformat()}
    return [
        ("GET", path, None),
        ("PATCH", path, {"description": "mine now"}),
        ("PATCH", path, {}),
        ("POST", f"{path}/enable", None),
        ("POST", f"{path}/disable", None),
        ("POST", f"{path}/test", None),
        ("POST", f"{path}/secret/rotate", {"overlap_s": 0}),
        ("GET", f"{path}/deliveries", None),
        ("POST", f"{path}/recover", since),
        ("POST", f"{path}/replay-missing", since),
        ("DELETE", path, None),
    ]


def test_another_clinics_endpoint_is_not_there(
    client: httpx.Client, stranger_client: httpx.Client, owner_engine: Engine
) -> None:
    endpoint_id = create(client)["id"]
    before, sealed = client.get(f"{PATH}/{endpoint_id}").json(), ciphertexts(owner_engine)
    for method, path, body in every_verb(endpoint_id):
        answer = stranger_client.request(method, path, json=body)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), (method, path)
    assert stranger_client.get(PATH).json()["items"] == []
    assert client.get(f"{PATH}/{endpoint_id}").json() == before
    assert ciphertexts(owner_engine) == sealed


def test_a_key_without_the_scope_may_none_of_this(
    base_url: str, gateway_database: Database, client: httpx.Client
) -> None:
    endpoint_id = create(client)["id"]
    others = tuple(scope for scope in Scope if scope not in {Scope.WEBHOOKS_MANAGE, Scope.ADMIN})
    with (
        client_of(base_url, clinics.create_clinic(gateway_database, "Third", others)) as reader,
        client_of(base_url, clinics.create_admin(gateway_database, "operator")) as operator,
    ):
        for caller in (reader, operator):
            for method, path, body in [("POST", PATH, {"url": URL}), ("GET", PATH, None), *every_verb(endpoint_id)]:
                answer = caller.request(method, path, json=body)
                assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), (method, path)


@pytest.fixture
def box(gateway_settings: GatewaySettings) -> SecretBox:
    return SecretBox.of(gateway_settings)


def test_a_rotated_secret_signs_beside_the_new_one_for_a_day(
    client: httpx.Client, owner_engine: Engine, box: SecretBox
) -> None:
    made = create(client)
    rotated = client.post(f"{PATH}/{made['id']}/secret/rotate").json()
    assert rotated["secret"] != made["secret"]
    assert [box.open(sealed) for sealed in ciphertexts(owner_engine)] == [rotated["secret"], made["secret"]]
    current, old = rotated["secrets"]
    assert current["expires_at"] is None
    assert old["id"] == made["secrets"][0]["id"]
    with owner_engine.connect() as connection:
        left = "SELECT extract(epoch FROM expires_at - now()) FROM webhook_secrets WHERE expires_at IS NOT NULL"
        assert 86_300 < connection.execute(text(left)).scalar_one() <= 86_400
    assert client.get(f"{PATH}/{made['id']}").json()["secrets"] == rotated["secrets"]


def test_without_an_overlap_every_old_secret_ends_at_once(
    client: httpx.Client, owner_engine: Engine, box: SecretBox
) -> None:
    other, made = create(client), create(client)
    rotate(client, made["id"], overlap_s=3600)
    rotated = rotate(client, made["id"], overlap_s=0)
    assert len(rotated["secrets"]) == 1
    opened = [box.open(sealed) for sealed in ciphertexts(owner_engine)]
    assert opened == [rotated["secret"], other["secret"]]


def test_ten_old_secrets_sign_at_most(client: httpx.Client, owner_engine: Engine, box: SecretBox) -> None:
    endpoint_id = create(client)["id"]
    secrets = [rotate(client, endpoint_id, overlap_s=604_800)["secret"] for _ in range(MOST_OLD_SECRETS + 3)]
    opened = [box.open(sealed) for sealed in ciphertexts(owner_engine)]
    assert opened == list(reversed(secrets))[: MOST_OLD_SECRETS + 1]
    listed = client.get(f"{PATH}/{endpoint_id}").json()["secrets"]
    assert [each["expires_at"] is None for each in listed] == [True] + [False] * MOST_OLD_SECRETS


def test_rotations_at_once_come_one_after_the_other(client: httpx.Client, owner_engine: Engine, box: SecretBox) -> None:
    made = create(client)
    with ThreadPoolExecutor(6) as pool:
        told = {each["secret"] for each in pool.map(lambda _: rotate(client, made["id"]), range(6))}
    opened = [box.open(sealed) for sealed in ciphertexts(owner_engine)]
    assert set(opened) == told | {made["secret"]}
    with owner_engine.connect() as connection:
        newest = "SELECT id = max(id) OVER () FROM webhook_secrets ORDER BY expires_at IS NULL DESC"
        assert connection.execute(text(newest)).scalars().all() == [True] + [False] * 6


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for each in value.values():
            yield from strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from strings(each)
    elif isinstance(value, str):
        yield value


def test_a_secret_is_in_two_answers_and_nowhere_else(
    client: httpx.Client, owner_engine: Engine, capfd: pytest.CaptureFixture[str]
) -> None:
    made = create(client)
    path = f"{PATH}/{made['id']}"
    rotated = rotate(client, made["id"])
    secrets = {made["secret"], rotated["secret"]}
    others = [
        client.get(PATH),
        client.get(path),
        client.patch(path, json={"description": "x"}),
        client.post(f"{path}/disable"),
        client.post(f"{path}/enable"),
        client.post(f"{path}/test"),
        client.get(f"{path}/deliveries"),
    ]
    said = [json.dumps(answer.json()) + str(answer.headers) for answer in others]
    logged = "".join(capfd.readouterr())
    with owner_engine.connect() as connection:
        names = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
        tables = connection.execute(text(names)).scalars().all()
        said += [str(connection.execute(text(f'SELECT * FROM "{name}"')).all()) for name in tables]  # noqa: S608
    assert "webhook_secrets" in tables
    assert made["id"] in "".join(said)
    for secret in secrets:
        for form in (secret, secret.removeprefix("whsec_")):
            assert not [each for each in [*said, logged] if form in each]
    assert "webhook_endpoint_created" in logged
    assert "of-the-clinic" not in logged  # nor a URL, which may hold a token
    assert not [each for answer in others for each in strings(answer.json()) if "whsec" in each]


def test_the_gateway_cannot_read_a_secret_back(
    client: httpx.Client, clinic: CreatedKey, gateway_database: Database
) -> None:
    create(client)
    for what in ("ciphertext", "*"):
        with (
            pytest.raises(ProgrammingError, match="permission denied"),
            gateway_database.transaction(clinic.clinic_id) as session,
        ):
            session.execute(text(f"SELECT {what} FROM webhook_secrets"))  # noqa: S608
    with gateway_database.transaction(clinic.clinic_id) as session:
        assert session.execute(text("SELECT count(id) FROM webhook_secrets")).scalar() == 1
