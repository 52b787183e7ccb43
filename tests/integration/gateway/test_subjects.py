"""All that is stored of one person: handed out whole, and erased, by the clinic and by the person's phone."""

import hashlib
import io
import json
import zipfile
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, update

from services.gateway.clinics.schemas import CreatedKey
from shared.db.models import Result
from shared.db.session import Database
from shared.storage.s3 import S3Store
from tests.integration.gateway.campaign_rows import code_of
from tests.integration.gateway.phones import code_for, enrol, enrolled, phone_of
from tests.integration.gateway.subjects import SUBJECT, accepted, agree, photo_of
from tests.integration.gateway.test_erasure import audit, tables_with
from tests.integration.gateway.worked_cases import finish

OUTSIDE = [{"code": "outside_validated_use", "message": "not tested on such photos"}]
PATH = f"/v1/subjects/{SUBJECT}"
OTHER = "somebody-else"


def archive_of(answer: httpx.Response) -> dict[str, bytes]:
    assert answer.status_code == 200, answer.text
    assert (answer.headers["content-type"], answer.headers["cache-control"]) == ("application/zip", "no-store")
    assert SUBJECT not in answer.headers["content-disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as whole:
        assert whole.testzip() is None
        return {name: whole.read(name) for name in whole.namelist()}


def document(files: dict[str, bytes], name: str) -> Any:
    return json.loads(files[name])


def test_an_export_holds_all_that_is_stored_of_the_person_and_nothing_of_others(
    client: httpx.Client, worker_database: Database, store: S3Store
) -> None:
    agree(client)
    given = enrolled(client, SUBJECT, name="Pixel of the kitchen")
    enrolled(client, OTHER)
    finished = accepted(photo_of(client, seed=1, body_site="back"))
    finish(worker_database, store)
    waiting = accepted(photo_of(client, seed=2))
    accepted(photo_of(client, OTHER, seed=3))
    files = archive_of(client.get(f"{PATH}/export"))

    contents = document(files, "subject.json")
    assert (contents["subject_ref"], contents["left_out"]) == (SUBJECT, [])
    assert {case["case_id"]: case["state"] for case in contents["cases"]} == {
        finished: "completed",
        waiting: "accepted",
    }
    assert [case["missing"] for case in contents["cases"]] == [[], []]
    told = client.get(f"/v1/cases/{finished}").json()
    assert document(files, f"cases/{finished}/case.json")["result"] == told["result"]
    assert told["result"]["notice"] in files[f"cases/{finished}/case.json"].decode()
    assert files[f"cases/{finished}/image.jpg"] == client.get(f"/v1/cases/{finished}/image").content
    assert files[f"cases/{finished}/overlay.jpg"] == client.get(f"/v1/cases/{finished}/overlay").content
    events = [event["type"] for event in document(files, f"cases/{finished}/events.json")]
    assert events == ["case.accepted", "case.processing", "case.completed"]
    assert [run["state"] for run in document(files, f"cases/{finished}/runs.json")] == ["succeeded"]
    assert f"cases/{waiting}/photo-as-sent.jpg" in files
    assert [consent["purpose"] for consent in document(files, "consents.json")] == ["screening"]
    (device,) = document(files, "devices.json")
    assert (device["device_id"], device["name"]) == (given["device_id"], "Pixel of the kitchen")
    assert not any(OTHER.encode() in content for content in files.values())


def test_a_person_with_a_phone_alone_is_handed_out_and_erased_too(client: httpx.Client, owner_engine: Engine) -> None:
    given = enrolled(client, SUBJECT)
    files = archive_of(client.get(f"{PATH}/export"))
    assert [each["device_id"] for each in document(files, "devices.json")] == [given["device_id"]]
    assert client.delete(PATH).json()["finished_at"]
    assert tables_with(owner_engine, SUBJECT) == set()
    assert code_of(client.get(f"{PATH}/export")) == (404, "not_found")


def test_what_goes_while_an_export_is_made_is_left_out_and_named(
    client: httpx.Client, worker_database: Database, store: S3Store
) -> None:
    kept = accepted(photo_of(client, seed=1))
    finish(worker_database, store)
    lost = accepted(photo_of(client, seed=2))
    finish(worker_database, store)
    store.erase(f"cases/{lost}/")
    contents = document(archive_of(client.get(f"{PATH}/export")), "subject.json")
    missing = {case["case_id"]: sorted(case["missing"]) for case in contents["cases"]}
    assert missing == {kept: [], lost: ["geometry.json", "heatmap.npy", "image.jpg", "layer.png", "overlay.jpg"]}


def test_an_export_of_somebody_else_or_of_nobody_is_not_there(
    client: httpx.Client, stranger_client: httpx.Client
) -> None:
    accepted(photo_of(client))
    assert code_of(client.get("/v1/subjects/nobody/export")) == (404, "not_found")
    assert code_of(stranger_client.get(f"{PATH}/export")) == (404, "not_found")


def test_erasure_leaves_no_row_with_the_person_and_no_object(
    client: httpx.Client, worker_database: Database, owner_engine: Engine, store: S3Store
) -> None:
    agree(client)
    first = accepted(photo_of(client, seed=1, key="k"))
    finish(worker_database, store)
    second = accepted(photo_of(client, seed=2))
    code = code_for(client, SUBJECT)
    phone = enrolled(client, SUBJECT)
    other = accepted(photo_of(client, OTHER, seed=3))
    assert tables_with(owner_engine, SUBJECT)

    told = client.delete(PATH)
    assert told.status_code == 202
    assert (told.json()["cases"], told.json()["consents"], told.json()["cases_left"]) == (2, 1, 0)
    assert told.json()["finished_at"]
    assert tables_with(owner_engine, SUBJECT) == set()
    assert [code_of(client.get(f"/v1/cases/{case}")) for case in (first, second)] == [(410, "case_erased")] * 2
    assert client.get(f"/v1/cases/{other}").status_code == 200
    with phone_of(client, phone) as device:
        assert code_of(device.get("/v1/cases")) == (401, "unauthenticated")
    assert code_of(enrol(client.base_url, code)) == (403, "enrolment_refused")
    again = client.delete(PATH).json()
    assert (again["cases"], again["cases_left"]) == (0, 0)
    assert audit(worker_database) == []


def test_a_phone_hands_out_and_erases_its_own_person_and_no_other(
    client: httpx.Client, worker_database: Database, owner_engine: Engine, store: S3Store
) -> None:
    other = accepted(photo_of(client, OTHER, seed=3))
    given = enrolled(client, SUBJECT)
    with phone_of(client, given) as phone:
        assert agree(phone).status_code == 201
        case = accepted(photo_of(phone, None, seed=1))
        while finish(worker_database, store).case_id != case:
            pass
        assert [item["purpose"] for item in phone.get(f"{PATH}/consents").json()["items"]] == ["screening"]
        for path in (f"/v1/subjects/{OTHER}/export", f"/v1/subjects/{OTHER}/consents"):
            assert code_of(phone.get(path)) == (404, "not_found")
        assert code_of(agree(phone, OTHER)) == (404, "not_found")
        assert code_of(phone.delete(f"/v1/subjects/{OTHER}")) == (404, "not_found")
        enrolled(client, SUBJECT)
        files = archive_of(phone.get(f"{PATH}/export"))
        assert [each["case_id"] for each in document(files, "subject.json")["cases"]] == [case]
        assert [each["device_id"] for each in document(files, "devices.json")] == [given["device_id"]]
        told = phone.delete(PATH)
        assert told.status_code == 202, told.text
        assert (told.json()["cases"], told.json()["cases_left"]) == (1, 0)
    assert tables_with(owner_engine, SUBJECT) == set()
    assert client.get(f"/v1/cases/{other}").status_code == 200
    assert audit(worker_database) == []


@pytest.mark.parametrize("valid", [True, False])
def test_a_phone_is_handed_no_probability_that_means_nothing(
    client: httpx.Client, worker_database: Database, store: S3Store, *, valid: bool
) -> None:
    with phone_of(client, enrolled(client, SUBJECT)) as phone:
        case = accepted(photo_of(phone, None, seed=1))
        run = finish(worker_database, store)
        if not valid:
            with worker_database.transaction() as session:
                values = {"decision": "review", "reasons": OUTSIDE}
                session.execute(update(Result).where(Result.run_id == run.run_id).values(**values))
        files = archive_of(phone.get(f"{PATH}/export"))
        shown = phone.get(f"/v1/cases/{case}").json()["result"]
    assert document(files, f"cases/{case}/case.json")["result"] == shown
    by_clinic = archive_of(client.get(f"{PATH}/export"))
    whole = {"overlay.jpg", "heatmap.npy", "layer.png"}
    of_phone = {name.split("/")[-1] for name in files if name.split("/")[-1] in whole}
    assert of_phone == (whole if valid else {"layer.png"})
    assert {name.split("/")[-1] for name in by_clinic} >= whole
    runs = document(files, f"cases/{case}/runs.json")
    assert (runs[0]["result"]["probabilities"] is None) == (not valid)


def test_an_archive_that_broke_off_does_not_open(
    client: httpx.Client, worker_database: Database, store: S3Store
) -> None:
    """The store has another photo than the one on record: nothing false is handed out as the person's."""
    case = accepted(photo_of(client, seed=1))
    finish(worker_database, store)
    (key,) = (key for key in store.list_keys(f"cases/{case}/") if "image" in key)
    store.put(key, b"another photo", media_type="image/png")
    with pytest.raises(httpx.RemoteProtocolError):
        client.get(f"{PATH}/export")


def test_another_clinics_person_of_the_same_name_stays(
    client: httpx.Client, stranger_client: httpx.Client, clinic: CreatedKey
) -> None:
    assert clinic.clinic_id
    accepted(photo_of(client, seed=1))
    theirs = accepted(photo_of(stranger_client, seed=1))
    assert client.delete(PATH).json()["cases"] == 1
    assert stranger_client.get(f"/v1/cases/{theirs}").status_code == 200
    files = archive_of(stranger_client.get(f"{PATH}/export"))
    assert hashlib.sha256(files[f"cases/{theirs}/photo-as-sent.jpg"]).hexdigest()
