"""What the access log says of reads and of keys, what it may never say, and who may change it: nobody."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from services.gateway.clinics import service as clinics
from shared.contracts.access import AccessAction, ActorKind
from shared.contracts.enums import Scope
from shared.contracts.ids import IdPrefix, new_id
from shared.db.access_log import Access, Origin, record_access, record_first_read
from shared.db.models import ApiKey
from tests.security.access_rows import Practice, practice_of, rows, told_by
from tests.security.conftest import Served

PICTURES = {
    "image": "image",
    "layer": "layer",
    "overlay": "overlay",
    "heatmap": "heatmap",
    "layer?class=nv": "layer",
    "overlay?alpha=0.3": "overlay",
}


@pytest.fixture(scope="module")
def practice(served: Served) -> Iterator[Practice]:
    with practice_of(served) as practice:
        yield practice


def another_key(practice: Practice) -> tuple[str, httpx.Client]:
    path = f"/v1/clinics/{practice.key.clinic_id}/keys"
    made = practice.operator.post(path, json={"scopes": ["cases:read"]}).json()
    return made["key_id"], practice.served.client(made["key"])


def reads(practice: Practice, case_id: str) -> list[tuple[str, str | None, int | None]]:
    found = rows(practice.served, case_id=case_id)
    return [(row.action, row.key_id, row.version) for row in found if row.action.endswith("_read")]


def test_each_version_is_told_once_to_each_caller(practice: Practice) -> None:
    case_id = practice.submitted()
    path, mine = f"/v1/cases/{case_id}", practice.key.key_id
    for _ in range(3):
        practice.client.get(path)
    other, reader = another_key(practice)
    with reader:
        reader.get(path)
    practice.client.post(f"{path}/cancel")
    practice.client.get(path)
    practice.client.get(path)
    assert reads(practice, case_id) == [("case_read", mine, 1), ("case_read", other, 1), ("case_read", mine, 2)]


def test_another_process_does_not_tell_it_again(practice: Practice) -> None:
    """It has no memory of what this one told; the table has."""
    case_id = practice.submitted()
    practice.client.get(f"/v1/cases/{case_id}")
    origin = Origin(ActorKind.CLINIC_KEY, clinic_id=practice.key.clinic_id, key_id=practice.key.key_id)
    for _ in range(2):
        with practice.served.gateway.transaction(practice.key.clinic_id) as session:
            record_first_read(session, origin, Access(AccessAction.CASE_READ, case_id=case_id, version=1))
            assert session.scalar(text("SELECT pg_current_xact_id_if_assigned()")) is None, "it would cost a flush"
    assert reads(practice, case_id) == [("case_read", practice.key.key_id, 1)]


def test_runs_and_events_are_reads_as_well(practice: Practice) -> None:
    case_id = practice.finished()
    path, mine = f"/v1/cases/{case_id}", practice.key.key_id
    for _ in range(2):
        runs = practice.client.get(f"{path}/runs").json()["items"]
        practice.client.get(f"/v1/runs/{runs[0]['id']}")
        practice.client.get(f"{path}/events")
    assert reads(practice, case_id) == [("runs_read", mine, 3), ("events_read", mine, 3)]


def test_waiting_in_vain_is_no_read(practice: Practice) -> None:
    case_id = practice.submitted()
    path = f"/v1/cases/{case_id}"
    tag = practice.client.get(path).headers["etag"]
    waited = practice.client.get(path, headers={"Prefer": "wait=1", "If-None-Match": tag})
    assert waited.status_code == 304
    assert told_by(practice.served, waited) == []


def test_each_picture_that_is_sent_is_told(practice: Practice) -> None:
    case_id = practice.finished()
    for asked, part in PICTURES.items():
        for _ in range(2):
            answer = practice.client.get(f"/v1/cases/{case_id}/{asked}")
            assert answer.status_code == 200, answer.text
            (row,) = told_by(practice.served, answer)
            assert (row.action, row.case_id, row.part, row.version) == ("artifact_read", case_id, part, 3)
            assert row.subject is not None
            assert row.subject.startswith("run_")
        again = practice.client.get(f"/v1/cases/{case_id}/{asked}", headers={"If-None-Match": answer.headers["etag"]})
        assert again.status_code == 304
        assert told_by(practice.served, again) == []
    as_numpy = practice.client.get(f"/v1/cases/{case_id}/heatmap", headers={"Accept": "application/x-npy"})
    assert [row.part for row in told_by(practice.served, as_numpy)] == ["map"]


def test_what_is_not_shown_is_not_told(practice: Practice) -> None:
    case_id = practice.finished()
    stranger = practice.served.client(practice.served.new_clinic(*Scope).key)
    with stranger:
        for path in ("", "/image", "/runs", "/events", "/overlay"):
            answer = stranger.get(f"/v1/cases/{case_id}{path}")
            assert answer.status_code == 404
            assert told_by(practice.served, answer) == []
    open_case = practice.submitted()
    answer = practice.client.get(f"/v1/cases/{open_case}/overlay")
    assert answer.json()["code"] == "artifact_not_ready"
    assert told_by(practice.served, answer) == []


def test_a_page_of_the_history_is_one_row(practice: Practice) -> None:
    first = practice.submitted(subject_ref="Anna-1970", lesion_ref="left-ear")
    answers = [
        practice.client.get("/v1/cases", params={"subject_ref": "Anna-1970"}),
        practice.client.get("/v1/lesions/left-ear/cases"),
    ]
    assert [answer.json()["items"][0]["id"] for answer in answers] == [first, first]
    told = [
        (row.action, row.part, row.count, row.case_id) for each in answers for row in told_by(practice.served, each)
    ]
    assert told == [("cases_listed", "history", 1, None), ("cases_listed", "lesion", 1, None)]


def test_reports_of_a_campaign_are_told(practice: Practice) -> None:
    case_id = practice.finished()
    rerun = practice.client.post(f"/v1/cases/{case_id}/rerun", json={}).json()["id"]
    answers = [practice.client.get(f"/v1/reruns/{rerun}/report{kind}") for kind in ("", ".csv", ".html")]
    told = [(row.action, row.part, row.subject) for answer in answers for row in told_by(practice.served, answer)]
    assert told == [("report_read", part, rerun) for part in ("json", "csv", "html")]


def test_a_key_is_told_once_in_a_while(practice: Practice) -> None:
    key_id, reader = another_key(practice)
    with reader:
        for _ in range(3):
            reader.get("/v1/cases")
    (used,) = rows(practice.served, key_id=key_id, action="key_used")
    assert (used.caller, used.clinic_id, used.outcome) == ("clinic_key", practice.key.clinic_id, "done")


def test_keys_that_do_not_count_are_told_without_their_text(
    practice: Practice, bad_headers: dict[str, str | None]
) -> None:
    served = practice.served
    with served.gateway.transaction() as session:
        ended = session.get_one(ApiKey, clinics.create_clinic(served.gateway, "x", (Scope.CASES_READ,)).key_id).id
    for _ in range(2):
        for name in ("unknown", "expired", "revoked"):
            answer = served.anybody.get("/v1/cases", headers={"Authorization": str(bad_headers[name])})
            assert answer.status_code == 401
    refused = rows(served, action="key_refused")
    found = {row.part: row for row in refused}
    assert set(found) >= {"unknown", "expired", "revoked"}
    assert {row.outcome for row in refused} == {"refused"}
    assert (found["unknown"].caller, found["unknown"].key_id) == ("nobody", None)
    assert found["expired"].key_id
    assert found["revoked"].clinic_id
    assert ended not in {row.key_id for row in refused}
    # From one address, one row for five minutes: whoever tries keys fills no disk.
    assert sum(row.part == "unknown" for row in refused) == 1


def test_operators_read_it_page_by_page_and_clinics_do_not(practice: Practice) -> None:
    case_id = practice.finished()
    for picture in ("image", "layer", "overlay"):
        practice.client.get(f"/v1/cases/{case_id}/{picture}")
    asked: dict[str, Any] = {"case_id": case_id, "limit": 2}
    first = practice.operator.get("/v1/access-log", params=asked)
    assert first.status_code == 200, first.text
    second = practice.operator.get("/v1/access-log", params={**asked, "cursor": first.json()["next_cursor"]})
    lines = first.json()["items"] + second.json()["items"]
    # Newest first; that the first page was read stands on top of it, and so on neither.
    assert [line["part"] or line["action"] for line in lines] == ["overlay", "layer", "image", "case_submitted"]
    assert 'rel="next"' in first.headers["link"]
    by_key = practice.operator.get("/v1/access-log", params={"key_id": practice.key.key_id, "limit": 500}).json()
    assert {line["key_id"] for line in by_key["items"]} == {practice.key.key_id}
    since = lines[1]["at"]
    late = practice.operator.get("/v1/access-log", params={"case_id": case_id, "since": since}).json()["items"]
    assert {line["part"] for line in late} >= {"layer", "overlay"}
    assert "image" not in {line["part"] for line in late}
    (told,) = told_by(practice.served, first)
    assert (told.action, told.case_id, told.count, told.caller) == ("access_log_read", case_id, 2, "operator_key")
    assert practice.client.get("/v1/access-log").status_code == 403


def test_rows_outlive_the_case(practice: Practice) -> None:
    case_id = practice.finished(subject_ref="Anna-1970")
    practice.client.get(f"/v1/cases/{case_id}")
    practice.client.delete(f"/v1/cases/{case_id}")
    kept = [row.action for row in rows(practice.served, case_id=case_id)]
    assert kept == ["case_submitted", "case_read", "case_erased"]


def test_an_export_is_told_with_each_case_that_goes_out(practice: Practice) -> None:
    mine, other = (practice.finished(subject_ref=subject) for subject in ("export-me", "not-me"))
    answer = practice.client.get("/v1/subjects/export-me/export")
    assert answer.status_code == 200, answer.text
    whole, one = told_by(practice.served, answer)
    assert (whole.action, whole.case_id, whole.key_id) == ("subject_exported", None, practice.key.key_id)
    assert (one.action, one.case_id, one.version, one.key_id) == ("subject_exported", mine, 3, practice.key.key_id)
    assert "subject_exported" not in [row.action for row in rows(practice.served, case_id=other)]
    assert told_by(practice.served, practice.client.get("/v1/subjects/nobody/export")) == []


def test_no_reference_key_name_or_address_stands_in_it(practice: Practice) -> None:
    case_id = practice.finished(
        client_ref="visit-4711", subject_ref="Anna-1970", lesion_ref="left-ear", body_site="ear"
    )
    for path in ("", "/image", "/runs"):
        practice.client.get(f"/v1/cases/{case_id}{path}")
    with practice.served.worker.transaction() as session:
        everything = "\n".join(session.execute(text("SELECT access_log::text FROM access_log")).scalars())
    assert case_id in everything
    words = (
        "visit-4711",
        "Anna",
        "left-ear",
        "127.0.0.1",
        "IMG_Jane_Doe",
        "ll_",
        "another",
        "clinic,",
        practice.key.key,
    )
    assert [word for word in words if word in everything] == []


@pytest.mark.parametrize(
    "access",
    [
        Access(AccessAction.SUBJECT_EXPORTED, subject="Jane Doe"),
        Access(AccessAction.SUBJECT_EXPORTED, subject="Anna-1970"),
        Access(AccessAction.SUBJECT_EXPORTED, case_id="1970-01-01"),
        Access(AccessAction.SUBJECT_EXPORTED, part="left shoulder"),
        Access(AccessAction.SUBJECT_EXPORTED, part="ll_0123"),
    ],
)
def test_what_is_no_id_and_no_word_is_refused(practice: Practice, access: Access) -> None:
    origin = Origin(ActorKind.CLINIC_KEY, clinic_id=practice.key.clinic_id, key_id=practice.key.key_id)
    with (
        pytest.raises(IntegrityError, match="ck_access_log"),
        practice.served.gateway.transaction(practice.key.clinic_id) as session,
    ):
        record_access(session, origin, access)


def test_an_address_in_clear_is_refused(practice: Practice) -> None:
    origin = Origin(ActorKind.NOBODY, address="127.0.0.1")
    with pytest.raises(IntegrityError, match="pseudonym"), practice.served.gateway.transaction() as session:
        record_access(session, origin, Access(AccessAction.KEY_REFUSED))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE access_log SET action = 'nothing'",
        "DELETE FROM access_log",
        "TRUNCATE access_log",
        "INSERT INTO access_log (id, caller, action, outcome) VALUES (1, 'nobody', 'x', 'done')",
        "INSERT INTO access_log (xid, caller, action, outcome) VALUES (1, 'nobody', 'x', 'done')",
        "INSERT INTO access_log (at, caller, action, outcome) VALUES (now(), 'nobody', 'x', 'done')",
        "UPDATE access_seals SET seq = 0",
        "DELETE FROM access_seals",
        "TRUNCATE access_seals",
    ],
)
def test_no_service_may_change_it_or_say_when_it_was(practice: Practice, statement: str) -> None:
    for database in (practice.served.gateway, practice.served.worker):
        with pytest.raises(DBAPIError, match="permission denied"), database.transaction() as session:
            session.execute(text(statement))


def test_no_clinic_writes_under_anothers_name(practice: Practice) -> None:
    other = new_id(IdPrefix.CLINIC)
    for clinic_id in (other, None):
        origin = Origin(ActorKind.CLINIC_KEY, clinic_id=clinic_id, key_id=practice.key.key_id)
        with (
            pytest.raises(DBAPIError, match="row-level security"),
            practice.served.gateway.transaction(practice.key.clinic_id) as session,
        ):
            record_access(session, origin, Access(AccessAction.CASE_READ))
