"""What a device does with cases: its subject is filled in, its keys and uploads are its own, its results are veiled."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from services.gateway.clinics.schemas import CreatedKey
from services.gateway.settings import GatewaySettings
from shared.contracts.enums import LesionClass
from shared.db.models import Result
from shared.db.records import ClaimedRun
from shared.db.session import Database
from shared.storage.s3 import S3Store
from tests.integration.gateway.conftest import client_of, serving
from tests.integration.gateway.phones import code_of, enrolled, phone_of
from tests.integration.gateway.photos import jpeg, submit
from tests.integration.gateway.test_uploads import case_of, offered, send
from tests.integration.gateway.worked_cases import finish

OUTSIDE = [{"code": "outside_validated_use", "message": "not tested on such photos"}]
AREAS = {
    "deletion": 0.1,
    "insertion": 0.8,
    "random_deletion": 0.4,
    "random_insertion": 0.5,
    "whole": 0.40625,
    "blurred": 0.125,
}


@dataclass
class Phones:
    """Two people with a phone each, patients of one clinic."""

    clinic: httpx.Client
    anna: httpx.Client
    ben: httpx.Client


@pytest.fixture
def phones(gateway_settings: GatewaySettings, store: S3Store, model_id: str, clinic: CreatedKey) -> Iterator[Phones]:
    assert model_id
    store.check()
    settings = gateway_settings.model_copy(update={"s3_public_endpoint": gateway_settings.s3_endpoint})
    with serving(settings) as url, client_of(url, clinic) as client:
        anna, ben = (phone_of(client, enrolled(client, name)) for name in ("anna", "ben"))
        with anna, ben:
            yield Phones(client, anna, ben)


def ids(client: httpx.Client, path: str = "/v1/cases", **query: Any) -> list[str]:
    return [each["id"] for each in client.get(path, params=query).json()["items"]]


def test_a_photo_is_of_the_phones_subject(phones: Phones) -> None:
    absent = submit(phones.anna, jpeg(1), {"lesion_ref": "l"})
    named = submit(phones.anna, jpeg(2), {"lesion_ref": "l", "subject_ref": "anna"})
    assert [answer.status_code for answer in (absent, named)] == [202, 202]
    assert {answer.json()["subject_ref"] for answer in (absent, named)} == {"anna"}
    assert code_of(submit(phones.anna, jpeg(3), {"subject_ref": "ben"})) == (403, "forbidden")
    mine = [answer.json()["id"] for answer in (named, absent)]
    assert ids(phones.anna) == ids(phones.anna, subject_ref="anna") == ids(phones.clinic, subject_ref="anna") == mine
    assert ids(phones.anna, "/v1/lesions/l/cases") == mine[::-1]
    assert ids(phones.anna, subject_ref="ben") == ids(phones.ben) == ids(phones.ben, "/v1/lesions/l/cases") == []
    assert [len(ids(phones.anna, limit=1, state="accepted"))] == [1]


def test_a_page_of_a_phones_history_goes_on(phones: Phones) -> None:
    made = []
    for seed in range(4):
        made.append(submit(phones.anna, jpeg(seed)).json()["id"])
        submit(phones.ben, jpeg(seed))
    found, answer = [], phones.anna.get("/v1/cases", params={"limit": 2})
    while True:
        found += [each["id"] for each in answer.json()["items"]]
        if "next" not in answer.links:
            break
        answer = phones.anna.get(answer.links["next"]["url"])
    assert found == made[::-1]


def test_the_same_idempotency_key_of_others_is_another(phones: Phones) -> None:
    photo = jpeg(1)
    first = {name: submit(client, photo, key="k") for name, client in vars(phones).items()}
    again = {name: submit(client, photo, key="k") for name, client in vars(phones).items()}
    assert len({answer.json()["id"] for answer in first.values()}) == 3
    assert [answer.headers.get("idempotent-replayed") for answer in first.values()] == [None] * 3
    assert {name: answer.json() for name, answer in again.items()} == {
        name: answer.json() for name, answer in first.items()
    }


def test_the_next_phone_of_a_person_goes_on_with_the_queue(phones: Phones) -> None:
    first = submit(phones.anna, jpeg(1), key="k").json()
    with phone_of(phones.clinic, enrolled(phones.clinic, "anna")) as next_phone:
        assert submit(next_phone, jpeg(1), {"subject_ref": "anna"}, key="k").json() == first


def test_an_upload_is_for_who_asked_for_the_form(phones: Phones) -> None:
    with phone_of(phones.clinic, enrolled(phones.clinic, "anna")) as second_phone:
        offer = offered(phones.anna)
        assert send(offer, jpeg(1)).status_code < 300
        for other in (phones.ben, phones.clinic, second_phone):
            assert code_of(case_of(other, offer["upload_id"])) == (404, "not_found")
    of_clinic = offered(phones.clinic)
    assert send(of_clinic, jpeg(2)).status_code < 300
    assert code_of(case_of(phones.anna, of_clinic["upload_id"])) == (404, "not_found")
    made = case_of(phones.anna, offer["upload_id"])
    assert (made.status_code, made.json()["subject_ref"]) == (202, "anna")
    assert case_of(phones.clinic, of_clinic["upload_id"]).json()["subject_ref"] is None


def test_a_clinic_hears_of_its_patients_photos(phones: Phones) -> None:
    """The deliveries are made with the event, in a transaction that may see none of them."""
    wanted = ["case.accepted", "case.canceled"]
    named = {"url": "https://receiver.example/", "event_types": wanted}
    endpoint = phones.clinic.post("/v1/webhook-endpoints", json=named).json()
    case_id = submit(phones.anna, jpeg(1)).json()["id"]
    assert phones.anna.post(f"/v1/cases/{case_id}/cancel").json()["state"] == "canceled"
    made = phones.clinic.get(f"/v1/webhook-endpoints/{endpoint['id']}/deliveries").json()["items"]
    assert sorted(each["event_type"] for each in made) == wanted


def test_an_erased_case_is_there_for_its_clinic_alone(
    phones: Phones, worker_database: Database, store: S3Store
) -> None:
    mine, theirs = (submit(client, jpeg(1)).json()["id"] for client in (phones.anna, phones.ben))
    for _ in range(2):
        finish(worker_database, store)
    assert code_of(phones.anna.delete(f"/v1/cases/{theirs}")) == (404, "not_found")
    assert phones.ben.get(f"/v1/cases/{theirs}").json()["state"] == "completed"
    told = phones.anna.delete(f"/v1/cases/{mine}")
    assert (told.status_code, told.json()["case_id"]) == (202, mine)
    for again in (phones.anna.get(f"/v1/cases/{mine}"), phones.anna.delete(f"/v1/cases/{mine}")):
        assert code_of(again) == (404, "not_found")
    assert code_of(phones.clinic.get(f"/v1/cases/{mine}")) == (410, "case_erased")
    with worker_database.transaction() as session:
        assert session.query(Result).filter_by(case_id=mine).count() == 0


@pytest.fixture
def outside(phones: Phones, worker_database: Database, store: S3Store) -> ClaimedRun:
    """Anna's photo, of a kind that the model was never validated for, with everything measured."""
    submit(phones.anna, jpeg(1))
    run = finish(worker_database, store, LesionClass.MEL)
    with worker_database.transaction() as session:
        explained = {**(session.get_one(Result, run.run_id).explanation or {}), "faithfulness": AREAS}
        values = {"decision": "review", "reasons": OUTSIDE, "explanation": explained}
        session.execute(update(Result).where(Result.run_id == run.run_id).values(**values))
    return run


