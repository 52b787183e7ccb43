"""Taking a photo back, over HTTP."""

import httpx
import pytest

from shared.db import lifecycle
from shared.db.session import Database
from tests.integration.gateway.photos import jpeg
from tests.integration.records import claim, some_answer, some_artifacts


@pytest.fixture
def case_id(client: httpx.Client) -> str:
    return submit(client)


def submit(client: httpx.Client) -> str:
    answer = client.post("/v1/cases", files={"image": ("x.jpg", jpeg(), "image/jpeg")})
    assert answer.status_code == 202
    return str(answer.json()["id"])


def test_a_waiting_case_is_canceled_at_once_and_again_without_effect(client: httpx.Client, case_id: str) -> None:
    first, again = (client.post(f"/v1/cases/{case_id}/cancel") for _ in range(2))
    assert (first.status_code, first.json()["state"], first.json()["version"]) == (200, "canceled", 2)
    assert again.json() == first.json()
    assert again.headers["etag"] == 'W/"2"'
    assert client.get(f"/v1/cases/{case_id}").json()["progress"]["phase"] == "done"


def test_a_case_at_work_ends_canceled_with_its_batch(
    client: httpx.Client, case_id: str, worker_database: Database
) -> None:
    (run,) = claim(worker_database)
    asked = client.post(f"/v1/cases/{case_id}/cancel").json()
    assert (asked["state"], asked["progress"]["cancel_requested"]) == ("processing", True)
    assert client.get(f"/v1/cases/{case_id}").json()["progress"]["cancel_requested"] is True
    with worker_database.transaction() as session:
        lifecycle.record_answer(session, run, some_answer(), some_artifacts(run), image=None)
    body = client.get(f"/v1/cases/{case_id}").json()
    assert (body["state"], body["result"]) == ("canceled", None)


def test_a_case_that_has_ended_cannot_be_canceled(
    client: httpx.Client, case_id: str, worker_database: Database
) -> None:
    (run,) = claim(worker_database)
    with worker_database.transaction() as session:
        lifecycle.record_failure(session, run, "internal_error")
    answer = client.post(f"/v1/cases/{case_id}/cancel")
    assert (answer.status_code, answer.json()["code"]) == (409, "already_terminal")


def test_another_clinic_cannot_cancel_nor_learn_that_there_is_something(
    stranger_client: httpx.Client, client: httpx.Client, case_id: str
) -> None:
    assert stranger_client.post(f"/v1/cases/{case_id}/cancel").status_code == 404
    assert client.get(f"/v1/cases/{case_id}").json()["state"] == "accepted"
