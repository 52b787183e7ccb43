"""Every operation, with every kind of key that must not do.

The operations come from the routes, so that a new one is in by itself. One that is neither public by name nor locked
fails, and so does one of which nobody has said what it needs.
"""

import httpx
import pytest
from sqlalchemy.exc import IntegrityError

from services.gateway.clinics import service as clinics
from shared.contracts.enums import Scope
from shared.db.models import ApiKey
from tests.security.conftest import Served
from tests.security.operations import DEVICE, NEEDS, PUBLIC, described, method_and_path, nobodys, of_console
from tests.security.operations import served as all_served

LOCKED = sorted((all_served() | described()) - set(PUBLIC) - of_console())


def test_every_operation_is_public_by_name_or_its_need_is_told() -> None:
    assert set(LOCKED) - set(NEEDS) == set(), "say in operations.py which scope it needs, or why it is public"
    assert set(NEEDS) - set(LOCKED) == set(), "there is no such operation any more"
    assert set(PUBLIC) - all_served() == set(), "there is no such public route any more"


def test_the_document_is_open_only_where_the_list_says() -> None:
    """What is under `/v1` without a key would have to stand in the list; only the ways to get a token do."""
    assert [operation for operation in PUBLIC if "/v1" in operation] == [
        "POST /v1/devices/enrol",
        "POST /v1/devices/refresh",
    ]
    assert described() - set(PUBLIC) == set(LOCKED), "a locked route that the OpenAPI document leaves out"


def ask(served: Served, operation: str, authorization: str | None) -> httpx.Response:
    """Call the operation for things that are not there, with nothing in the body: keys are looked at before both."""
    method, path = method_and_path(operation, nobodys(operation))
    headers = {} if authorization is None else {"Authorization": authorization}
    return served.anybody.request(method, path, headers=headers)


@pytest.mark.parametrize("operation", LOCKED)
def test_whoever_has_no_key_that_counts_gets_401(
    served: Served, bad_headers: dict[str, str | None], operation: str
) -> None:
    answers = {name: ask(served, operation, header) for name, header in bad_headers.items()}
    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(bad_headers, 401)
    for answer in answers.values():
        assert answer.headers["www-authenticate"] == "Bearer"
        assert answer.json()["code"] == "unauthenticated"
    # Expired, revoked and unknown keys are told apart by nobody.
    alike = ("unknown", "expired", "revoked", "unknown token", "expired token", "revoked device")
    assert len({answers[name].json()["detail"] for name in alike}) == 1


def test_of_every_operation_it_is_told_whether_devices_may(served: Served) -> None:
    assert served.key_of(DEVICE).startswith("lld_")
    for operation, need in NEEDS.items():
        assert (DEVICE in need.enough) is not (DEVICE in need.too_little), operation


@pytest.mark.parametrize("operation", NEEDS)
def test_a_key_that_may_everything_but_this_gets_403(served: Served, operation: str) -> None:
    for holder in NEEDS[operation].too_little:
        answer = ask(served, operation, f"Bearer {served.key_of(holder)}")
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), holder


@pytest.mark.parametrize("operation", NEEDS)
def test_a_key_with_the_one_scope_is_let_in(served: Served, operation: str) -> None:
    """Otherwise the table above could name any scope. What is asked for is not there, so that nothing is changed."""
    for holder in NEEDS[operation].enough:
        answer = ask(served, operation, f"Bearer {served.key_of(holder)}")
        assert answer.status_code not in {401, 403}, (holder, answer.text)
        assert answer.status_code < 500, (holder, answer.text)
        if answer.status_code == 204:
            served.forget(holder)


@pytest.mark.parametrize("operation", PUBLIC)
def test_what_is_public_asks_for_no_key(served: Served, operation: str) -> None:
    method, path = method_and_path(operation, nobodys(operation) | {"name": "page.js"})
    assert served.anybody.request(method, path).status_code not in {401, 403, 500}


def test_a_method_that_a_path_does_not_know_tells_nothing(served: Served) -> None:
    """Not even that a key is missing: there is nothing behind it."""
    for method in ("PUT", "TRACE", "OPTIONS"):
        assert served.anybody.request(method, "/v1/cases").status_code == 405


def test_a_key_of_no_clinic_is_an_operators(served: Served) -> None:
    """So that no row can stand for a key that sees all clinics and is not an operator's."""
    made = clinics.create_admin(served.gateway, "operator")
    with pytest.raises(IntegrityError, match="clinic_or_admin"), served.gateway.transaction() as session:
        session.get_one(ApiKey, made.key_id).scopes = sorted(set(Scope) - {Scope.ADMIN})