def test_outside_validated_use_a_phone_is_told_no_probability(phones: Phones, outside: ClaimedRun) -> None:
    case, run = f"/v1/cases/{outside.case_id}", f"/v1/runs/{outside.run_id}"
    reads = (case, run, f"{case}/runs", "/v1/cases", f"{case}/events")
    told = {path: phones.anna.get(path).text for path in reads}
    for path, text in told.items():
        assert not [
            number for number in ("0.4", "0.1", "0.6", "0.40625", "0.125,") if f":{number}" in thresholdless(text)
        ], path
    result = phones.anna.get(case).json()["result"]
    assert (result["probabilities"], result["malignancy"]) == (None, None)
    assert result["explanation"]["faithfulness"] is None
    assert (result["decision"], result["label"]) == ("review", "mel")
    of_clinic = phones.clinic.get(case).json()["result"]
    assert of_clinic["probabilities"]["mel"] == 0.4
    assert of_clinic["explanation"]["faithfulness"]["whole"] == 0.40625


def thresholdless(text: str) -> str:
    """The thresholds are the model's and say nothing of the photo; glare is no probability of a class either."""
    compact = text.replace(" ", "")
    for same in ('"thresholds":{"refer":0.5,"no_refer":0.1}', '"glare_share":0.125,'):
        compact = compact.replace(same, "")
    return compact


def test_outside_validated_use_a_phone_is_shown_one_map(phones: Phones, outside: ClaimedRun) -> None:
    case = f"/v1/cases/{outside.case_id}"
    for shown in ("layer", "overlay", "heatmap"):
        assert phones.anna.get(f"{case}/{shown}").status_code == 200
        assert phones.anna.get(f"{case}/{shown}?class=mel").status_code == 200
        for other in ("class=nv", "class=mel&against=nv"):
            assert code_of(phones.anna.get(f"{case}/{shown}?{other}")) == (404, "artifact_not_ready")
            assert phones.clinic.get(f"{case}/{shown}?{other}").status_code == 200
    arrays = {"Accept": "application/x-npy"}
    assert code_of(phones.anna.get(f"{case}/heatmap", headers=arrays)) == (404, "artifact_not_ready")
    assert phones.clinic.get(f"{case}/heatmap", headers=arrays).status_code == 200
    # The legend of the stored one has the probability in its corner, and so has the one that is drawn for clinics.
    stored, drawn = phones.clinic.get(f"{case}/overlay"), phones.clinic.get(f"{case}/overlay?alpha=0.4")
    mine, mine_drawn = phones.anna.get(f"{case}/overlay"), phones.anna.get(f"{case}/overlay?alpha=0.4")
    assert mine.content != stored.content
    assert mine_drawn.content != drawn.content
    assert len({answer.headers["etag"] for answer in (stored, drawn, mine, mine_drawn)}) == 4


def test_within_validated_use_a_phone_is_told_all(phones: Phones, worker_database: Database, store: S3Store) -> None:
    case = f"/v1/cases/{submit(phones.anna, jpeg(1)).json()['id']}"
    finish(worker_database, store)
    result = phones.anna.get(case).json()["result"]
    assert result == phones.clinic.get(case).json()["result"]
    assert result["probabilities"]["mel"] == 0.4
    assert phones.anna.get(f"{case}/layer?class=nv").status_code == 200
    assert phones.anna.get(f"{case}/overlay").content == phones.clinic.get(f"{case}/overlay").content
