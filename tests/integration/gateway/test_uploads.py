"""Photos that go straight to the store: by the form alone, looked at as a copy, and used once."""

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, text

from services.gateway.clinics.schemas import CreatedKey
from services.gateway.settings import GatewaySettings
from shared.contracts.ids import IdPrefix, new_id
from shared.storage.direct import DirectUploads, Uploaded
from shared.storage.s3 import S3Store, make_client
from tests.integration.gateway.conftest import client_of, serving
from tests.integration.gateway.photos import jpeg, submit

pytestmark = pytest.mark.usefixtures("store", "model_id")


class ChangingUploads(DirectUploads):
    """Somebody replaces the object between our look at it and our copy of it."""

    def __init__(self, settings: GatewaySettings, store: S3Store, content: bytes) -> None:
        super().__init__(settings, settings.s3_endpoint)
        self._store = store
        self._content = content

    def look(self, key: str) -> Uploaded | None:
        found = super().look(key)
        self._store.put(key, self._content, media_type="image/jpeg")
        return found


@pytest.fixture
def direct_settings(gateway_settings: GatewaySettings) -> GatewaySettings:
    return gateway_settings.model_copy(
        update={"s3_public_endpoint": gateway_settings.s3_endpoint, "max_upload_bytes": 50_000}
    )


@pytest.fixture
def direct(direct_settings: GatewaySettings, clinic: CreatedKey) -> Iterator[httpx.Client]:
    with serving(direct_settings) as url, client_of(url, clinic) as client:
        yield client


def offered(client: httpx.Client) -> Any:
    answer = client.post("/v1/uploads", json={"media_type": "image/jpeg"})
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_a_form_counts_for_five_minutes_and_for_one_key_type_and_size(direct: httpx.Client) -> None:
    offer = offered(direct)
    policy = json.loads(base64.b64decode(offer["fields"]["policy"]))
    left = datetime.fromisoformat(policy["expiration"]) - datetime.now(UTC)
    assert timedelta(minutes=4) < left <= timedelta(minutes=5)
    told = datetime.fromisoformat(offer["expires_at"]) - datetime.now(UTC)
    assert timedelta(minutes=4) < told <= timedelta(minutes=5)
    named = {name: value for each in policy["conditions"] if isinstance(each, dict) for name, value in each.items()}
    assert (named["key"], named["Content-Type"]) == (offer["fields"]["key"], "image/jpeg")
    assert ["content-length-range", 1, 50_000] in policy["conditions"]
    assert not any(each[0] == "starts-with" for each in policy["conditions"] if isinstance(each, list))


def send(offer: Any, photo: bytes, media_type: str = "image/jpeg") -> httpx.Response:
    fields = {**offer["fields"], "Content-Type": media_type}
    return httpx.post(offer["url"], data=fields, files={"file": ("p.jpg", photo, media_type)}, trust_env=False)


def uploaded(client: httpx.Client, photo: bytes) -> str:
    offer = offered(client)
    assert send(offer, photo).status_code < 300
    return str(offer["upload_id"])


def case_of(client: httpx.Client, upload_id: str, key: str | None = None, **described: Any) -> httpx.Response:
    headers = {} if key is None else {"Idempotency-Key": key}
    return client.post("/v1/cases", json={"upload_id": upload_id, **described}, headers=headers)


def assert_refused(answer: httpx.Response, status: int, code: str) -> None:
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


