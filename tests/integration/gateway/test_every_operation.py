"""Every operation of the description, with input that fits it and input that does not, drawn by schemathesis.

Nothing may end in a server's error, and nothing may be answered that the description does not say: no status, no
content type, no body, no header. Served for real; the ids in the paths are of a case that has a result, or are made up.
"""

import json
import re
from pathlib import Path
from typing import Any, TypeAlias

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi import checks

from services.gateway.clinics import service as clinics
from services.gateway.clinics.schemas import CreatedKey
from shared.db.session import Database
from shared.storage.s3 import S3Store
from tests.integration.gateway.photos import jpeg, submit
from tests.integration.gateway.worked_cases import finish

Operation: TypeAlias = APIOperation[Any, Any, Any, Any]

DOCUMENT: dict[str, Any] = json.loads((Path(__file__).parents[3] / "openapi.json").read_text(encoding="utf-8"))
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)
OPERATIONS: dict[str, Operation] = {
    each.ok().label: each.ok() for each in SCHEMA.get_all_operations() if isinstance(each, Ok)
}
CHECKS = [
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.response_headers_conformance,
]
EXAMPLES = 15


@pytest.fixture
def known(client: httpx.Client, worker_database: Database, store: S3Store) -> dict[str, str]:
    """Ids of a case with a result and of an endpoint that was told: without them every answer would be 404."""
    endpoint = client.post("/v1/webhook-endpoints", json={"url": "https://receiver.example/"}).json()
    delivery = client.post(f"/v1/webhook-endpoints/{endpoint['id']}/test").json()
    accepted = submit(client, jpeg(1)).json()
    run = finish(worker_database, store)
    ids = {"endpoint_id": endpoint["id"], "delivery_id": delivery["id"], "model_id": run.model_version_id}
    return {"case_id": accepted["id"], "run_id": run.run_id, **ids}


@pytest.fixture
def operator(known: dict[str, str], base_url: str, model_id: str, gateway_database: Database) -> str:
    """An operator's key, and among the ids a campaign of that operator."""
    key = clinics.create_admin(gateway_database, "operator").key
    with httpx.Client(base_url=base_url, headers={"Authorization": f"Bearer {key}"}, trust_env=False) as client:
        plan = client.post("/v1/reruns/plan", json={"target_model": model_id, "reprocess": "all"}).json()
        known["rerun_id"] = client.post("/v1/reruns", json={"plan_id": plan["id"]}).json()["id"]
    return key


def tried(operation: Operation, mode: GenerationMode, url: str, key: str, ids: dict[str, str] | None) -> None:
    """Call the operation with drawn input. Raises schemathesis' failures."""

    @given(case=operation.as_strategy(generation_mode=mode, path_parameters=ids))
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def ask(case: schemathesis.Case[Any]) -> None:
        _be_brief(case)
        answer = case.call(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=20)
        case.validate_response(answer, checks=CHECKS)

    ask()


def _be_brief(case: schemathesis.Case[Any]) -> None:
    """Nobody works here: a request that may wait for a change would wait in vain, and so waits for a second."""
    for name, wish in case.headers.items():
        if name.lower() == "prefer" and re.fullmatch(r"wait=\d+", wish):
            case.headers[name] = "wait=1"


@pytest.mark.parametrize("label", OPERATIONS)
def test_an_operation_answers_as_described(
    label: str, base_url: str, clinic: CreatedKey, known: dict[str, str], operator: str
) -> None:
    operation = OPERATIONS[label]
    named = {each["name"] for each in operation.definition.raw.get("parameters", []) if each["in"] == "path"}
    ids = {name: known[name] for name in named if name in known} or None
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
        if mode is GenerationMode.NEGATIVE and not ("requestBody" in operation.definition.raw or named):
            continue
        tried(operation, mode, base_url, clinic.key, ids)
    of_operator = {name: known[name] for name in named & {"rerun_id"}} or None
    tried(operation, GenerationMode.POSITIVE, base_url, operator, of_operator)
    tried(operation, GenerationMode.POSITIVE, base_url, "ll_nobody", None)


def test_no_operation_is_left_out() -> None:
    assert len(OPERATIONS) == sum(len(methods) for methods in DOCUMENT["paths"].values())
