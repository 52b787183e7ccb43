"""Every operation that may change something leaves a row of its request. The operations come from the routes."""

import secrets
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, TypeAlias

import httpx
import pytest

from services.gateway.devices.schemas import SignedIn
from services.inference.model.development import write_development_model
from shared.contracts.access import AccessOutcome, ActorKind
from tests.integration.gateway.campaign_rows import Ward, planned, started
from tests.integration.gateway.photos import jpeg, submit
from tests.integration.shared.webhook_rows import ended, take, write
from tests.security.access_rows import Practice, practice_of, rows, told_by
from tests.security.conftest import Served
from tests.security.operations import NEEDS

SINCE: Final = {"since": (datetime.now(UTC) - timedelta(hours=1)).isoformat()}
Act: TypeAlias = Callable[[Practice, Path], httpx.Response]


@pytest.fixture(scope="module")
def practice(served: Served) -> Iterator[Practice]:
    with practice_of(served) as practice:
        yield practice


def endpoint(practice: Practice) -> str:
    """Return the path of an endpoint; an earlier one goes, as a clinic may have twenty."""
    for each in practice.client.get("/v1/webhook-endpoints").json()["items"]:
        practice.client.delete(f"/v1/webhook-endpoints/{each['id']}")
    made = practice.client.post("/v1/webhook-endpoints", json={"url": "https://receiver.example/"})
    return f"/v1/webhook-endpoints/{made.json()['id']}"


def hooks(verb: str, body: object = None) -> Act:
    return lambda practice, _: practice.client.post(f"{endpoint(practice)}/{verb}", json=body)


def redeliver(practice: Practice, _: Path) -> httpx.Response:
    delivery = practice.client.post(f"{endpoint(practice)}/test").json()["id"]
    write(practice.served.worker, *(ended(each) for each in take(practice.served.worker)))
    return practice.client.post(f"/v1/deliveries/{delivery}/redeliver")


def ward(practice: Practice) -> Ward:
    served = practice.served
    assert practice.key.clinic_id
    return Ward(served.gateway, served.worker, practice.key.clinic_id, served.model_id)


def plan(practice: Practice) -> str:
    case = practice.finished()
    target = ward(practice).candidate()
    return str(planned(practice.client, target, reprocess="all", selector={"case_ids": [case]})["id"])


def at_work(practice: Practice, *moves: str) -> str:
    """Return the path of a campaign that was started and moved so."""
    case = practice.finished()
    target = ward(practice).candidate()
    rerun = started(practice.client, target, reprocess="all", selector={"case_ids": [case]})
    for move in moves:
        assert practice.client.post(f"/v1/reruns/{rerun}/{move}").is_success
    return f"/v1/reruns/{rerun}"


def over(practice: Practice) -> str:
    path = at_work(practice)
    ward(practice).carry_out(path.rsplit("/", 1)[1], {})
    return path


def register(practice: Practice, folder: Path) -> httpx.Response:
    write_development_model(folder, seed=hash(folder) % 1000)
    names = {"manifest": "manifest.json", "weights": "model.safetensors"}
    files = {part: (folder / name).read_bytes() for part, name in names.items()}
    return practice.operator.post("/v1/models", files=files)


def activate(practice: Practice, _: Path) -> httpx.Response:
    path = f"/v1/models/{practice.served.model_id}"
    tag = practice.operator.get(path).headers["etag"]
    return practice.operator.post(f"{path}/activate", headers={"If-Match": tag})


def clinic(practice: Practice) -> str:
    return f"/v1/clinics/{practice.operator.post('/v1/clinics', json={'name': 'another'}).json()['id']}"


def key(practice: Practice) -> str:
    return f"/v1/keys/{practice.operator.post(f'{clinic(practice)}/keys', json={}).json()['key_id']}"


def signed_in(practice: Practice) -> SignedIn:
    """Enrol a device by a code, as a patient does."""
    made = practice.client.post("/v1/enrolments", json={"subject_ref": "anna"}).json()
    with practice.served.client("none") as stranger:
        answer = stranger.post("/v1/devices/enrol", json={"code": made["code"]})
    return SignedIn.model_validate_json(answer.content)


def log_out(practice: Practice, _: Path) -> httpx.Response:
    with practice.served.client(signed_in(practice).access_token) as device:
        return device.post("/v1/devices/logout")


