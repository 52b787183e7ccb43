"""Words planted in every place that takes text, and looked for in every place where none of them may be.

The columns that are meant to hold a clinic's references are in Postgres, which is not looked into here.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import httpx
import psycopg2
import psycopg2.errors
import pytest

from tests.system.pictures import SECRET, file_of, with_metadata
from tests.system.stack import Stack, analysed, eventually, finished, post

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL import Image

    from tests.system.collector import Collector

# Lines of the console are told by the program that was started, to the person who started it: his key is among them.
CONSOLE: Final = "lesionlens "


@dataclass
class Planted:
    """`words` may be in no log, metric, object or answer; `secrets` are made by the server and may be in no log."""

    words: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    cases: list[str] = field(default_factory=list)
    refusals: list[httpx.Response] = field(default_factory=list)

    def word(self, where: str) -> str:
        """Return a word that stands in this place alone."""
        return self.words.setdefault(where, f"Zinnia-{uuid.uuid4().hex}")


def nothing_in(kept: dict[str, bytes], planted: Planted) -> bool:
    """Return whether there are objects and none of them holds a planted word."""
    contents = [content.decode("latin-1") for content in kept.values()]
    return bool(contents) and not any(found_in(content, planted.words) for content in contents)


def references(planted: Planted) -> dict[str, str]:
    return {name: planted.word(name) for name in ("client_ref", "subject_ref", "lesion_ref", "body_site")}


def send_photos(planted: Planted, api: httpx.Client, lesion: Image.Image) -> None:
    photo = with_metadata(lesion, "JPEG")
    planted.words["EXIF, GPS, XMP, comment"] = SECRET
    planted.cases.append(analysed(api, photo, **references(planted))["id"])
    headers = {
        "Idempotency-Key": planted.word("Idempotency-Key"),
        "X-Request-Id": planted.word("X-Request-Id"),
        "User-Agent": planted.word("User-Agent"),
        "X-Forwarded-For": planted.word("X-Forwarded-For"),
        "Cookie": f"session={planted.word('Cookie')}",
        "Referer": f"https://{planted.word('Referer')}.example/",
    }
    name = f"{planted.word('file name')}.jpg"
    files = {"image": (name, photo, f"image/jpeg; name={planted.word('type of the part')}")}
    answer = api.post("/v1/cases", files=files, headers=headers)
    assert answer.status_code == 202, answer.text
    planted.cases.append(finished(api, answer.json())["id"])
    listed = api.get("/v1/cases", params={"subject_ref": references(planted)["subject_ref"]})
    assert len(listed.json()["items"]) == 1
    assert len(api.get(f"/v1/lesions/{references(planted)['lesion_ref']}/cases").json()["items"]) == 1


def be_refused(planted: Planted, stack: Stack, api: httpx.Client, photo: bytes) -> None:
    """Get 401, 404, 413, 415 and 422, each with a word in it."""
    hooks, json_type = "/v1/webhook-endpoints", {"Content-Type": "application/json"}
    form = {"Content-Type": f"multipart/form-data; boundary={planted.word('boundary')}"}
    long = {"description": planted.word("long body") * 1000}
    with stack.client(f"ll_{planted.word('wrong key')}") as nobody:
        answers = [(401, nobody.get("/v1/cases"))]
    answers += [
        (404, api.get(f"/v1/{planted.word('path')}")),
        (413, api.post(hooks, json=long)),
        (415, post(api, planted.word("text for a photo").encode() * 40)),
        (415, api.post("/v1/cases", content=b"x", headers={"Content-Type": f"text/{planted.word('media type')}"})),
        (422, post(api, photo, metadata={"notes": planted.word("notes")})),
        (422, post(api, photo, metadata={"subject_ref": f"{planted.word('bad ref')} with a space"})),
        (422, api.post("/v1/cases", content=planted.word("no form").encode(), headers=form)),
        (422, api.post(hooks, content=f'{{"url": "{planted.word("broken")}'.encode(), headers=json_type)),
        (422, api.post(hooks, json={"url": f"https://127.0.0.1/{planted.word('bad url')}"})),
        (422, api.get("/v1/cases", params={"state": planted.word("query")})),
        (422, post(api, photo, key=f"{planted.word('bad idempotency key')} with a space")),
    ]
    assert [answer.status_code for _, answer in answers] == [status for status, _ in answers]
    # The path is repeated to whoever sent it, as `instance`; nothing else is.
    planted.refusals = [answer for status, answer in answers if status != 404]


def tell_an_endpoint(planted: Planted, api: httpx.Client) -> str:
    """Add an endpoint, which hears of the photos that come; return its path."""
    url = f"https://nobody.invalid/{planted.word('path of a webhook')}?t={planted.word('query of a webhook')}"
    made = api.post("/v1/webhook-endpoints", json={"url": url, "description": planted.word("description")}).json()
    link = f"/v1/webhook-endpoints/{made['id']}"
    rotated = api.post(f"{link}/secret/rotate", json={}).json()
    planted.secrets |= {"webhook secret": made["secret"], "its successor": rotated["secret"]}
    delivery = api.post(f"{link}/test").json()["id"]
    eventually(lambda: api.get(f"/v1/deliveries/{delivery}").json()["attempts"], 20, "the receiver was called")
    return link


def upload_directly(planted: Planted, stack: Stack, api: httpx.Client, photo: bytes) -> None:
    offer: dict[str, Any] = api.post("/v1/uploads", json={"media_type": "image/jpeg"}).json()
    signed = {name: value for name, value in offer["fields"].items() if name.lower() in {"policy", "x-amz-signature"}}
    assert len(signed) == 2, list(offer["fields"])
    planted.secrets |= signed
    url = stack.facts["s3"]["endpoint"] + urlsplit(offer["url"]).path
    sent = httpx.post(url, data=offer["fields"], files={"file": (planted.word("name in a form"), photo, "image/jpeg")})
    assert sent.is_success, sent.text
    case = api.post("/v1/cases", json={"upload_id": offer["upload_id"], "client_ref": planted.word("of an upload")})
    planted.cases.append(finished(api, case.json())["id"])


def use_keys(planted: Planted, stack: Stack) -> None:
    """Make a key, use it and end it, so that each moment of its life had a chance to be logged."""
    facts = stack.facts
    with stack.client(facts["admin_key"]) as operator:
        clinic = operator.post("/v1/clinics", json={"name": planted.word("name of a clinic")}).json()
        key = operator.post(f"/v1/clinics/{clinic['id']}/keys", json={"name": planted.word("name of a key")}).json()
        with stack.client(key["key"]) as used:
            assert used.get("/v1/cases").status_code == 200
        assert operator.post(f"/v1/keys/{key['key_id']}/revoke").status_code == 200
    planted.secrets |= {"new key": key["key"], "clinic's key": facts["clinic_key"], "admin's key": facts["admin_key"]}
    planted.secrets |= {"key of the store": facts["s3"]["secret_key"], "database": facts["database_url"]}


def offend_the_servers(planted: Planted, stack: Stack) -> None:
    """Be refused by Postgres and by the store themselves, with a word in what is refused."""
    word = planted.word("row that Postgres refuses")
    connection = psycopg2.connect(stack.facts["database_url"])
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE planted (word text PRIMARY KEY)")
        cursor.execute("INSERT INTO planted VALUES (%s)", [word])
        with pytest.raises(psycopg2.errors.UniqueViolation):
            cursor.execute("INSERT INTO planted VALUES (%s)", [word])
    connection.close()
    store = stack.facts["s3"]["endpoint"]
    for path, query in (("key in the store", "query of the store"), ("other key in the store", "signature")):
        url = f"{store}/{stack.facts['s3']['bucket']}/{planted.word(path)}?X-Amz-Signature={planted.word(query)}"
        headers = {"Authorization": f"AWS4-HMAC-SHA256 Credential={planted.word('credential')}"}
        assert not httpx.get(url, headers=headers).is_success
        assert not httpx.put(f"{url}&uploadId=x&partNumber=y", content=b"x", headers=headers).is_success


def enrol_phones(planted: Planted, stack: Stack, api: httpx.Client) -> None:
    """Sign a device in, refresh it, let an old token come back, and be refused by a code that is none."""
    made = api.post("/v1/enrolments", json={"subject_ref": planted.word("subject of a code")}).json()
    with stack.client(planted.word("wrong token")) as nobody:
        body = {"code": made["code"], "name": planted.word("name of a device")}
        given = [nobody.post("/v1/devices/enrol", json=body).json()]
        for _ in range(2):
            sent = {"refresh_token": given[-1]["refresh_token"]}
            given.append(nobody.post("/v1/devices/refresh", json=sent).json())
        again = nobody.post("/v1/devices/refresh", json={"refresh_token": given[0]["refresh_token"]})
        unknown = nobody.post("/v1/devices/enrol", json={"code": planted.word("wrong code")})
    assert (again.status_code, unknown.status_code) == (401, 403)
    planted.refusals += [again, unknown]
    planted.secrets["code"] = made["code"]
    for number, each in enumerate(given):
        planted.secrets |= {f"{kind} {number}": each[kind] for kind in ("access_token", "refresh_token")}


def be_a_person(planted: Planted, stack: Stack, api: httpx.Client, photo: bytes) -> None:
    """Agree, withdraw, agree again, be handed out whole and erased: the reference stands in every path."""
    subject, consent = planted.word("subject of a path"), {"purpose": "screening", "text_version": planted.word("text")}
    path = f"/v1/subjects/{subject}"
    # The case is none of `planted.cases`: its objects go as soon as the server has come to the erasure.
    case = analysed(api, photo, subject_ref=subject)["id"]
    assert nothing_in(stack.objects(f"cases/{case}/"), planted)
    for _ in range(2):
        assert api.post(f"{path}/consents", json=consent).status_code == 201
        assert api.post(f"{path}/consents/withdraw", json={"purpose": "screening"}).is_success
    assert api.get(f"{path}/export").content.startswith(b"PK")
    assert api.delete(path).status_code == 202
    wrong = {"purpose": planted.word("purpose"), "text_version": f"{planted.word('wrong text')} with a space"}
    assert api.get(f"{path}/export").status_code == 404
    # Here no word stands in the path, which an answer repeats.
    refused = api.post("/v1/subjects/somebody/consents", json=wrong)
    assert refused.status_code == 422
    planted.refusals.append(refused)


@pytest.fixture(scope="module")
def planted(stack: Stack, lesion: Image.Image) -> Iterator[Planted]:
    planted = Planted()
    with stack.client() as api:
        endpoint = tell_an_endpoint(planted, api)
        send_photos(planted, api, lesion)
        be_refused(planted, stack, api, file_of(lesion))
        upload_directly(planted, stack, api, with_metadata(lesion, "JPEG"))
        use_keys(planted, stack)
        offend_the_servers(planted, stack)
        enrol_phones(planted, stack, api)
        be_a_person(planted, stack, api, file_of(lesion))
        yield planted
        assert api.delete(endpoint).status_code == 204


def found_in(text: str, words: dict[str, str]) -> list[str]:
    return [where for where, word in words.items() if word in text]


def logged(stack: Stack) -> str:
    """Return what every process has said, but the console's own lines."""
    lines = stack.log.read_text(errors="replace").splitlines()
    return "\n".join(line for line in lines if not line.startswith(CONSOLE))


