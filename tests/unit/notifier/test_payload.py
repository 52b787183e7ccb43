"""What a webhook says, thin and full, of a case and of an endpoint."""

import dataclasses
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from services.notifier.payload import body_of
from shared.contracts.enums import EventType, PayloadKind
from shared.db.delivery_records import CaseFacts, ClaimedDelivery, EventFacts

EVENT = EventFacts(
    id="evt_1",
    type=EventType.CASE_COMPLETED,
    created_at=datetime(2026, 11, 22, 22, 0, 0, 123456, UTC),
    case_id="case_1",
    version=3,
    run_id="run_1",
    model_version="2c29",
    traceparent=None,
    data={"state": "completed"},
)
DELIVERY = ClaimedDelivery(
    delivery_id="dlv_1",
    endpoint_id="whe_1",
    clinic_id="cli_1",
    fence=1,
    number=1,
    tries=1,
    slow=False,
    url="https://clinic.example/",
    payload=PayloadKind.THIN,
    event=EVENT,
    case=CaseFacts("ref-7", "subject-7", "lesion-7"),
    result=None,
    ciphertexts=(),
)
URL = "https://lesionlens.example"


def told(**changed: Any) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(body_of(dataclasses.replace(DELIVERY, **changed), URL))
    return body


def test_a_thin_one_says_where_to_read_and_nothing_of_the_patient_or_the_result() -> None:
    assert told() == {
        "type": "case.completed",
        "timestamp": "2026-11-22T22:00:00.123Z",
        "data": {
            "event_id": "evt_1",
            "case_id": "case_1",
            "version": 3,
            "state": "completed",
            "run_id": "run_1",
            "model_version": "2c29",
            "client_ref": "ref-7",
            "links": {"case": "https://lesionlens.example/v1/cases/case_1"},
        },
    }


def test_a_full_one_adds_the_result_and_the_clinics_own_references() -> None:
    result = {"decision": "refer", "model": {"name": "x", "version": "2c29"}}
    data = told(payload=PayloadKind.FULL, result=result)["data"]
    assert data == told()["data"] | {"subject_ref": "subject-7", "lesion_ref": "lesion-7", "result": result}


def test_a_superseded_result_says_what_it_replaces() -> None:
    more = {"previous_run_id": "run_0", "decision_changed": True, "rerun_id": "rrn_1"}
    event = dataclasses.replace(EVENT, type=EventType.RESULT_SUPERSEDED, data={"state": "completed", **more})
    body = told(event=event)
    assert body["type"] == "result.superseded"
    assert {name: body["data"][name] for name in more} == more


def test_an_endpoints_event_has_no_case_however_it_is_asked_for() -> None:
    facts = {"endpoint_id": "whe_2", "reason": "gone"}
    event = dataclasses.replace(
        EVENT, type=EventType.ENDPOINT_DISABLED, case_id=None, version=None, run_id=None, data=facts
    )
    for payload in PayloadKind:
        assert told(event=event, case=None, payload=payload)["data"] == {"event_id": "evt_1", **facts}


def test_each_try_has_the_same_bytes_wherever_the_clock_stands() -> None:
    elsewhere = EVENT.created_at.astimezone(timezone(timedelta(hours=-5)))
    again = dataclasses.replace(
        DELIVERY, number=7, tries=3, event=dataclasses.replace(EVENT, created_at=elsewhere), slow=True
    )
    assert body_of(again, URL) == body_of(DELIVERY, URL)