def test_from_the_form_to_a_case(direct: httpx.Client, store: S3Store, owner_engine: Engine) -> None:
    photo = jpeg(1)
    offer = offered(direct)
    assert offer["fields"]["key"].startswith("uploads/")
    assert offer["upload_id"][4:] not in offer["fields"]["key"]
    assert offer["max_bytes"] == 50_000
    assert send(offer, photo).status_code < 300
    answer = case_of(direct, offer["upload_id"], lesion_ref="l", age=44)
    assert answer.status_code == 202, answer.text
    case = answer.json()
    assert (case["lesion_ref"], case["age"], case["state"]) == ("l", 44, "accepted")
    assert answer.headers["location"] == f"/v1/cases/{case['id']}"
    assert store.get(f"incoming/{case['id']}") == photo
    assert list(store.list_keys("uploads/")) == []
    with owner_engine.connect() as connection:
        connection.execute(text("SET ROLE lesionlens_worker"))
        row = connection.execute(text("SELECT source_sha256, source_bytes, source_media_type FROM cases")).one()
    assert tuple(row) == (hashlib.sha256(photo).hexdigest(), len(photo), "image/jpeg")


def test_what_is_swapped_after_the_check_is_not_taken(
    direct_settings: GatewaySettings, clinic: CreatedKey, store: S3Store
) -> None:
    changing = ChangingUploads(direct_settings, store, jpeg(2))
    with serving(direct_settings, direct=changing) as url, client_of(url, clinic) as client:
        upload_id = uploaded(client, jpeg(1))
        assert_refused(case_of(client, upload_id), 409, "upload_changed")
        assert list(store.list_keys("incoming/")) == []
        assert client.get("/v1/cases").json()["items"] == []


def test_what_is_swapped_after_the_copy_changes_nothing(direct: httpx.Client, store: S3Store) -> None:
    offer = offered(direct)
    send(offer, jpeg(1))
    case = case_of(direct, offer["upload_id"]).json()
    assert send(offer, jpeg(2)).status_code < 300
    assert store.get(f"incoming/{case['id']}") == jpeg(1)
    assert_refused(case_of(direct, offer["upload_id"]), 409, "upload_consumed")


def test_one_upload_becomes_one_case(direct: httpx.Client, store: S3Store) -> None:
    upload_id = uploaded(direct, jpeg(1))
    first = case_of(direct, upload_id, key="k")
    assert first.status_code == 202
    assert_refused(case_of(direct, upload_id), 409, "upload_consumed")
    assert_refused(case_of(direct, upload_id, key="other"), 409, "upload_consumed")
    again = case_of(direct, upload_id, key="k")
    assert (again.status_code, again.headers["idempotent-replayed"]) == (202, "true")
    assert again.json() == first.json()
    assert_refused(case_of(direct, upload_id, key="k", age=3), 422, "idempotency_key_reused")
    assert len(list(store.list_keys("incoming/"))) == 1


def test_one_upload_named_by_many_at_once_becomes_one_case(direct: httpx.Client, store: S3Store) -> None:
    for seed in range(3):
        codes = named_at_once(direct, uploaded(direct, jpeg(seed)), times=8)
        assert sorted(codes) == ["accepted"] + ["upload_consumed"] * 7
    assert len(list(store.list_keys("incoming/"))) == len(direct.get("/v1/cases").json()["items"]) == 3


def test_one_request_sent_many_times_at_once_is_one_case(direct: httpx.Client, store: S3Store) -> None:
    upload_id = uploaded(direct, jpeg(1))
    codes = named_at_once(direct, upload_id, times=8, key="k")
    assert set(codes) <= {"accepted", "idempotency_in_flight"}
    assert case_of(direct, upload_id, key="k").headers["idempotent-replayed"] == "true"
    assert len(list(store.list_keys("incoming/"))) == len(direct.get("/v1/cases").json()["items"]) == 1


def named_at_once(client: httpx.Client, upload_id: str, *, times: int, key: str | None = None) -> list[str]:
    barrier = threading.Barrier(times)

    def name_it(_: int) -> str:
        barrier.wait()
        return str(case_of(client, upload_id, key).json().get("code", "accepted"))

    with ThreadPoolExecutor(times) as threads:
        return list(threads.map(name_it, range(times)))


