"""Consent as a clinic meets it: asked for, recorded, withdrawn, and never overtaken by a photo."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from services.gateway.clinics.schemas import CreatedKey
from services.gateway.consents import admission
from shared.db import lifecycle
from shared.db.session import Database
from shared.storage.s3 import S3Store
from tests.integration.gateway.campaign_rows import Ward, answer, code_of, planned
from tests.integration.gateway.subjects import (
    SUBJECT,
    TEXT,
    accepted,
    agree,
    moment,
    photo_of,
    require_consent,
    withdraw,
)
from tests.integration.gateway.test_erasure import audit
from tests.integration.gateway.worked_cases import finish
from tests.integration.records import claim, new_case, some_answer, some_artifacts

REQUIRED, WITHDRAWN = (409, "consent_required"), (409, "consent_withdrawn")


def rows(engine: Engine, query: str) -> list[Any]:
    with engine.begin() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def waits_for_a_lock(engine: Engine) -> None:
    deadline = time.monotonic() + 10
    while not rows(engine, "SELECT 1 FROM pg_locks WHERE NOT granted"):
        assert time.monotonic() < deadline, "nobody waits"


def test_without_consent_nothing_is_taken_and_nothing_is_stored(
    client: httpx.Client, clinic: CreatedKey, gateway_database: Database, store: S3Store
) -> None:
    accepted(photo_of(client))  # until the clinic asks for it
    require_consent(gateway_database, clinic)
    before = list(store.list_keys(""))
    refused = photo_of(client)
    assert code_of(refused) == REQUIRED
    assert TEXT in refused.json()["detail"]
    assert code_of(photo_of(client, None)) == REQUIRED
    assert agree(client, text="text-0").status_code == 201
    assert code_of(photo_of(client)) == REQUIRED, "it is to another text"
    assert code_of(photo_of(client, consent={"text_version": "text-0"})) == REQUIRED
    assert list(store.list_keys("")) == before
    assert agree(client).status_code == 201
    accepted(photo_of(client))
    assert code_of(photo_of(client, "another-subject")) == REQUIRED
    require_consent(gateway_database, clinic, "text-2")
    assert code_of(photo_of(client)) == REQUIRED, "the clinic has a new text"


def test_consent_is_recorded_with_purpose_text_and_time(
    client: httpx.Client, clinic: CreatedKey, owner_engine: Engine
) -> None:
    given = datetime.now(UTC).replace(microsecond=0) - timedelta(days=3)
    first = agree(client, given_at=moment(given))
    body = first.json()
    assert first.status_code == 201, first.text
    assert (body["purpose"], body["text_version"], body["withdrawn_at"]) == ("screening", TEXT, None)
    assert datetime.fromisoformat(body["given_at"]) == given < datetime.fromisoformat(body["recorded_at"])
    again = agree(client)
    assert (again.status_code, again.json()) == (200, body), "it stands already"
    other = agree(client, text="text-2").json()
    assert client.get(f"/v1/subjects/{SUBJECT}/consents").json()["items"] == [other, body]
    assert client.get("/v1/subjects/nobody/consents").json() == {"items": []}
    assert rows(owner_engine, "SELECT DISTINCT recorded_by FROM consents") == [(clinic.key_id,)]


WRONG: tuple[dict[str, str], ...] = (
    {"given_at": "2999-01-01T00:00:00Z"},
    {"given_at": "1999-12-31T00:00:00Z"},
    {"given_at": "2026-01-01T00:00:00"},
    {"text_version": "a text"},
    {"text_version": ""},
    {"purpose": "research"},
    {"name": "Iris Muster"},
)


def test_what_does_not_fit_is_refused_and_not_repeated(client: httpx.Client) -> None:
    right = {"purpose": "screening", "text_version": TEXT}
    for wrong in WRONG:
        refused = client.post(f"/v1/subjects/{SUBJECT}/consents", json=right | wrong)
        assert code_of(refused) == (422, "validation"), wrong
        assert "Muster" not in refused.text
        if "purpose" not in wrong:
            assert code_of(photo_of(client, consent={"text_version": TEXT} | wrong)) == (422, "validation"), wrong
    assert code_of(client.post("/v1/subjects/a%20name/consents", json=right)) == (422, "validation")


def test_consent_comes_with_the_photo(
    client: httpx.Client, clinic: CreatedKey, gateway_database: Database, owner_engine: Engine
) -> None:
    require_consent(gateway_database, clinic)
    given = {"text_version": TEXT, "given_at": moment(datetime.now(UTC) - timedelta(hours=1))}
    case_id = accepted(photo_of(client, consent=given, key="k1"))
    accepted(photo_of(client, seed=1, consent=given))
    accepted(photo_of(client, seed=2))
    (one,) = client.get(f"/v1/subjects/{SUBJECT}/consents").json()["items"]
    assert datetime.fromisoformat(one["given_at"]) == datetime.fromisoformat(given["given_at"])
    # It is part of what makes two requests the same one, whatever the offset it is written with.
    spelt = {**given, "given_at": given["given_at"].replace("+00:00", "Z")}
    assert accepted(photo_of(client, consent=spelt, key="k1")) == case_id
    assert code_of(photo_of(client, consent={"text_version": TEXT}, key="k1")) == (422, "idempotency_key_reused")
    assert code_of(photo_of(client, key="k1")) == (422, "idempotency_key_reused")
    # A photo that names no subject brings its own, for itself alone.
    alone = accepted(photo_of(client, None, 3, consent={"text_version": TEXT}))
    assert code_of(photo_of(client, None, 4)) == REQUIRED
    assert rows(owner_engine, "SELECT case_id FROM consents WHERE subject_ref IS NULL") == [(alone,)]
    assert client.delete(f"/v1/cases/{alone}").status_code == 202
    assert rows(owner_engine, "SELECT count(*) FROM consents WHERE subject_ref IS NULL") == [(0,)]
    assert rows(owner_engine, "SELECT case_id, counts ->> 'consents' FROM erasures") == [(alone, "1")]


def test_a_refused_photo_leaves_no_consent(client: httpx.Client, owner_engine: Engine) -> None:
    agree(client)
    withdraw(client)
    assert code_of(photo_of(client, consent={"text_version": TEXT, "given_at": "2020-01-01T00:00:00Z"})) == WITHDRAWN
    assert rows(owner_engine, "SELECT count(*) FROM consents") == [(1,)]


def test_a_withdrawal_stops_what_is_open_and_keeps_what_was_found(
    client: httpx.Client, worker_database: Database, gateway_database: Database, store: S3Store
) -> None:
    agree(client)
    done = accepted(photo_of(client, seed=1))
    finish(worker_database, store)
    working, waiting = accepted(photo_of(client, seed=2)), accepted(photo_of(client, seed=3))
    (held,) = claim(worker_database, limit=1)
    others = accepted(photo_of(client, "another-subject", 4))
    told = withdraw(client)
    assert told.status_code == 200, told.text
    assert {name: told.json()[name] for name in ("purpose", "cases_canceled", "cases_ending")} == {
        "purpose": "screening", "cases_canceled": 1, "cases_ending": 1
    }  # fmt: skip
    states = {each: client.get(f"/v1/cases/{each}").json()["state"] for each in (done, working, waiting, others)}
    assert states == {done: "completed", working: "processing", waiting: "canceled", others: "accepted"}
    assert client.get(f"/v1/cases/{working}").json()["progress"]["cancel_requested"] is True
    events = client.get(f"/v1/cases/{waiting}/events").json()["items"]
    assert [each["type"] for each in events] == ["case.accepted", "case.canceled"]
    (run,) = claim(worker_database)
    assert run.case_id == others, "nothing of the subject is left to be claimed"
    with worker_database.transaction() as session:
        ended = lifecycle.record_answer(session, held, some_answer(), some_artifacts(held), image=None)
        assert ended == "canceled"
    assert code_of(photo_of(client)) == WITHDRAWN
    again = withdraw(client).json()
    assert (again["withdrawn_at"], again["cases_canceled"], again["cases_ending"]) == (
        told.json()["withdrawn_at"], 0, 0
    )  # fmt: skip
    assert client.get(f"/v1/cases/{done}").json()["result"]["label"] == "mel"
    assert audit(gateway_database) == []


def test_a_later_consent_lifts_a_withdrawal_and_an_earlier_one_does_not(client: httpx.Client) -> None:
    """A phone may send today what was agreed to yesterday, and withdrawn this morning."""
    before = moment(datetime.now(UTC) - timedelta(hours=1))
    agree(client)
    withdraw(client)
    stale = {"text_version": TEXT, "given_at": before}
    assert code_of(photo_of(client, consent=stale)) == WITHDRAWN
    assert code_of(agree(client, given_at=before)) == WITHDRAWN
    accepted(photo_of(client, consent={"text_version": TEXT}))
    accepted(photo_of(client, seed=1, consent=stale))  # the later one stands
    withdraw(client)
    assert agree(client).status_code == 201
    accepted(photo_of(client, seed=2))
    items = client.get(f"/v1/subjects/{SUBJECT}/consents").json()["items"]
    assert [each["withdrawn_at"] is None for each in items] == [True, False, False]


def test_nothing_is_withdrawn_that_was_never_given(client: httpx.Client, stranger_client: httpx.Client) -> None:
    agree(client)
    assert code_of(withdraw(stranger_client)) == (404, "not_found")
    assert stranger_client.get(f"/v1/subjects/{SUBJECT}/consents").json() == {"items": []}
    accepted(photo_of(client))


def test_an_answer_is_given_again_after_a_withdrawal(client: httpx.Client) -> None:
    agree(client)
    case_id = accepted(photo_of(client, key="k"))
    withdraw(client)
    repeated = photo_of(client, key="k")
    assert (accepted(repeated), repeated.headers["idempotent-replayed"]) == (case_id, "true")


def test_receivers_are_told_of_what_was_stopped(client: httpx.Client) -> None:
    made = client.post("/v1/webhook-endpoints", json={"url": "https://receiver.example/"}).json()
    agree(client)
    case_id = accepted(photo_of(client))
    withdraw(client)
    (pending,) = client.get(f"/v1/webhook-endpoints/{made['id']}/deliveries").json()["items"]
    assert (pending["event_type"], pending["case_id"]) == ("case.canceled", case_id)


# -- two at the same moment


def test_a_photo_that_is_being_accepted_is_waited_for_and_stopped(
    client: httpx.Client, clinic: CreatedKey, model_id: str, gateway_database: Database, owner_engine: Engine
) -> None:
    """The accepting transaction has seen the consent, and commits after the withdrawal was asked for."""
    assert clinic.clinic_id
    agree(client)
    with ThreadPoolExecutor(1) as pool:
        with gateway_database.transaction(clinic.clinic_id) as session:
            admission.admit(session, clinic.clinic_id, SUBJECT, None)
            asked = pool.submit(withdraw, client)
            waits_for_a_lock(owner_engine)
            case = lifecycle.accept_case(session, new_case(clinic.clinic_id, model_id, subject_ref=SUBJECT))
        assert asked.result(10).json()["cases_canceled"] == 1
    assert client.get(f"/v1/cases/{case.id}").json()["state"] == "canceled"


def test_a_photo_that_comes_while_a_withdrawal_commits_is_refused(
    client: httpx.Client, clinic: CreatedKey, gateway_database: Database, owner_engine: Engine, store: S3Store
) -> None:
    """It was let in by the first look, and stored; the look that counts waits for the withdrawal."""
    assert clinic.clinic_id
    agree(client)
    with ThreadPoolExecutor(1) as pool:
        with gateway_database.transaction(clinic.clinic_id) as session:
            lifecycle.hold_subject(session, clinic.clinic_id, SUBJECT, alone=True)
            asked = pool.submit(photo_of, client)
            waits_for_a_lock(owner_engine)
            assert list(store.list_keys("incoming/"))
            session.execute(text("UPDATE consents SET withdrawn_at = clock_timestamp()"))
        assert code_of(asked.result(10)) == WITHDRAWN
    assert list(store.list_keys("incoming/")) == [], "what was stored for nothing is taken away"
    assert rows(owner_engine, "SELECT count(*) FROM cases") == [(0,)]


def test_photos_and_withdrawals_in_a_crowd_leave_nothing_open(
    client: httpx.Client, gateway_database: Database, owner_engine: Engine
) -> None:
    agree(client)
    with ThreadPoolExecutor(8) as pool:
        photos = [pool.submit(photo_of, client, SUBJECT, seed) for seed in range(12)]
        ended = [pool.submit(withdraw, client) for _ in range(2)]
        statuses = {code_of(each.result(20)) if each.result().status_code != 202 else 202 for each in photos}
        assert {each.result(20).status_code for each in ended} == {200}
    assert statuses <= {202, WITHDRAWN}
    assert rows(owner_engine, "SELECT DISTINCT state FROM cases") in ([], [("canceled",)])
    assert audit(gateway_database) == []


# -- bulk


def advance(worker: Database, rerun_id: str) -> None:
    with worker.transaction() as session:
        lifecycle.advance_rerun(session, rerun_id)


def test_a_plan_leaves_out_whoever_has_withdrawn(ward: Ward, manager_client: httpx.Client) -> None:
    (gone,), (kept,) = ward.cases([answer()], subject_ref=SUBJECT), ward.cases([answer()])
    agree(manager_client)
    withdraw(manager_client)
    plan = planned(manager_client, ward.candidate())
    assert plan["counts"]["skipped"] == {"consent_withdrawn": 1}
    items = ward.items(plan["id"])
    assert (items[gone].skip_reason, items[kept].skip_reason) == ("consent_withdrawn", None)
    assert code_of(manager_client.post(f"/v1/cases/{gone}/rerun", json={})) == WITHDRAWN
    agree(manager_client)
    again = planned(manager_client, ward.candidate())
    assert again["counts"]["planned"] == 2


def test_whose_turn_comes_after_the_withdrawal_is_skipped_and_what_waits_is_taken_back(
    ward: Ward, manager_client: httpx.Client, owner_engine: Engine, worker_database: Database
) -> None:
    ward.cases([answer(), answer()], subject_ref=SUBJECT)
    agree(manager_client)
    plan = planned(manager_client, ward.candidate(), max_active=1)
    assert manager_client.post("/v1/reruns", json={"plan_id": plan["id"]}).status_code == 202
    advance(worker_database, plan["id"])
    assert sorted(each.state for each in ward.items(plan["id"]).values()) == ["planned", "queued"]
    told = withdraw(manager_client).json()
    assert (told["cases_canceled"], told["cases_ending"]) == (0, 0), "the cases themselves had ended"
    assert rows(owner_engine, "SELECT count(*) FROM runs WHERE state = 'queued'") == [(0,)]
    advance(worker_database, plan["id"])
    items = {each.state: each.skip_reason for each in ward.items(plan["id"]).values()}
    assert items == {"canceled": None, "skipped": "consent_withdrawn"}
    assert manager_client.get(f"/v1/reruns/{plan['id']}").json()["state"] == "finished"


def test_a_campaign_that_feeds_at_the_same_moment_is_found_out(
    ward: Ward, manager: CreatedKey, manager_client: httpx.Client, owner_engine: Engine, worker_database: Database
) -> None:
    """The campaign has chosen the case before the withdrawal is committed, and commits after it."""
    (case_id,) = ward.cases([answer()], subject_ref=SUBJECT)
    agree(manager_client)
    plan = planned(manager_client, ward.candidate())
    manager_client.post("/v1/reruns", json={"plan_id": plan["id"]})
    with ThreadPoolExecutor(1) as pool:
        with ward.gateway.transaction(manager.clinic_id) as session:
            session.execute(text("UPDATE consents SET withdrawn_at = clock_timestamp()"))
            lifecycle.stop_subject(session, str(manager.clinic_id), SUBJECT)
            fed = pool.submit(advance, worker_database, plan["id"])
            waits_for_a_lock(owner_engine)
        with pytest.raises(DBAPIError, match="was withdrawn"):
            fed.result(10)
    advance(worker_database, plan["id"])
    assert ward.items(plan["id"])[case_id].skip_reason == "consent_withdrawn"
    assert rows(owner_engine, "SELECT count(*) FROM runs WHERE state = 'queued'") == [(0,)]


def test_what_a_consent_says_is_written_once(client: httpx.Client, owner_engine: Engine) -> None:
    agree(client)
    withdraw(client)
    for change in ("text_version = 'text-9'", "given_at = now() - interval '1 year'", "withdrawn_at = NULL"):
        with pytest.raises(DBAPIError, match="written once"), owner_engine.begin() as connection:
            connection.execute(text(f"UPDATE consents SET {change}"))  # noqa: S608 - from above


def test_the_gateway_deletes_no_consent_of_whoever_is_not_erased(
    client: httpx.Client, clinic: CreatedKey, gateway_database: Database
) -> None:
    agree(client)
    with gateway_database.transaction(clinic.clinic_id) as session:
        assert session.execute(text("DELETE FROM consents RETURNING 1")).all() == []