def test_no_log_holds_a_planted_word_or_a_secret(stack: Stack, planted: Planted) -> None:
    refused = [f"status={status}" for status in (401, 404, 413, 415, 422)]
    eventually(lambda: all(word in logged(stack) for word in refused), 5, f"the log tells of {refused}")
    eventually(lambda: "violates unique constraint" in logged(stack), 5, "Postgres says what it refused")
    said = logged(stack)
    assert {"gateway", "inference", "notifier"} <= {line.split(" ", 1)[0].rstrip("|") for line in said.splitlines()}
    assert found_in(said, planted.words | planted.secrets) == []
    assert [word for word in ("ll_", "lld_", "llr_", "whsec_", "X-Amz-Signature", "Bearer ") if word in said] == []


def test_no_answer_repeats_what_was_refused(planted: Planted) -> None:
    assert [found_in(answer.text, planted.words) for answer in planted.refusals] == [[]] * len(planted.refusals)


def test_no_metric_holds_a_planted_word(stack: Stack, planted: Planted) -> None:
    with stack.client("") as nobody:
        metrics = nobody.get("/metrics").text + nobody.get("/readyz").text
    assert "lesionlens_queue_waiting" in metrics
    assert found_in(metrics, planted.words | planted.secrets) == []


def test_no_span_holds_a_planted_word(collector: Collector, planted: Planted) -> None:
    wanted = {"POST /v1/cases", "run", "send webhook"}
    for case in planted.cases:
        eventually(lambda: wanted <= {span.name for span in collector.of_case(case)}, 20, "spans of three processes")  # noqa: B023
    assert found_in(collector.text(), planted.words | planted.secrets) == []


def test_no_key_of_an_object_holds_a_planted_word(stack: Stack, planted: Planted) -> None:
    pages = stack.s3().get_paginator("list_objects_v2").paginate(Bucket=stack.facts["s3"]["bucket"])
    names = "\n".join(entry["Key"] for page in pages for entry in page.get("Contents", []))
    assert planted.cases[0] in names
    assert found_in(names, planted.words) == []


def test_no_stored_byte_holds_a_planted_word(stack: Stack, planted: Planted) -> None:
    assert [nothing_in(stack.objects(f"cases/{case}/"), planted) for case in planted.cases] == [True] * 3


def test_no_file_beside_database_and_store_holds_a_planted_word(stack: Stack, planted: Planted) -> None:
    """The broker's file above all: its messages say that there is work, and nothing of it."""
    apart = {stack.data_dir / "postgres", stack.data_dir / "s3"}
    files = [path for path in stack.data_dir.rglob("*") if path.is_file() and not apart & set(path.parents)]
    assert files
    assert [(path.name, found_in(path.read_text("latin-1"), planted.words)) for path in files] == [
        (path.name, []) for path in files
    ]