def test_the_form_refuses_what_it_is_not_for(direct: httpx.Client, store: S3Store) -> None:
    offer = offered(direct)
    assert send(offer, b"x" * 50_001).status_code >= 400
    assert send(offer, b"").status_code >= 400
    assert send(offer, jpeg(1), media_type="text/html").status_code >= 400
    elsewhere = {**offer, "fields": {**offer["fields"], "key": "incoming/case_x"}}
    assert send(elsewhere, jpeg(1)).status_code >= 400
    assert list(store.list_keys("")) == []
    assert_refused(case_of(direct, offer["upload_id"]), 409, "upload_missing")


def test_an_expired_form_uploads_nothing(direct_settings: GatewaySettings, store: S3Store) -> None:
    forms = DirectUploads(direct_settings, direct_settings.s3_endpoint)
    form = forms.form("uploads/x", media_type="image/jpeg", most_bytes=50_000, seconds=1)
    offer = {"url": form.url, "fields": form.fields}
    deadline = time.monotonic() + 10
    while send(offer, jpeg(1)).status_code < 400:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    store.delete("uploads/x")
    assert send(offer, jpeg(1)).status_code >= 400
    assert list(store.list_keys("uploads/")) == []


def test_a_file_over_the_limit_is_refused_though_the_store_took_it(direct: httpx.Client, store: S3Store) -> None:
    offer = offered(direct)
    store.put(offer["fields"]["key"], b"\xff\xd8\xff" + b"x" * 60_000, media_type="image/jpeg")
    assert_refused(case_of(direct, offer["upload_id"]), 413, "too_large")
    assert list(store.list_keys("incoming/")) == []


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [(b"GIF89a" + b"x" * 80, 415, "unsupported_media"), (b"\xff\xd8\xff\xe0 no picture", 422, "undecodable_image")],
)
def test_what_is_no_photo_leaves_nothing(
    direct: httpx.Client, store: S3Store, content: bytes, status: int, code: str
) -> None:
    upload_id = uploaded(direct, content)
    assert_refused(case_of(direct, upload_id), status, code)
    assert list(store.list_keys("incoming/")) == []


def test_another_clinics_upload_is_not_there(
    direct_settings: GatewaySettings, clinic: CreatedKey, stranger: CreatedKey, store: S3Store
) -> None:
    with serving(direct_settings) as url, client_of(url, clinic) as mine, client_of(url, stranger) as theirs:
        upload_id = uploaded(mine, jpeg(1))
        foreign = case_of(theirs, upload_id)
        unknown = case_of(theirs, new_id(IdPrefix.UPLOAD))
        for answer in (foreign, unknown):
            assert_refused(answer, 404, "not_found")
        assert foreign.json()["detail"] == unknown.json()["detail"]
        assert list(store.list_keys("incoming/")) == []
        assert case_of(mine, upload_id).status_code == 202


def test_bodies_that_do_not_fit(direct: httpx.Client) -> None:
    for body in ({}, {"upload_id": "x"}, {"upload_id": new_id(IdPrefix.UPLOAD), "age": 200}, {"age": 3}):
        assert_refused(direct.post("/v1/cases", json=body), 422, "validation")
    for body in ({}, {"media_type": "image/gif"}):
        assert_refused(direct.post("/v1/uploads", json=body), 422, "validation")


def test_where_it_is_not_offered(client: httpx.Client) -> None:
    assert_refused(client.post("/v1/uploads", json={"media_type": "image/jpeg"}), 404, "direct_upload_off")
    assert_refused(case_of(client, new_id(IdPrefix.UPLOAD)), 404, "not_found")
    assert submit(client, jpeg(1)).status_code == 202


def test_browsers_may_post_forms(direct: httpx.Client, direct_settings: GatewaySettings) -> None:
    assert offered(direct)
    (rule,) = make_client(direct_settings).get_bucket_cors(Bucket=direct_settings.s3_bucket)["CORSRules"]
    assert (rule["AllowedMethods"], rule["AllowedOrigins"]) == (["POST"], ["*"])
