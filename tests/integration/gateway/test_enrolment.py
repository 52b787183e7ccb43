"""Codes: made by a clinic, used once, refused alike whatever is wrong with them, and locked where many are tried."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, func, text, update

from services.gateway.clinics import service as clinics
from services.gateway.clinics.schemas import CreatedKey
from services.gateway.enrolments import __main__ as command
from services.gateway.settings import GatewaySettings
from shared.contracts.enums import Scope
from shared.db.models import Enrolment, EnrolmentFailure
from shared.db.session import Database
from tests.integration.gateway.conftest import client_of, serving
from tests.integration.gateway.phones import code_for, code_of, enrol

pytestmark = pytest.mark.usefixtures("store", "model_id")
REFUSED = (403, "enrolment_refused")


def told(answer: httpx.Response) -> dict[str, Any]:
    return {name: value for name, value in answer.json().items() if name != "request_id"}


def age(database: Database, key: CreatedKey, by: timedelta) -> None:
    """Let the clinic's codes be over since so long."""
    with database.transaction(key.clinic_id) as session:
        session.execute(update(Enrolment).values(expires_at=func.now() - by))


def test_a_code_signs_one_device_in(client: httpx.Client, clinic: CreatedKey, owner_engine: Engine) -> None:
    made = client.post("/v1/enrolments", json={"subject_ref": "anna", "expires_in_s": 60}).json()
    assert set(made) == {"id", "code", "subject_ref", "expires_at"}
    answer = enrol(client.base_url, made["code"].lower().replace("-", " "), name="Phone")
    assert answer.status_code == 201, answer.text
    given = answer.json()
    assert given["subject_ref"] == "anna"
    assert given["clinic"] == {"id": clinic.clinic_id, "name": "One"}
    assert "set-cookie" not in answer.headers
    again = enrol(client.base_url, made["code"])
    assert code_of(again) == REFUSED
    with owner_engine.connect() as connection:
        connection.execute(text("SET ROLE lesionlens_worker"))
        kept = [str(row) for table in ("enrolments", "devices", "device_tokens") for row in rows(connection, table)]
    assert len(kept) == 4
    secrets = (made["code"], made["code"].replace("-", ""), given["access_token"], given["refresh_token"])
    assert not [secret for secret in secrets for row in kept if secret in row or secret[4:] in row]


def rows(connection: Any, table: str) -> list[Any]:
    return list(connection.execute(text(f"SELECT * FROM {table}")).all())  # noqa: S608


def test_all_failures_look_the_same(
    client: httpx.Client, clinic: CreatedKey, gateway_database: Database, base_url: str
) -> None:
    used, over = code_for(client), code_for(client)
    assert enrol(base_url, used).status_code == 201
    answers = [enrol(base_url, code) for code in ("00000-00000", "no code at all", used)]
    age(gateway_database, clinic, timedelta(seconds=1))
    ended = clinics.create_clinic(gateway_database, "Ended", (Scope.CASES_READ, Scope.CASES_WRITE))
    with client_of(base_url, ended) as other:
        of_ended = code_for(other)
    clinics.revoke(gateway_database, ended.key_id)
    answers += [enrol(base_url, code) for code in (over, of_ended)]
    assert [code_of(answer) for answer in answers] == [REFUSED] * 5
    assert all(told(answer) == told(answers[0]) for answer in answers)


def test_of_many_at_once_one_gets_the_device(client: httpx.Client, base_url: str) -> None:
    code = code_for(client)
    with ThreadPoolExecutor(6) as threads:
        statuses = list(threads.map(lambda _: enrol(base_url, code).status_code, range(6)))
    assert sorted(statuses) == [201] + [403] * 5
    assert len(client.get("/v1/devices").json()["items"]) == 1


@pytest.mark.parametrize("scopes", [(Scope.CASES_READ,), (Scope.CASES_WRITE,), (Scope.WEBHOOKS_MANAGE,)])
def test_a_key_gives_no_more_than_it_has(base_url: str, gateway_database: Database, scopes: tuple[Scope, ...]) -> None:
    made = clinics.create_clinic(gateway_database, "Small", scopes)
    with client_of(base_url, made) as small:
        assert code_of(small.post("/v1/enrolments", json={"subject_ref": "anna"})) == (403, "forbidden")


