"""Subjects: their consents over HTTP, and photos of them."""

from datetime import datetime
from typing import Any

import httpx

from services.gateway.clinics import service as clinics
from services.gateway.clinics.schemas import ClinicChange, CreatedKey
from shared.db.session import Database
from tests.integration.gateway.photos import jpeg, submit

TEXT = "text-1"
SUBJECT = "planted-subject"


def require_consent(gateway: Database, clinic: CreatedKey, text: str = TEXT) -> None:
    assert clinic.clinic_id
    clinics.change_clinic(gateway, clinic.clinic_id, ClinicChange(consent_required=True, consent_text_version=text))


def agree(client: httpx.Client, subject: str = SUBJECT, text: str = TEXT, **more: Any) -> httpx.Response:
    body = {"purpose": "screening", "text_version": text, **more}
    return client.post(f"/v1/subjects/{subject}/consents", json=body)


def withdraw(client: httpx.Client, subject: str = SUBJECT) -> httpx.Response:
    return client.post(f"/v1/subjects/{subject}/consents/withdraw", json={"purpose": "screening"})


def photo_of(
    client: httpx.Client, subject: str | None = SUBJECT, seed: int = 0, *, key: str | None = None, **said: Any
) -> httpx.Response:
    return submit(client, jpeg(seed), said if subject is None else {"subject_ref": subject, **said}, key)


def accepted(answer: httpx.Response) -> str:
    """Return the id of the case that was accepted."""
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def moment(at: datetime) -> str:
    return at.isoformat()
