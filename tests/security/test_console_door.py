"""The console's door: who is not signed in sees nothing of it, and no other page can act in an operator's name.

The operations come from the routes, so that a new one is in by itself.
"""

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from typing import Final

import httpx
import pytest
from sqlalchemy import Update, func, select, update

from services.gateway.clinics import service as clinics
from services.gateway.clinics.schemas import CreatedKey
from services.gateway.console.service import form_word
from shared.contracts.enums import Scope
from shared.contracts.ids import IdPrefix, new_id
from shared.db.models import AccessEntry, ApiKey, ConsoleSession
from tests.security.conftest import Served
from tests.security.operations import method_and_path, nobodys, of_console

EVERY: Final = sorted(of_console())
CHANGES: Final = [operation for operation in EVERY if not operation.startswith("GET ")]
COOKIE: Final = "ll_console"


def browser(served: Served) -> httpx.Client:
    """Return what a browser is: it keeps cookies, and follows nothing here."""
    return httpx.Client(base_url=served.url, timeout=20, trust_env=False)


@contextmanager
def signed_in(served: Served, made: CreatedKey | None = None) -> Iterator[httpx.Client]:
    key = made or clinics.create_admin(served.gateway, "operator")
    with browser(served) as client:
        answer = client.post("/console/sign-in", data={"key": key.key})
        assert (answer.status_code, answer.headers["location"]) == (303, "/console")
        yield client


def ask(client: httpx.Client, operation: str, data: dict[str, str] | None = None, **headers: str) -> httpx.Response:
    method, path = method_and_path(operation, nobodys(operation))
    return client.request(method, path, data=data, headers=headers)


def word(client: httpx.Client) -> dict[str, str]:
    return {"form_word": form_word(client.cookies[COOKIE])}


def digest_of(cookie: str) -> bytes:
    return hashlib.sha256(cookie.encode()).digest()


def of(cookie: str) -> Update:
    """Return the beginning of a change to this browser's session."""
    return update(ConsoleSession).where(ConsoleSession.digest == digest_of(cookie))


def turned_away(answer: httpx.Response) -> bool:
    return answer.status_code == 303 and answer.headers["location"] == "/console/sign-in" and not answer.content


@pytest.fixture(scope="module")
def bad_cookies(served: Served) -> dict[str, str | None]:
    """What a browser may bring that stands for nobody who is signed in; None is nothing at all."""
    keys = [clinics.create_admin(served.gateway, "operator") for _ in range(4)]
    with ExitStack() as stack:
        idle, revoked, demoted, out = (stack.enter_context(signed_in(served, key)) for key in keys)
        names = {"idle": idle, "revoked key": revoked, "key of a clinic by now": demoted, "signed out": out}
        found: dict[str, str | None] = {name: client.cookies[COOKIE] for name, client in names.items()}
        assert out.post("/console/sign-out", data=word(out)).status_code == 303
    clinics.revoke(served.gateway, keys[1].key_id)
    over = "o" * 43
    with served.gateway.transaction() as session:
        session.execute(of(str(found["idle"])).values(used_at=func.now() - timedelta(minutes=31)))
        session.add(ConsoleSession(digest=digest_of(over), key_id=keys[0].key_id, expires_at=func.now()))
        session.get_one(ApiKey, keys[2].key_id).clinic_id = served.new_clinic(Scope.ADMIN).clinic_id
    return found | {"over": over, "nothing": None, "made up": "x" * 43, "an operator's key": keys[0].key}


@pytest.mark.parametrize("operation", EVERY)
def test_who_is_not_signed_in_is_sent_to_the_door(
    served: Served, bad_cookies: dict[str, str | None], operation: str
) -> None:
    for name, cookie in bad_cookies.items():
        headers = {} if cookie is None else {"Cookie": f"{COOKIE}={cookie}"}
        with browser(served) as client:
            assert turned_away(ask(client, operation, {"form_word": "x"}, **headers)), name


def test_a_part_of_a_page_is_told_so_without_the_door(served: Served) -> None:
    """A script that asks again would take the page of the door for the part that it asked for."""
    with browser(served) as client:
        assert client.get("/console/now", headers={"Sec-Fetch-Dest": "empty"}).status_code == 401


