"""One key, one case: whatever is repeated, raced or changed."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from sqlalchemy import Engine, text

from services.gateway.clinics.schemas import CreatedKey
from services.gateway.clinics.tenant import Tenant
from services.gateway.submissions import repository
from shared.contracts.access import ActorKind
from shared.db.access_log import Origin
from shared.db.session import Database
from shared.storage.s3 import S3Store
from tests.integration.gateway.conftest import client_of
from tests.integration.gateway.photos import jpeg, submit


def test_a_repetition_gets_the_first_answer(client: httpx.Client, store: S3Store) -> None:
    first = submit(client, jpeg(1), {"age": 40, "sex": "male"}, key="k-1")
    again = submit(client, jpeg(1), {"sex": "male", "age": 40}, key="k-1")
    assert first.status_code == again.status_code == 202
    assert again.json() == first.json()
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert again.headers["location"] == first.headers["location"]
    assert again.headers["etag"] == first.headers["etag"]
    assert len(list(store.list_keys("incoming/"))) == 1


@pytest.mark.parametrize(("seed", "age"), [(2, 40), (1, 41)])
def test_another_photo_or_other_metadata_is_refused(client: httpx.Client, seed: int, age: int) -> None:
    assert submit(client, jpeg(1), {"age": 40}, key="k").status_code == 202
    answer = submit(client, jpeg(seed), {"age": age}, key="k")
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert len(client.get("/v1/cases").json()["items"]) == 1


def test_keys_belong_to_their_clinic(client: httpx.Client, stranger_client: httpx.Client) -> None:
    one, other = submit(client, jpeg(1), key="k"), submit(stranger_client, jpeg(2), key="k")
    assert one.status_code == other.status_code == 202
    assert one.json()["id"] != other.json()["id"]


@pytest.mark.parametrize("key", ["", "a b", "x" * 256])
def test_keys_that_are_none(client: httpx.Client, key: str) -> None:
    answer = submit(client, jpeg(1), key=key)
    assert (answer.status_code, answer.json()["code"]) == (422, "validation")


def test_refusals_are_not_remembered(client: httpx.Client) -> None:
    assert submit(client, b"", key="k").status_code == 422
    assert submit(client, jpeg(1), key="k").status_code == 202


def test_an_expired_key_may_be_used_again(client: httpx.Client, owner_engine: Engine) -> None:
    first = submit(client, jpeg(1), key="k")
    with owner_engine.begin() as connection:
        connection.execute(text("SET LOCAL ROLE lesionlens_gateway"))
        connection.execute(text("SELECT set_config('app.clinic', (SELECT id FROM clinics LIMIT 1), true)"))
        changed = connection.execute(text("UPDATE idempotency_records SET expires_at = now() - interval '1 second'"))
        assert changed.rowcount == 1
    second = submit(client, jpeg(2), key="k")
    assert second.status_code == 202
    assert second.json()["id"] != first.json()["id"]
    assert submit(client, jpeg(2), key="k").headers["idempotent-replayed"] == "true"


def test_a_key_that_is_being_worked_on(
    client: httpx.Client, gateway_database: Database, clinic: CreatedKey, store: S3Store
) -> None:
    assert clinic.clinic_id
    origin = Origin(ActorKind.CLINIC_KEY, clinic_id=clinic.clinic_id, key_id=clinic.key_id)
    with gateway_database.transaction(clinic.clinic_id) as session:
        assert repository.lock_key(session, Tenant(clinic.clinic_id, gateway_database, origin), "k")
        answer = submit(client, jpeg(1), key="k")
        assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_in_flight")
        assert answer.headers["retry-after"] == "1"
        assert list(store.list_keys("")) == []
    assert submit(client, jpeg(1), key="k").status_code == 202


def test_a_hundred_at_once_make_one_case(base_url: str, clinic: CreatedKey, store: S3Store) -> None:
    def post(_: int) -> httpx.Response:
        with client_of(base_url, clinic) as client:
            return submit(client, jpeg(1), {"age": 40}, key="the-one")

    with ThreadPoolExecutor(100) as crowd:
        answers = list(crowd.map(post, range(100)))
    statuses = Counter(answer.status_code for answer in answers)
    assert set(statuses) <= {202, 409}
    accepted = [answer for answer in answers if answer.status_code == 202]
    assert len({answer.json()["id"] for answer in accepted}) == 1
    assert sum("idempotent-replayed" not in answer.headers for answer in accepted) == 1
    with client_of(base_url, clinic) as client:
        assert len(client.get("/v1/cases").json()["items"]) == 1
    assert len(list(store.list_keys("incoming/"))) == 1