@pytest.mark.parametrize(
    "body", [{}, {"subject_ref": ""}, {"subject_ref": "A B"}, {"subject_ref": "a", "expires_in_s": 86_401}]
)
def test_codes_that_are_not_made(client: httpx.Client, body: dict[str, Any]) -> None:
    assert code_of(client.post("/v1/enrolments", json=body)) == (422, "validation")


def test_an_address_that_guesses_is_locked_out_and_no_other(
    gateway_settings: GatewaySettings, clinic: CreatedKey
) -> None:
    settings = gateway_settings.model_copy(update={"failed_codes_per_minute": 3, "trusted_proxy_hops": 1})
    with serving(settings) as url, client_of(url, clinic) as client:
        code = code_for(client)

        def guess(last: int, guessed: str) -> httpx.Response:
            headers = {"X-Forwarded-For": f"198.51.100.{last}"}
            return httpx.post(f"{url}/v1/devices/enrol", json={"code": guessed}, headers=headers, trust_env=False)

        statuses = [guess(90, f"0000{number}-00000").status_code for number in range(4)]
        assert statuses == [403, 403, 403, 429]
        locked = guess(90, code)
        assert code_of(locked) == (429, "rate_limited")
        assert 1 <= int(locked.headers["retry-after"]) <= 60
        assert guess(91, code).status_code == 201


def test_many_addresses_together_are_locked_out_too(
    gateway_settings: GatewaySettings, clinic: CreatedKey, gateway_database: Database
) -> None:
    """By rows, so that it outlives the gateways and Valkey."""
    settings = gateway_settings.model_copy(update={"failed_codes_per_hour": 3})
    with serving(settings) as url, client_of(url, clinic) as client:
        code = code_for(client)
        guesses = ["00000-00000", "what is no code is no guess", "00000-00001", "00000-00002"]
        assert [code_of(enrol(url, guess)) for guess in guesses] == [REFUSED] * 4
        assert code_of(enrol(url, code)) == (429, "rate_limited")
    with serving(settings) as url:
        assert code_of(enrol(url, code)) == (429, "rate_limited")
        with gateway_database.transaction() as session:
            session.execute(update(EnrolmentFailure).values(minute=func.now() - timedelta(minutes=61)))
        assert enrol(url, code).status_code == 201


def test_without_redis_each_process_counts(gateway_settings: GatewaySettings, clinic: CreatedKey) -> None:
    nobody = type(gateway_settings.redis_url)("redis://127.0.0.1:1/0")
    settings = gateway_settings.model_copy(update={"failed_codes_per_minute": 3, "redis_url": nobody})
    with serving(settings) as url, client_of(url, clinic) as client:
        code = code_for(client)
        assert [enrol(url, "00000-00000").status_code for _ in range(4)] == [403, 403, 403, 429]
        assert enrol(url, code).status_code == 429


def test_a_code_from_the_command_line(
    client: httpx.Client, clinic: CreatedKey, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    connection = tmp_path / "standalone.json"
    arguments = ["--subject", "anna", "--connection", str(connection)]
    assert command.main(arguments) == 1
    connection.write_text(json.dumps({"base_url": str(client.base_url).rstrip("/"), "clinic_key": clinic.key}))
    assert command.main(["--subject", "no pseudonym", *arguments[2:]]) == 1
    errors = capsys.readouterr().err
    assert (errors.count("error: "), clinic.key in errors) == (2, False)
    assert command.main(arguments) == 0
    said = capsys.readouterr().out
    code = said.partition("code")[2].split()[0]
    assert enrol(client.base_url, code).json()["subject_ref"] == "anna"
    assert clinic.key not in said


@pytest.mark.parametrize(
    "send",
    [
        lambda url, code: httpx.post(url, data={"code": code}, trust_env=False),
        lambda url, code: httpx.post(url, content=f'{{"code": "{code}"}}', trust_env=False),
    ],
    ids=["a form", "text"],
)
def test_what_another_site_can_send_is_not_read(
    client: httpx.Client, base_url: str, send: Callable[[str, str], httpx.Response]
) -> None:
    assert code_of(send(f"{base_url}/v1/devices/enrol", code_for(client))) == (415, "unsupported_media")
