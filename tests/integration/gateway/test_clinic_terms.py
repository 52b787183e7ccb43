"""What a clinic asks for and how long it keeps its cases: said by operators, over the API and from a shell."""

from typing import Any

import httpx
import pytest

from services.gateway.clinics.schemas import CreatedKey
from tests.integration.gateway.campaign_rows import code_of
from tests.integration.gateway.subjects import TEXT, accepted, agree, photo_of
from tests.integration.gateway.test_clinics_api import operator
from tests.integration.gateway.test_keys import Command, answer_of, command

__all__ = ["command", "operator"]

NONE = (False, None, None)


def terms(body: Any) -> tuple[bool, str | None, int | None]:
    return body["consent_required"], body["consent_text_version"], body["retention_days"]


def test_an_operator_says_what_a_clinic_asks_for(
    operator: httpx.Client, client: httpx.Client, clinic: CreatedKey
) -> None:
    path = f"/v1/clinics/{clinic.clinic_id}"
    assert terms(operator.get(path).json()) == NONE
    changed = operator.patch(path, json={"consent_required": True, "consent_text_version": TEXT, "retention_days": 30})
    assert terms(changed.json()) == terms(operator.get(path).json()) == (True, TEXT, 30)
    assert code_of(photo_of(client)) == (409, "consent_required"), "it counts at once"
    agree(client)
    accepted(photo_of(client))
    changed = operator.patch(path, json={"consent_required": False, "retention_days": None})
    assert terms(changed.json()) == (False, TEXT, None)
    made = operator.post("/v1/clinics", json={"name": "New", "retention_days": 1})
    assert terms(made.json()) == (False, None, 1)


@pytest.mark.parametrize(
    "wrong",
    [
        {"consent_required": True},
        {"consent_required": None},
        {"consent_required": True, "consent_text_version": "a text"},
        {"retention_days": 0},
        {"retention_days": -1},
        {"retention_days": 1.5},
        {"retention_days": 10**9},
        {"retention_days": "30"},
    ],
)
def test_terms_that_do_not_fit_change_nothing(
    operator: httpx.Client, clinic: CreatedKey, wrong: dict[str, Any]
) -> None:
    path = f"/v1/clinics/{clinic.clinic_id}"
    assert code_of(operator.patch(path, json=wrong)) == (422, "validation")
    assert code_of(operator.post("/v1/clinics", json={"name": "New"} | wrong)) == (422, "validation")
    assert terms(operator.get(path).json()) == NONE


def test_a_clinic_says_neither_of_itself(client: httpx.Client, clinic: CreatedKey) -> None:
    """Its keys could lift what it has told its patients."""
    assert code_of(client.patch(f"/v1/clinics/{clinic.clinic_id}", json={"retention_days": 1})) == (403, "forbidden")


def test_a_shell_says_it_as_well(command: Command) -> None:
    made = answer_of(command("create", "--name", "Practice", "--consent", TEXT, "--retention-days", "365", "--json"))
    change = ("change", made["clinic_id"])
    assert terms(answer_of(command(*change, "--json"))) == (True, TEXT, 365)
    assert "for 365 days" in command(*change).stdout
    assert terms(answer_of(command(*change, "--retention-days", "none", "--json"))) == (True, TEXT, None)
    assert terms(answer_of(command(*change, "--consent", "none", "--json"))) == NONE
    for wrong in (("--retention-days", "0"), ("--retention-days", "soon"), ("--consent", "a text")):
        done = command(*change, *wrong)
        assert (done.returncode, done.stdout) == (1, ""), wrong
        assert "Traceback" not in done.stderr
    assert command("change", "cli_none").returncode == 1
