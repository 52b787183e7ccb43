"""What every answer carries, whatever the operation and whoever asks; and who of other origins is let in: by name.

The operations come from the routes, as in test_authorization.py.
"""

import re
from collections.abc import Iterator
from typing import Final

import httpx
import pytest
from pydantic import SecretStr

from services.gateway.cors import cors_options
from services.gateway.headers import ALWAYS
from services.gateway.main import create_app, make_api
from services.gateway.settings import GatewaySettings
from shared.contracts.enums import Scope
from tests.integration.gateway.conftest import serving
from tests.security.conftest import Served
from tests.security.operations import NEEDS, PUBLIC, method_and_path, nobodys

EVERY: Final = sorted(
    {*NEEDS, *PUBLIC, "GET /nowhere", "PUT /v1/cases", "OPTIONS /v1/cases", "GET /docs/assets/none.js"}
)
FRIEND: Final = "https://app.example"
STRANGER: Final = "https://evil.example"


def asked(served: Served, operation: str, key: str | None, **headers: str) -> httpx.Response:
    method, path = method_and_path(operation, nobodys(operation) | {"name": "page.js"})
    if key is not None:
        headers["Authorization"] = f"Bearer {key}"
    return served.anybody.request(method, path, headers=headers)


@pytest.fixture(scope="module")
def answers(served: Served) -> dict[str, httpx.Response]:
    """Each operation without a key and with the one that is enough for it."""
    found = {f"{operation}, no key": asked(served, operation, None) for operation in EVERY}
    for operation, need in NEEDS.items():
        found[f"{operation}, a key"] = asked(served, operation, served.key_of(need.enough[0]))
    return found


def test_every_answer_carries_what_it_must(answers: dict[str, httpx.Response]) -> None:
    wrong = {}
    for name, answer in answers.items():
        lacking = {
            header: answer.headers.get(header)
            for header, value in ALWAYS.items()
            if answer.headers.get(header) != value
        }
        policy = answer.headers.get("content-security-policy", "")
        if "default-src 'none'" not in policy or "frame-ancestors 'none'" not in policy or "unsafe" in policy:
            lacking["content-security-policy"] = policy
        if not re.fullmatch(r"req_[0-9a-f]{24}", answer.headers.get("x-request-id", "")):
            lacking["x-request-id"] = answer.headers.get("x-request-id")
        if lacking:
            wrong[name] = lacking
    assert wrong == {}


def test_no_answer_says_what_serves_it_or_sets_a_cookie(answers: dict[str, httpx.Response]) -> None:
    """But where a device signs in or out, of which tests/integration/gateway/test_devices.py tells more."""
    for name, answer in answers.items():
        assert not {"server", "x-powered-by", "via"} & set(answer.headers), name
        if "set-cookie" in answer.headers:
            assert name == "POST /v1/devices/logout, a key"


def test_no_answer_of_the_interface_is_kept_by_others(answers: dict[str, httpx.Response]) -> None:
    for name, answer in answers.items():
        if " /v1/" in name:
            kept = {part.strip() for part in answer.headers["cache-control"].split(",")}
            assert kept & {"no-store", "private"}, name
            assert "public" not in kept, name


def test_whatever_has_a_body_says_what_it_is_and_it_is_of_our_choice(answers: dict[str, httpx.Response]) -> None:
    kinds = {answer.headers["content-type"].partition(";")[0] for answer in answers.values() if answer.content}
    assert kinds <= {
        "application/json", "application/problem+json", "text/html", "text/css", "text/javascript", "text/plain"
    }  # fmt: skip


def test_every_page_has_a_policy_without_exceptions(served: Served) -> None:
    """The pages are found by their type; the report of a campaign is read with a browser in tests/system."""
    pages = [
        operation
        for operation in PUBLIC
        if "text/html" in asked(served, operation, None).headers.get("content-type", "")
    ]
    console = {"GET /console/assets/{name}", "GET /console/sign-in", "POST /console/sign-in"}
    assert set(pages) == {"GET /", "GET /docs"} | console
    for operation in pages:
        answer = asked(served, operation, None)
        policy = dict(part.strip().partition(" ")[::2] for part in answer.headers["content-security-policy"].split(";"))
        assert policy["default-src"] == policy["base-uri"] == "'none'"
        assert policy["form-action"] == ("'self'" if "/console" in operation else "'none'")
        assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
        assert not re.search(r"https?:|\*", answer.headers["content-security-policy"]), "nobody else's server"
        assert not re.search(r"<script(?![^>]*src=)|<style| style=| on[a-z]+=", answer.text)