@pytest.mark.parametrize("operation", CHANGES)
def test_a_form_of_another_page_changes_nothing(served: Served, operation: str) -> None:
    """Even where the cookie came along (CSRF): no word, a made-up one, another session's, or from another site."""
    with signed_in(served) as client, signed_in(served) as other:
        for data in ({"name": "x"}, {"form_word": "0" * 64}, word(other)):
            answer = ask(client, operation, data)
            assert (answer.status_code, answer.headers["content-type"]) == (403, "text/html; charset=utf-8"), data
        assert ask(client, operation, word(client), **{"Sec-Fetch-Site": "cross-site"}).status_code == 403
        assert ask(client, operation, word(client), **{"Sec-Fetch-Site": "same-site"}).status_code == 403


@pytest.mark.parametrize("operation", EVERY)
def test_who_is_signed_in_is_let_in(served: Served, operation: str) -> None:
    """Otherwise the tests above could stand before a wall. What is asked for is not there, so nothing is changed."""
    with signed_in(served) as client:
        answer = ask(client, operation, word(client))
        assert answer.status_code not in {401, 403}, answer.text
        assert answer.status_code < 500, answer.text
        assert not turned_away(answer) or operation == "POST /console/sign-out"


def test_keys_of_clinics_and_keys_that_do_not_count_open_nothing(served: Served) -> None:
    revoked = clinics.create_admin(served.gateway, "operator")
    clinics.revoke(served.gateway, revoked.key_id)
    for key in (served.new_clinic(*Scope).key, revoked.key, "ll_x", ""):
        with browser(served) as client:
            answer = client.post("/console/sign-in", data={"key": key})
            assert (answer.status_code, "set-cookie" in answer.headers) == (401, False)
            assert "no key of an operator" in answer.text
            assert not key or key not in answer.text
            answer = client.post("/console/sign-in", data={"key": key}, headers={"Sec-Fetch-Site": "cross-site"})
            assert answer.status_code == 403


def test_the_cookie_is_out_of_reach_and_the_record_holds_none(served: Served) -> None:
    with browser(served) as client:
        made = clinics.create_admin(served.gateway, "operator")
        answer = client.post("/console/sign-in", data={"key": made.key})
        flags = {part.strip().lower() for part in answer.headers["set-cookie"].split(";")[1:]}
        assert {"httponly", "samesite=strict", "path=/console"} <= flags
        with served.gateway.transaction() as session:
            rows = session.execute(select(ConsoleSession.digest).where(ConsoleSession.key_id == made.key_id)).all()
        assert len(rows) == 1
        assert client.cookies[COOKIE].encode() not in rows[0][0]
        answer = client.post("/console/sign-in", data={"key": made.key}, headers={"X-Forwarded-Proto": "https"})
        assert "set-cookie" in answer.headers


def test_what_a_page_asks_for_by_itself_keeps_nobody_signed_in(served: Served) -> None:
    with signed_in(served) as client:
        with served.gateway.transaction() as session:
            session.execute(update(ConsoleSession).values(used_at=func.now() - timedelta(minutes=29)))
        for headers, noted in (({"X-Console-Live": "1"}, False), ({}, True)):
            assert client.get("/console/now", headers=headers).status_code == 200
            with served.gateway.transaction() as session:
                latest = session.scalar(select(func.max(ConsoleSession.used_at)))
                now = session.scalar(select(func.now()))
            assert latest is not None
            assert now is not None
            assert (now - latest < timedelta(minutes=1)) is noted


def test_what_an_operator_reads_of_a_clinic_stands_in_its_access_log(served: Served) -> None:
    made = clinics.create_admin(served.gateway, "operator")
    owner = served.new_clinic(Scope.CASES_READ)
    with signed_in(served, made) as client:
        answer = client.get(f"/console/clinics/{owner.clinic_id}/cases")
    assert answer.status_code == 200
    with served.gateway.transaction(owner.clinic_id) as session:
        rows = session.scalars(select(AccessEntry).where(AccessEntry.key_id == made.key_id)).all()
    assert [(row.action, row.caller, row.clinic_id) for row in rows] == [
        ("cases_listed", "operator_key", owner.clinic_id)
    ]
    assert rows[0].request_id == answer.headers["x-request-id"]


def test_another_clinics_case_is_not_shown_under_this_one(served: Served) -> None:
    """The path names the clinic, and its rows alone are seen: a mistake in a path shows nobody's photo."""
    mine = served.new_clinic(Scope.CASES_READ)
    with signed_in(served) as client:
        path = f"/console/clinics/{mine.clinic_id}/cases/{new_id(IdPrefix.CASE)}"
        for part in ("", "/image", "/thumbnail", "/layer"):
            assert client.get(path + part).status_code == 404
