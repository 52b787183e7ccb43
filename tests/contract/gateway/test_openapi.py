"""The committed description of the interface: fresh, complete, and the same each time it is made."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from services.gateway import openapi
from services.gateway.description import as_text
from services.gateway.http_errors import TABLE
from services.gateway.main import make_api
from shared.contracts.enums import LesionClass

ROOT = Path(__file__).parents[3]
PUBLIC = {"/healthz", "/readyz", "/v1/devices/enrol", "/v1/devices/refresh"}
DOCUMENT: dict[str, Any] = json.loads((ROOT / "openapi.json").read_text(encoding="utf-8"))
OPERATIONS: dict[str, tuple[str, dict[str, Any]]] = {
    f"{method} {path}": (path, operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
}
OPERATION_IDS = {
    "activate_model",
    "cancel_case",
    "change_clinic",
    "change_webhook_endpoint",
    "create_clinic",
    "create_key",
    "create_upload",
    "create_webhook_endpoint",
    "delete_webhook_endpoint",
    "disable_webhook_endpoint",
    "enable_webhook_endpoint",
    "erase_case",
    "erase_subject",
    "export_subject",
    "get_audit",
    "get_case",
    "get_clinic",
    "get_delivery",
    "get_heatmap",
    "get_image",
    "get_layer",
    "get_model",
    "get_model_card",
    "get_overlay",
    "get_run",
    "get_webhook_endpoint",
    "healthz",
    "list_access_log",
    "list_cases",
    "list_clinics",
    "list_consents",
    "list_deliveries",
    "list_events",
    "list_keys",
    "list_lesion_cases",
    "list_models",
    "list_runs",
    "list_webhook_endpoints",
    "readyz",
    "record_consent",
    "recover_deliveries",
    "redeliver",
    "register_model",
    "replay_missing_deliveries",
    "retire_model",
    "revoke_key",
    "rotate_key",
    "rotate_webhook_secret",
    "send_webhook_test",
    "submit_case",
    "withdraw_consent",
}
OF_CAMPAIGNS = {
    "cancel_rerun",
    "get_rerun",
    "get_rerun_report",
    "get_rerun_report_csv",
    "get_rerun_report_page",
    "list_reruns",
    "pause_rerun",
    "plan_rerun",
    "promote_rerun",
    "rerun_case",
    "resume_rerun",
    "roll_back_rerun",
    "start_rerun",
}
OF_DEVICES = {
    "create_enrolment",
    "enrol_device",
    "get_me",
    "list_devices",
    "log_out_device",
    "refresh_device",
    "revoke_device",
}
INPUTS_OF_DEVICES = {"EnrolDevice", "NewEnrolment", "RefreshDevice"}
INPUTS_OF_CAMPAIGNS = {"NewPlan", "Promote", "RerunCase", "RollBack", "Selector", "StartRerun", "StopWhen"}


def test_the_committed_file_is_fresh(capsys: pytest.CaptureFixture[str]) -> None:
    assert openapi.main([str(ROOT / "openapi.json"), "--check"]) == 0, capsys.readouterr().err


def test_a_stale_file_is_noticed_and_written_anew(tmp_path: Path) -> None:
    file = tmp_path / "openapi.json"
    assert openapi.main([str(file), "--check"]) == 1
    assert openapi.main([str(file)]) == 0
    assert openapi.main([str(file), "--check"]) == 0
    assert as_text(make_api().openapi()) == as_text(make_api().openapi())


@pytest.mark.parametrize(("path", "operation"), OPERATIONS.values(), ids=OPERATIONS)
def test_every_route_is_described(path: str, operation: dict[str, Any]) -> None:
    assert re.fullmatch(r"[a-z_]+", operation["operationId"])
    assert operation["summary"]
    assert operation["tags"]
    needs_key = path not in PUBLIC
    assert operation.get("security", []) == ([{"key": []}] if needs_key else [])
    if not needs_key:
        return
    for status, answer in operation["responses"].items():
        if int(status) >= 400:
            assert list(answer["content"]) == ["application/problem+json"], status
            assert all(code in TABLE for code in re.findall(r"`(\w+)`", answer["description"]))
    takes_input = "parameters" in operation or "requestBody" in operation
    assert {"401", "403", "500", "503", *(["422"] if takes_input else [])} <= set(operation["responses"])


def test_operation_ids_are_unique_and_as_promised() -> None:
    ids = [operation["operationId"] for _, operation in OPERATIONS.values()]
    assert sorted(ids) == sorted(OPERATION_IDS | OF_CAMPAIGNS | OF_DEVICES)


def test_outputs_have_no_optional_fields() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    inputs = {"ClinicChange", "Metadata", "NewClinic", "NewKey", "NewUpload", "Rotation", "UploadedCase"}
    inputs |= {"EndpointChange", "NewEndpoint", "Period", "SecretRotation"}
    inputs |= INPUTS_OF_CAMPAIGNS | INPUTS_OF_DEVICES | {"GivenConsent", "NewConsent", "Withdrawal"}
    # The errors of a problem are there only where fields are to blame.
    absent_allowed = {("Problem", "errors")}
    for name, schema in schemas.items():
        if name in inputs or "properties" not in schema:
            continue
        missing = set(schema["properties"]) - set(schema.get("required", []))
        assert {(name, field) for field in missing} <= absent_allowed


def test_every_reference_leads_somewhere() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    named = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(DOCUMENT)))
    assert named <= set(schemas)
    assert list(schemas) == sorted(schemas)
    assert schemas["LesionClass"]["enum"] == list(LesionClass)
    assert "HTTPValidationError" not in schemas
