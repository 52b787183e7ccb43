"""Phones of patients: enrolled by a code of their clinic's, as the app does it."""

from typing import Any

import httpx

from tests.integration.gateway.conftest import WITHOUT_TLS


def code_for(clinic: httpx.Client, subject_ref: str = "anna", **more: Any) -> str:
    answer = clinic.post("/v1/enrolments", json={"subject_ref": subject_ref, **more})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["code"])


def _post(url: str, body: dict[str, Any]) -> httpx.Response:
    return httpx.post(url, json=body, timeout=20, trust_env=False, verify=WITHOUT_TLS)


def enrol(url: str | httpx.URL, code: str, **more: Any) -> httpx.Response:
    body = {"code": code, **more}
    return httpx.post(
        f"{str(url).rstrip('/')}/v1/devices/enrol", json=body, timeout=20, trust_env=False, verify=WITHOUT_TLS
    )


def enrolled(clinic: httpx.Client, subject_ref: str = "anna", **more: Any) -> dict[str, Any]:
    """Return what a new phone of the subject is given."""
    answer = enrol(clinic.base_url, code_for(clinic, subject_ref), **more)
    assert answer.status_code == 201, answer.text
    given: dict[str, Any] = answer.json()
    return given


def refresh(url: str | httpx.URL, token: str) -> httpx.Response:
    body = {"refresh_token": token}
    return httpx.post(
        f"{str(url).rstrip('/')}/v1/devices/refresh", json=body, timeout=20, trust_env=False, verify=WITHOUT_TLS
    )


def phone_of(clinic: httpx.Client, given: dict[str, Any]) -> httpx.Client:
    headers = {"Authorization": f"Bearer {given['access_token']}"}
    return httpx.Client(base_url=clinic.base_url, headers=headers, timeout=20, trust_env=False, verify=WITHOUT_TLS)


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, str(answer.json()["code"])
