"""Erasing a case over HTTP: what is left of it anywhere, and what everybody is told afterwards."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, select, text

from services.gateway.clinics import service as clinics
from services.gateway.clinics.schemas import CreatedKey, NewKey
from services.notifier.payload import body_of
from shared.contracts.enums import AttemptOutcome, LesionClass, Scope
from shared.contracts.ids import IdPrefix, new_id
from shared.db import lifecycle
from shared.db.delivery_records import EndedAttempt
from shared.db.models import Case, Run
from shared.db.session import Database
from shared.storage.s3 import S3Store
from tests.integration.gateway.campaign_rows import Ward, answer, code_of, planned
from tests.integration.gateway.conftest import client_of
from tests.integration.gateway.photos import jpeg, submit
from tests.integration.gateway.worked_cases import fail, finish, reject
from tests.integration.records import claim, some_answer, some_artifacts

SAID = {
    "client_ref": "planted-client",
    "subject_ref": "planted-subject",
    "lesion_ref": "planted-lesion",
    "body_site": "back",
    "age": 73,
    "sex": "female",
    "captured_at": "2011-11-11T11:11:11Z",
    "modality": "dermoscopy",
}
# Words that only this case brings into the database: of the caller, of the answer, of the receiver of a webhook.
PLANTED = ("planted-client", "planted-subject", "planted-lesion", "2011-11-11", "stays inside", "planted-response")
BELOW = ("", "/image", "/overlay", "/layer", "/heatmap", "/runs", "/events", "/events?after_version=99")


def tables_with(engine: Engine, word: str) -> set[str]:
    """Return every table in which a row, written out as text, has the word anywhere. The owner sees all rows."""
    with engine.begin() as connection:
        names = connection.execute(
            text("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
        ).scalars()
        return {
            name
            for name in list(names)
            if connection.execute(
                text(f'SELECT EXISTS (SELECT FROM "{name}" t WHERE position(:word in t::text) > 0)'),  # noqa: S608
                {"word": word},
            ).scalar_one()
        }


def audit(database: Database) -> list[Any]:
    with database.transaction() as session:
        return list(session.execute(text("SELECT * FROM audit_violations()")))


def submitted(client: httpx.Client, seed: int = 0, key: str | None = None, **said: Any) -> str:
    answer = submit(client, jpeg(seed), SAID | said, key)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def want_webhooks(client: httpx.Client) -> None:
    made = client.post("/v1/webhook-endpoints", json={"url": "https://receiver.example/", "payload": "full"})
    assert made.status_code == 201, made.text


def try_delivery(worker: Database) -> None:
    """Send the one webhook that is due, and be refused with words."""
    with worker.transaction() as session:
        (sent,) = lifecycle.claim_deliveries(session, worker="test", limit=1, slow_limit=1, lease=timedelta(seconds=30))
        attempt = EndedAttempt(
            sent.delivery_id,
            sent.endpoint_id,
            sent.fence,
            sent.number,
            AttemptOutcome.REFUSED,
            500,
            1,
            "planted-response",
            60.0,
        )
        assert lifecycle.record_attempts(session, [attempt])


def test_nothing_of_the_person_or_the_photo_is_left_in_any_table(
    client: httpx.Client, worker_database: Database, owner_engine: Engine, store: S3Store
) -> None:
    want_webhooks(client)
    case_id = submitted(client, key="planted-key-1")
    other = submitted(client, 1, client_ref="other-client", lesion_ref="other-lesion")
    finish(worker_database, store)
    try_delivery(worker_database)
    with worker_database.transaction() as session:
        case = session.get_one(Case, case_id)
    hashes = (case.source_sha256, str(case.image_sha256), str(case.image_key))
    words = (*PLANTED, "planted-key-1", *hashes)
    before = {word: tables_with(owner_engine, word) for word in words}
    assert all(before.values()), "each word is somewhere, or its absence says nothing"
    assert before["planted-client"] >= {"cases", "idempotency_records"}
    assert before["planted-response"] == {"delivery_attempts"}

    answer = client.delete(f"/v1/cases/{case_id}")
    assert (answer.status_code, answer.json()["case_id"]) == (202, case_id)
    left = {word: tables_with(owner_engine, word) for word in words}
    # The other case says the same of the person, but for its own references.
    with owner_engine.begin() as connection:
        shared = {row[0] for row in connection.execute(text("SELECT subject_ref FROM cases WHERE subject_ref > ''"))}
    assert shared == {"planted-subject"}
    alone = {word: tables for word, tables in left.items() if word not in {"planted-subject", "2011-11-11"}}
    assert alone == {word: set() for word in alone}
    client.delete(f"/v1/cases/{other}")
    assert {word: tables_with(owner_engine, word) for word in words} == {word: set() for word in words}
    assert tables_with(owner_engine, case_id) == {"cases", "runs", "events", "erasures", "access_log"}


def test_the_tombstone_is_blank_and_the_record_of_it_says_who_and_how_much(
    client: httpx.Client, clinic: CreatedKey, worker_database: Database, owner_engine: Engine, store: S3Store
) -> None:
    case_id = submitted(client, key="k")
    finish(worker_database, store)
    assert client.delete(f"/v1/cases/{case_id}").status_code == 202
    with owner_engine.begin() as connection:
        row = dict(connection.execute(text("SELECT * FROM cases")).mappings().one())
        kept = {"id", "clinic_id", "state", "version", "created_at", "updated_at", "first_run_id"}
        blank = {name: value for name, value in row.items() if name not in kept and value not in {None, "", 0}}
        assert blank == {"modality": "unknown"}
        assert (row["state"], row["version"]) == ("erased", 4)
        record = connection.execute(text("SELECT * FROM erasures")).mappings().one()
        assert (record["case_id"], record["requested_by"]) == (case_id, clinic.key_id)
        assert record["counts"] == {
            "runs": 1, "deliveries": 0, "events": 3, "artifacts": 4, "results": 1, "answers": 1, "consents": 0
        }  # fmt: skip
        assert record["reason"] == "request"
        event = connection.execute(text("SELECT type, version, data FROM events")).one()
        assert tuple(event) == ("case.erased", 4, {"state": "erased"})


ENDS: dict[str, Callable[[Database, S3Store], object]] = {
    "accepted": lambda _, __: None,
    "processing": lambda worker, _: claim(worker),
    "completed": finish,
    "rejected": lambda worker, _: reject(worker),
    "failed": lambda worker, _: fail(worker),
}


@pytest.mark.parametrize("state", ENDS)
def test_a_case_of_any_state_is_gone_from_every_answer_and_the_audit_is_clean(
    client: httpx.Client, worker_database: Database, gateway_database: Database, store: S3Store, state: str
) -> None:
    case_id = submitted(client)
    run_id = client.get(f"/v1/cases/{case_id}/runs").json()["items"][0]["id"]
    ENDS[state](worker_database, store)
    assert client.get(f"/v1/cases/{case_id}").json()["state"] == state
    assert client.delete(f"/v1/cases/{case_id}").status_code == 202
    for path in (*(f"/v1/cases/{case_id}{end}" for end in BELOW), f"/v1/runs/{run_id}"):
        answer = client.get(path)
        assert (path, code_of(answer)) == (path, (410, "case_erased"))
        assert answer.headers["content-type"] == "application/problem+json"
    assert code_of(client.post(f"/v1/cases/{case_id}/cancel")) == (410, "case_erased")
    stream = client.get(f"/v1/cases/{case_id}/events", headers={"Accept": "text/event-stream"})
    assert code_of(stream) == (410, "case_erased")
    assert client.get(f"/v1/cases/{case_id}", headers={"If-None-Match": "*"}).status_code == 410
    for listing in ("/v1/cases", "/v1/cases?state=erased", "/v1/cases?label=mel", "/v1/lesions/planted-lesion/cases"):
        assert client.get(listing).json()["items"] == []
    assert audit(gateway_database) == []
    with gateway_database.transaction() as session:
        assert session.execute(text("SELECT accepted, open, terminal FROM audit_balance()")).one() == (1, 0, 1)


def test_canceled_and_expired_cases_are_erased_too(
    client: httpx.Client, worker_database: Database, gateway_database: Database
) -> None:
    canceled, expired = submitted(client, 1), submitted(client, 2, deadline_s=60)
    assert client.post(f"/v1/cases/{canceled}/cancel").status_code == 200
    with worker_database.transaction() as session:
        session.execute(text("UPDATE runs SET deadline_at = now() WHERE state = 'queued'"))
    with worker_database.transaction() as session:
        lifecycle.end_overdue(session)
    assert client.get(f"/v1/cases/{expired}").json()["state"] == "expired"
    for case_id in (canceled, expired):
        assert client.delete(f"/v1/cases/{case_id}").status_code == 202
    assert audit(gateway_database) == []


def test_asked_again_it_tells_how_far_it_is_and_changes_nothing(
    client: httpx.Client, worker_database: Database, owner_engine: Engine
) -> None:
    case_id = submitted(client)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: client.delete(f"/v1/cases/{case_id}"), range(4)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.text for answer in answers}) == 1
    assert (answers[0].json()["objects_removed_at"], answers[0].json()["proved_at"]) == (None, None)
    with owner_engine.begin() as connection:
        assert connection.execute(text("SELECT version, (SELECT count(*) FROM erasures) FROM cases")).one() == (2, 1)
    with worker_database.transaction() as session:
        session.execute(text("UPDATE erasures SET objects_removed_at = now()"))
        session.execute(text("UPDATE erasures SET proved_at = now()"))
    assert client.delete(f"/v1/cases/{case_id}").json()["proved_at"] is not None


def test_another_clinic_is_told_what_it_is_told_of_a_case_that_never_was(
    client: httpx.Client, stranger_client: httpx.Client
) -> None:
    case_id, unknown = submitted(client), new_id(IdPrefix.CASE)

    def refusal(case: str) -> tuple[int, dict[str, Any]]:
        answer = stranger_client.delete(f"/v1/cases/{case}")
        changing = {"request_id", "instance"}
        return answer.status_code, {name: what for name, what in answer.json().items() if name not in changing}

    before = refusal(case_id)
    assert before == refusal(unknown)
    assert (before[0], before[1]["code"]) == (404, "not_found")
    assert client.get(f"/v1/cases/{case_id}").json()["client_ref"] == "planted-client"
    client.delete(f"/v1/cases/{case_id}")
    assert refusal(case_id) == before
    assert code_of(stranger_client.get(f"/v1/cases/{case_id}")) == (404, "not_found")


def test_a_key_that_only_reads_erases_nothing(
    base_url: str, client: httpx.Client, clinic: CreatedKey, gateway_database: Database
) -> None:
    case_id = submitted(client)
    assert clinic.clinic_id
    reader = clinics.create_key(gateway_database, clinic.clinic_id, NewKey(name="r", scopes=[Scope.CASES_READ]))
    with client_of(base_url, reader) as reading:
        assert code_of(reading.delete(f"/v1/cases/{case_id}")) == (403, "forbidden")
        assert reading.get(f"/v1/cases/{case_id}").status_code == 200


def test_a_worker_that_holds_the_case_can_store_nothing(
    client: httpx.Client, worker_database: Database, owner_engine: Engine
) -> None:
    case_id = submitted(client)
    (held,) = claim(worker_database)
    client.delete(f"/v1/cases/{case_id}")
    with worker_database.transaction() as session:
        assert lifecycle.extend_leases(session, [held], timedelta(seconds=60)) == set()
        assert lifecycle.record_answer(session, held, some_answer(), some_artifacts(held), image=None) is None
        assert lifecycle.record_failure(session, held, "undecodable_image") is None
        assert lifecycle.give_back(session, held, delay=timedelta(0)) is None
        lifecycle.forget_incoming(session, [case_id])
    with worker_database.transaction() as session:
        run = session.scalars(select(Run)).one()
        assert (run.state, run.fence, run.lease_until) == ("canceled", held.fence + 1, None)
    assert claim(worker_database) == []
    with owner_engine.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM results")).scalar_one() == 0


def test_a_worker_that_is_just_writing_is_waited_for_and_its_answer_goes_too(
    client: httpx.Client, worker_database: Database, gateway_database: Database, owner_engine: Engine
) -> None:
    case_id = submitted(client)
    (held,) = claim(worker_database)
    with ThreadPoolExecutor(1) as pool:
        with worker_database.transaction() as session:
            assert lifecycle.record_answer(session, held, some_answer(), some_artifacts(held), image=None)
            asked = pool.submit(client.delete, f"/v1/cases/{case_id}")
            deadline = time.monotonic() + 10
            while not _waits_for_a_lock(owner_engine):
                assert time.monotonic() < deadline
        assert asked.result(10).status_code == 202
    assert audit(gateway_database) == []
    with owner_engine.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM results")).scalar_one() == 0


def _waits_for_a_lock(engine: Engine) -> bool:
    with engine.begin() as connection:
        return bool(connection.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar_one())


def test_receivers_are_told_by_one_message_that_says_nothing_but_which(
    client: httpx.Client, worker_database: Database, store: S3Store
) -> None:
    want_webhooks(client)
    case_id = submitted(client)
    finish(worker_database, store, LesionClass.MEL)
    endpoint = client.get("/v1/webhook-endpoints").json()["items"][0]["id"]
    client.delete(f"/v1/cases/{case_id}")
    (pending,) = client.get(f"/v1/webhook-endpoints/{endpoint}/deliveries").json()["items"]
    assert (pending["event_type"], pending["case_id"], pending["version"]) == ("case.erased", case_id, 4)
    with worker_database.transaction() as session:
        (sent,) = lifecycle.claim_deliveries(session, worker="test", limit=9, slow_limit=1, lease=timedelta(seconds=30))
    body = body_of(sent, "https://x.example").decode()
    assert not [word for word in (*PLANTED, "mel", "refer", "0.4") if word in body]
    assert sent.result is None
    now = datetime.now(UTC)
    span = {"since": (now - timedelta(hours=1)).isoformat()}
    replayed = client.post(f"/v1/webhook-endpoints/{endpoint}/replay-missing", json=span)
    assert replayed.status_code == 202, replayed.text
    assert len(client.get(f"/v1/webhook-endpoints/{endpoint}/deliveries").json()["items"]) == 1


def test_whoever_waits_for_the_case_is_told_at_once(client: httpx.Client) -> None:
    case_id = submitted(client)
    with ThreadPoolExecutor(1) as pool:
        began = time.monotonic()
        waiting = pool.submit(client.get, f"/v1/cases/{case_id}", headers={"Prefer": "wait=20"}, timeout=40)
        time.sleep(0.3)  # it may begin to wait before or after the erasure: it is told either way
        client.delete(f"/v1/cases/{case_id}")
        assert code_of(waiting.result(30)) == (410, "case_erased")
    assert time.monotonic() - began < 10


def test_the_gateway_deletes_rows_of_erased_cases_alone_and_no_record_of_an_erasure(
    client: httpx.Client, clinic: CreatedKey, gateway_database: Database, worker_database: Database, store: S3Store
) -> None:
    want_webhooks(client)
    living, erased = submitted(client, 1, key="a"), submitted(client, 2, key="b")
    finish(worker_database, store)
    client.delete(f"/v1/cases/{erased}")
    with gateway_database.transaction(clinic.clinic_id) as session:
        for table in ("deliveries", "artifacts", "results", "idempotency_records", "events"):
            gone = session.execute(text(f"DELETE FROM {table} RETURNING 1")).all()  # noqa: S608 - from above
            assert len(gone) == (table in {"deliveries", "events"})
        session.rollback()
    assert client.get(f"/v1/cases/{living}").json()["state"] == "completed"
    for statement in ("DELETE FROM erasures", "UPDATE erasures SET objects_removed = 5"):
        with pytest.raises(Exception, match="permission denied"), gateway_database.transaction() as session:
            session.execute(text(statement))


def test_the_same_photo_under_the_same_key_is_a_new_case(client: httpx.Client) -> None:
    first = submitted(client, key="again")
    assert submitted(client, key="again") == first
    client.delete(f"/v1/cases/{first}")
    assert submitted(client, key="again") != first


def test_an_erased_case_is_not_run_again(ward: Ward, manager_client: httpx.Client) -> None:
    erased, kept = ward.cases([answer(), answer()])
    assert manager_client.delete(f"/v1/cases/{erased}").status_code == 202
    assert code_of(manager_client.post(f"/v1/cases/{erased}/rerun", json={})) == (410, "case_erased")
    plan = planned(manager_client, ward.candidate())
    items = ward.items(plan["id"])
    assert (items[erased].skip_reason, items[kept].skip_reason) == ("erased", None)