def agreed(practice: Practice, _: Path) -> httpx.Response:
    body = {"purpose": "screening", "text_version": "t"}
    return practice.client.post(f"/v1/subjects/{secrets.token_hex(8)}/consents", json=body)


def withdrawn(practice: Practice, folder: Path) -> httpx.Response:
    path = agreed(practice, folder).request.url.path
    return practice.client.post(f"{path}/withdraw", json={"purpose": "screening"})


def forgotten(practice: Practice, folder: Path) -> httpx.Response:
    path = agreed(practice, folder).request.url.path
    return practice.client.delete(path.removesuffix("/consents"))


# How each operation is brought to succeed.
ACTS: Final[dict[str, Act]] = {
    "POST /v1/cases": lambda practice, _: submit(practice.client, jpeg(1)),
    "POST /v1/uploads": lambda practice, _: practice.client.post("/v1/uploads", json={"media_type": "image/jpeg"}),
    "POST /v1/cases/{case_id}/cancel": lambda practice, _: practice.client.post(
        f"/v1/cases/{practice.submitted()}/cancel"
    ),
    "DELETE /v1/cases/{case_id}": lambda practice, _: practice.client.delete(f"/v1/cases/{practice.submitted()}"),
    "POST /v1/webhook-endpoints": lambda practice, _: practice.client.post(
        "/v1/webhook-endpoints", json={"url": "https://receiver.example/"}
    ),
    "PATCH /v1/webhook-endpoints/{endpoint_id}": lambda practice, _: practice.client.patch(
        endpoint(practice), json={"description": "ours"}
    ),
    "DELETE /v1/webhook-endpoints/{endpoint_id}": lambda practice, _: practice.client.delete(endpoint(practice)),
    "POST /v1/webhook-endpoints/{endpoint_id}/enable": hooks("enable"),
    "POST /v1/webhook-endpoints/{endpoint_id}/disable": hooks("disable"),
    "POST /v1/webhook-endpoints/{endpoint_id}/secret/rotate": hooks("secret/rotate", {"overlap_s": 0}),
    "POST /v1/webhook-endpoints/{endpoint_id}/test": hooks("test"),
    "POST /v1/webhook-endpoints/{endpoint_id}/recover": hooks("recover", SINCE),
    "POST /v1/webhook-endpoints/{endpoint_id}/replay-missing": hooks("replay-missing", SINCE),
    "POST /v1/deliveries/{delivery_id}/redeliver": redeliver,
    "POST /v1/reruns/plan": lambda practice, _: practice.client.post(
        "/v1/reruns/plan",
        json={"target_model": ward(practice).candidate(), "selector": {"case_ids": [practice.finished()]}},
    ),
    "POST /v1/reruns": lambda practice, _: practice.client.post("/v1/reruns", json={"plan_id": plan(practice)}),
    "POST /v1/reruns/{rerun_id}/pause": lambda practice, _: practice.client.post(f"{at_work(practice)}/pause"),
    "POST /v1/reruns/{rerun_id}/resume": lambda practice, _: practice.client.post(
        f"{at_work(practice, 'pause')}/resume"
    ),
    "POST /v1/reruns/{rerun_id}/cancel": lambda practice, _: practice.client.post(f"{at_work(practice)}/cancel"),
    "POST /v1/reruns/{rerun_id}/promote": lambda practice, _: practice.client.post(
        f"{over(practice)}/promote", json={"scope": "all"}
    ),
    "POST /v1/reruns/{rerun_id}/rollback": lambda practice, _: practice.client.post(f"{over(practice)}/rollback"),
    "POST /v1/cases/{case_id}/rerun": lambda practice, _: practice.client.post(
        f"/v1/cases/{practice.finished()}/rerun", json={}
    ),
    "POST /v1/models": register,
    "POST /v1/models/{model_id}/activate": activate,
    "POST /v1/models/{model_id}/retire": lambda practice, folder: practice.operator.post(
        f"/v1/models/{register(practice, folder).json()['id']}/retire"
    ),
    "POST /v1/subjects/{subject_ref}/consents": agreed,
    "POST /v1/subjects/{subject_ref}/consents/withdraw": withdrawn,
    "DELETE /v1/subjects/{subject_ref}": forgotten,
    "POST /v1/enrolments": lambda practice, _: practice.client.post("/v1/enrolments", json={"subject_ref": "anna"}),
    "POST /v1/devices/logout": log_out,
    "POST /v1/devices/{device_id}/revoke": lambda practice, _: practice.client.post(
        f"/v1/devices/{signed_in(practice).device_id}/revoke"
    ),
    "POST /v1/clinics": lambda practice, _: practice.operator.post("/v1/clinics", json={"name": "another"}),
    "PATCH /v1/clinics/{clinic_id}": lambda practice, _: practice.operator.patch(clinic(practice), json={"name": "x"}),
    "POST /v1/clinics/{clinic_id}/keys": lambda practice, _: practice.operator.post(
        f"{clinic(practice)}/keys", json={}
    ),
    "POST /v1/keys/{key_id}/rotate": lambda practice, _: practice.operator.post(f"{key(practice)}/rotate", json={}),
    "POST /v1/keys/{key_id}/revoke": lambda practice, _: practice.operator.post(f"{key(practice)}/revoke"),
}
WRITES: Final = sorted(operation for operation in NEEDS if not operation.startswith("GET "))