def test_no_page_of_another_origin_is_let_in(served: Served) -> None:
    for operation in EVERY:
        key = served.key_of(NEEDS[operation].enough[0]) if operation in NEEDS else None
        for origin in (STRANGER, "null"):
            answer = asked(served, operation, key, Origin=origin)
            assert [name for name in answer.headers if name.startswith("access-control")] == [], operation
    question = {
        "Origin": STRANGER,
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "authorization",
    }
    refused = served.anybody.options("/v1/cases", headers=question)
    assert refused.status_code == 405
    assert not any(name.startswith("access-control") for name in refused.headers)


@pytest.fixture(scope="module")
def open_to_a_friend(served: Served) -> Iterator[str]:
    with serving(served.settings.model_copy(update={"cors_origins": f"{FRIEND}, http://localhost:8081"})) as url:
        yield url


def test_an_origin_that_is_named_is_let_in_and_no_other(served: Served, open_to_a_friend: str) -> None:
    key = served.new_clinic(Scope.CASES_READ).key
    with httpx.Client(base_url=open_to_a_friend, trust_env=False, headers={"Authorization": f"Bearer {key}"}) as client:
        for origin, allowed in ((FRIEND, FRIEND), ("http://localhost:8081", "http://localhost:8081"), (STRANGER, None)):
            answer = client.get("/v1/cases", headers={"Origin": origin})
            assert answer.status_code == 200, "it is the browser that keeps the answer from the page"
            assert answer.headers.get("access-control-allow-origin") == allowed
            assert "access-control-allow-credentials" not in answer.headers
            question = {"Origin": origin, "Access-Control-Request-Method": "POST"}
            question["Access-Control-Request-Headers"] = "authorization,idempotency-key"
            told = client.options("/v1/cases", headers=question)
            assert told.headers.get("access-control-allow-origin") == allowed
            assert (told.status_code == 200) == (allowed is not None)
            assert told.headers.items() >= {name.lower(): value for name, value in ALWAYS.items()}.items()
        refused = client.get("/v1/cases", headers={"Origin": FRIEND, "Authorization": "Bearer ll_no"})
        assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (401, FRIEND)
        assert "x-request-id" in refused.headers["access-control-expose-headers"].lower()


def test_an_origin_that_is_let_in_can_use_all_that_is_described() -> None:
    options = cors_options(FRIEND)
    assert options is not None
    operations = [
        (method, operation)
        for path in make_api().openapi()["paths"].values()
        for method, operation in path.items()
        if method != "parameters"
    ]
    methods = {method.upper() for method, _ in operations}
    asked = {each["name"] for _, told in operations for each in told.get("parameters", []) if each["in"] == "header"}
    shown = {name for _, told in operations for each in told["responses"].values() for name in each.get("headers", {})}
    assert methods >= {"GET", "POST"}
    assert asked >= {"idempotency-key"}
    assert shown >= {"ETag", "Set-Cookie"}
    assert methods - set(options["allow_methods"]) == set()
    assert asked - {name.lower() for name in options["allow_headers"]} == set()
    # No browser shows a cookie to a script, and none of ours is for another origin.
    assert shown - set(options["expose_headers"]) == {"Set-Cookie"}


@pytest.mark.parametrize(
    "origin",
    [
        "*",
        "https://*.example",
        "http://app.example",
        "https://app.example/",
        "https://u@app.example",
        "null",
        "app.example",
    ],
)
def test_what_is_no_origin_keeps_the_gateway_from_starting(origin: str) -> None:
    with pytest.raises(ValueError, match="CORS_ORIGINS"):
        cors_options(f"{FRIEND},{origin}")
    with pytest.raises(ValueError, match="CORS_ORIGINS"):
        create_app(_settings(origin))


def _settings(origins: str) -> GatewaySettings:
    nowhere = SecretStr("postgresql://u:p@127.0.0.1:1/x")
    return GatewaySettings(
        database_url=nowhere,
        redis_url=SecretStr("redis://127.0.0.1:1/0"),
        s3_endpoint="http://127.0.0.1:1",
        s3_access_key=SecretStr("x"),
        s3_secret_key=SecretStr("x"),
        secrets_keys=SecretStr("x"),
        address_key=SecretStr("x" * 32),
        cors_origins=origins,
    )


def test_none_is_named_by_default() -> None:
    assert GatewaySettings.model_fields["cors_origins"].default == ""
    assert cors_options("") is None
