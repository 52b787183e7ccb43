"""What belongs to another subject of the same clinic is, to a device, answered as what does not exist."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from services.gateway.clinics import service as clinics
from shared.contracts.ids import IdPrefix, new_id
from tests.integration.gateway.phones import enrolled, phone_of
from tests.integration.gateway.photos import jpeg, submit
from tests.integration.gateway.worked_cases import finish
from tests.security.conftest import Served
from tests.security.operations import DEVICE, NEEDS, method_and_path, nobodys, parameters_of
from tests.security.test_other_clinics import (
    GRANTABLE,
    LISTS,
    OF_ANOTHER,
    READS,
    REF,
    answer_to,
    start_campaign,
    told,
)


@dataclass
class TwoSubjects:
    """`clinic` and `ben` have one of everything; `anna` is a device with nothing."""

    clinic: httpx.Client
    ben: httpx.Client
    anna: httpx.Client
    ids: dict[str, str]
    uploads: list[str]

    def seen_by_clinic(self) -> dict[str, Any]:
        found = {name: self.clinic.get(path.format(self.ids[name])) for name, path in READS.items()}
        assert {name: answer.status_code for name, answer in found.items()} == dict.fromkeys(READS, 200)
        return {name: answer.json() for name, answer in found.items()} | {
            "devices": [each["revoked_at"] for each in self.clinic.get("/v1/devices").json()["items"]]
        }


@pytest.fixture(scope="module")
def two(served: Served) -> Iterator[TwoSubjects]:
    with served.client(served.new_clinic(*GRANTABLE).key) as clinic:
        endpoint = clinic.post("/v1/webhook-endpoints", json={"url": "https://receiver.example/"}).json()
        delivery = clinic.post(f"/v1/webhook-endpoints/{endpoint['id']}/test").json()
        given = {name: enrolled(clinic, name) for name in ("ben", "anna")}
        with phone_of(clinic, given["ben"]) as ben, phone_of(clinic, given["anna"]) as anna:
            case = submit(ben, jpeg(1), {"lesion_ref": REF}).json()
            run = finish(served.worker, served.store)
            uploads = [c.post("/v1/uploads", json={"media_type": "image/jpeg"}).json() for c in (ben, clinic)]
            ids = {"case_id": case["id"], "run_id": run.run_id, "endpoint_id": endpoint["id"], "lesion_ref": REF}
            ids |= {"delivery_id": delivery["id"], "device_id": given["ben"]["device_id"]}
            ids["rerun_id"] = start_campaign(clinic, served.model_id)
            yield TwoSubjects(clinic, ben, anna, ids, [each["upload_id"] for each in uploads])


def test_the_subject_itself_sees_what_is_its_own(two: TwoSubjects) -> None:
    """Otherwise the rest would pass on a device that sees nothing at all."""
    for path in (READS["case_id"].format(two.ids["case_id"]), READS["run_id"].format(two.ids["run_id"])):
        assert two.ben.get(path).status_code == 200
        assert two.anna.get(path).status_code == 404
    for picture in ("image", "layer", "heatmap", "overlay", "events", "runs"):
        assert two.ben.get(f"/v1/cases/{two.ids['case_id']}/{picture}").status_code == 200
    assert [each["id"] for each in two.ben.get(f"/v1/lesions/{REF}/cases").json()["items"]] == [two.ids["case_id"]]


@pytest.mark.parametrize("operation", OF_ANOTHER)
def test_another_subjects_is_not_there(two: TwoSubjects, operation: str) -> None:
    before = two.seen_by_clinic()
    nothing = nobodys(operation)
    foreign = answer_to(two.anna, operation, {name: two.ids[name] for name in nothing})
    assert foreign[0] == (404 if DEVICE in NEEDS[operation].enough else 403), foreign
    assert foreign == answer_to(two.anna, operation, nothing)
    assert two.seen_by_clinic() == before


@pytest.mark.parametrize("operation", LISTS)
def test_no_list_holds_anything_of_another_subject(two: TwoSubjects, operation: str) -> None:
    method, path = method_and_path(operation, {"lesion_ref": REF, "subject_ref": "ben"})
    answer = two.anna.request(method, path)
    there = 404 if "subject_ref" in parameters_of(operation) else 200
    assert answer.status_code == (there if DEVICE in NEEDS[operation].enough else 403), answer.text
    held = [value for value in (*two.ids.values(), "ben") if value in answer.text.replace(f'"{path}"', "")]
    assert held == [], "but for the path that was asked for, which stands in a refusal"


def test_filters_find_nothing_of_another_subject(two: TwoSubjects) -> None:
    for query in ({"subject_ref": "ben"}, {"lesion_ref": REF}, {"label": "mel"}, {"state": "completed"}):
        assert two.anna.get("/v1/cases", params=query).json()["items"] == [], query
        assert two.clinic.get("/v1/cases", params=query).json()["items"] != []


def test_an_upload_of_another_is_not_there_either(two: TwoSubjects) -> None:
    for upload_id in (*two.uploads, new_id(IdPrefix.UPLOAD)):
        answer = two.anna.post("/v1/cases", json={"upload_id": upload_id})
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("waits", [0, 1])
def test_what_somebody_else_was_told_while_waiting_is_not_told_on(two: TwoSubjects, waits: int) -> None:
    """The gateway keeps, for a moment, how a case that is waited for stands: for whoever may see it."""
    case_id = submit(two.ben, jpeg(7)).json()["id"]
    path, headers = f"/v1/cases/{case_id}", {"Prefer": "wait=2", "If-None-Match": 'W/"1"'}
    waiting = threading.Thread(target=two.ben.get, args=(path,), kwargs={"headers": headers})
    waiting.start()
    try:
        for _ in range(5):
            asked = {"Prefer": f"wait={waits}", "If-None-Match": 'W/"1"'} if waits else headers
            foreign = two.anna.get(path, headers=asked)
            assert told(foreign, {"id": case_id})[0] == 404, foreign.text
    finally:
        waiting.join()
    two.ben.post(f"{path}/cancel")


def test_a_device_of_another_clinic_with_the_same_subject_sees_nothing(two: TwoSubjects, served: Served) -> None:
    """A pseudonym is a clinic's own: another one may have chosen the same."""
    owner, given = served.new_device("ben")
    with served.client(owner.key) as clinic, phone_of(clinic, given) as namesake:
        assert namesake.get(f"/v1/cases/{two.ids['case_id']}").status_code == 404
        assert namesake.get("/v1/cases").json()["items"] == []
    assert clinics.keys_of(served.gateway, str(owner.clinic_id))