def test_every_operation_that_may_change_something_is_tried() -> None:
    """A new one is told to the access log, and tried here."""
    assert set(ACTS) == set(WRITES)


@pytest.mark.parametrize("operation", WRITES)
def test_an_operation_that_succeeds_leaves_a_row_of_its_request(
    practice: Practice, operation: str, tmp_path: Path
) -> None:
    answer = ACTS[operation](practice, tmp_path)
    assert answer.is_success, answer.text
    found = told_by(practice.served, answer)
    assert found, "the access log was not told of it: record_access in its transaction"
    for row in found:
        whose = practice.operator_key if row.caller == ActorKind.OPERATOR_KEY else practice.key
        assert (row.clinic_id, row.outcome) == (whose.clinic_id, AccessOutcome.DONE)
        if row.caller == ActorKind.DEVICE:
            assert (row.key_id, row.device_id) == (None, row.subject)
        else:
            assert (row.key_id, row.device_id) == (whose.key_id, None)
        assert row.address
        assert row.case_id or row.subject


def test_what_is_refused_leaves_none(practice: Practice) -> None:
    """A case that has ended cannot be canceled: neither is it, nor does the log say so."""
    path = f"/v1/cases/{practice.finished()}"
    answer = practice.client.post(f"{path}/cancel")
    assert answer.status_code == 409
    assert told_by(practice.served, answer) == []
    assert told_by(practice.served, practice.client.delete("/v1/cases/case_" + "0" * 26)) == []


def test_an_answer_that_is_given_again_is_told_too(practice: Practice) -> None:
    first, again = (submit(practice.client, jpeg(7), key="the-same") for _ in range(2))
    assert again.headers["idempotent-replayed"] == "true"
    told = [(row.case_id, row.part) for answer in (first, again) for row in told_by(practice.served, answer)]
    assert told == [(first.json()["id"], None), (first.json()["id"], "replayed")]


def test_signing_in_and_on_is_told_whether_it_succeeds_or_not(practice: Practice) -> None:
    device = signed_in(practice)
    known = device.refresh_token
    assert known is not None
    altered = known[:-1] + ("1" if known[-1] == "0" else "0")
    with practice.served.client("none") as stranger:
        on, again, unknown = (
            stranger.post("/v1/devices/refresh", json={"refresh_token": token}) for token in (known, known, altered)
        )
        wrong = stranger.post("/v1/devices/enrol", json={"code": "0000000000"})
    told = {row.action: row for row in rows(practice.served, device_id=device.device_id)}
    assert told["device_enrolled"].outcome == AccessOutcome.DONE
    assert [(answer.status_code, *_told(practice, answer)) for answer in (on, again, unknown, wrong)] == [
        (200, "device_refreshed", "device", "done"),
        (200, "device_refreshed", "device", "done"),
        (401, "device_refreshed", "nobody", "refused"),
        (403, "device_enrolled", "nobody", "refused"),
    ]


def _told(practice: Practice, answer: httpx.Response) -> tuple[str, str, str]:
    (row,) = told_by(practice.served, answer)
    return row.action, row.caller, row.outcome


def test_what_a_shell_does_is_told_without_a_key(practice: Practice) -> None:
    """The clinic of this test was made so, and its key."""
    (made,) = rows(practice.served, action="key_created", subject=practice.key.key_id)
    assert (made.caller, made.key_id, made.address, made.request_id) == ("command_line", None, None, None)
