"""The registry of models over the API, as operators use it."""

import hashlib
import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from services.gateway.clinics import service as clinics
from services.gateway.clinics.schemas import CreatedKey
from services.gateway.settings import GatewaySettings
from services.inference.model.development import write_development_model
from services.inference.model_source import ModelSource
from shared.contracts.enums import Scope
from shared.contracts.ids import IdPrefix, new_id
from shared.db.models import ModelVersion, Run
from shared.db.session import Database
from shared.storage import keys
from shared.storage.s3 import S3Store
from tests.integration.gateway.conftest import client_of, serving
from tests.integration.gateway.photos import jpeg, submit
from tests.integration.gateway.test_before_the_body import connect, send_until_answered

CARD = b"# A model of nothing\n"


@pytest.fixture
def operator_key(gateway_database: Database) -> CreatedKey:
    return clinics.create_admin(gateway_database, "operator")


@pytest.fixture
def operator(base_url: str, operator_key: CreatedKey) -> Iterator[httpx.Client]:
    with client_of(base_url, operator_key) as client:
        yield client


def files_of(folder: Path, seed: int = 1) -> dict[str, bytes]:
    """A tiny model's parts, as a form names them."""
    write_development_model(folder / str(seed), seed=seed)
    names = {"manifest": "manifest.json", "weights": "model.safetensors"}
    return {part: (folder / str(seed) / name).read_bytes() for part, name in names.items()}


def register(client: httpx.Client, files: dict[str, bytes]) -> httpx.Response:
    return client.post("/v1/models", files=files)


def registered(client: httpx.Client, folder: Path, seed: int = 1) -> str:
    answer = register(client, files_of(folder, seed))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def activate(client: httpx.Client, model: str, tag: str | None) -> httpx.Response:
    return client.post(f"/v1/models/{model}/activate", headers={} if tag is None else {"If-Match": tag})


def changed(files: dict[str, bytes], **said: Any) -> dict[str, bytes]:
    return files | {"manifest": json.dumps(json.loads(files["manifest"]) | said).encode()}


def test_what_is_registered_can_be_read_and_a_worker_loads_it(
    operator: httpx.Client, worker_database: Database, store: S3Store, tmp_path: Path
) -> None:
    files = files_of(tmp_path) | {"card": CARD}
    answer = register(operator, files)
    assert answer.status_code == 201, answer.text
    body, path = answer.json(), answer.headers["location"]
    manifest = json.loads(files["manifest"])
    assert (body["state"], body["name"], body["input_size"]) == ("candidate", manifest["name"], 64)
    assert (body["temperature"], body["labels"]) == (manifest["temperature"], manifest["labels"])
    assert body["thresholds"]["refer"] == manifest["thresholds"]["refer"]
    assert body["weights_sha256"] == hashlib.sha256(files["weights"]).hexdigest()
    assert store.get(keys.weights(body["weights_sha256"])) == files["weights"]
    read = operator.get(path)
    assert (read.json(), read.headers["etag"]) == (body, answer.headers["etag"])
    card = operator.get(f"{path}/card")
    assert (card.content, card.headers["content-type"]) == (CARD, "text/markdown; charset=utf-8")

    again = register(operator, dict(reversed(files.items())))
    assert (again.status_code, again.json(), again.headers["location"]) == (200, body, path)
    loaded = ModelSource(worker_database, store, tmp_path / "cache", device="cpu", backend="auto").load(body["id"])
    assert loaded.version == body["version"]


def test_new_cases_go_to_the_model_that_was_activated_and_back(
    operator: httpx.Client, client: httpx.Client, model_id: str, worker_database: Database, tmp_path: Path
) -> None:
    other = registered(operator, tmp_path)
    seen = operator.get(f"/v1/models/{model_id}")
    assert seen.json()["active_model_id"] == model_id
    switched = activate(operator, other, seen.headers["etag"])
    assert switched.status_code == 200, switched.text
    assert (switched.json()["state"], switched.json()["active_model_id"]) == ("active", other)
    assert operator.get(f"/v1/models/{model_id}").json()["state"] == "retired"
    first = submit(client, jpeg(1)).json()["id"]
    assert activate(operator, model_id, switched.headers["etag"]).json()["state"] == "active"
    second = submit(client, jpeg(2)).json()["id"]
    with worker_database.transaction() as session:
        runs = dict(session.execute(select(Run.case_id, Run.model_version_id)).tuples().all())
    assert runs == {first: other, second: model_id}


def test_an_activation_says_what_it_believes_to_change(operator: httpx.Client, model_id: str, tmp_path: Path) -> None:
    one, two = registered(operator, tmp_path, 1), registered(operator, tmp_path, 2)
    tag = operator.get(f"/v1/models/{one}").headers["etag"]
    missing = activate(operator, one, None)
    assert (missing.status_code, missing.json()["code"]) == (428, "precondition_required")
    for wrong in ('"999"', f"W/{tag}", "1", "", "nonsense", f"{tag} oops"):
        answer = activate(operator, one, wrong)
        assert (answer.status_code, answer.json()["code"]) == (412, "version_mismatch"), wrong
    assert operator.get(f"/v1/models/{model_id}").json()["state"] == "active"
    assert activate(operator, one, f'"999", {tag}').status_code == 200
    stale = activate(operator, two, tag)
    assert (stale.status_code, stale.json()["code"]) == (412, "version_mismatch")
    assert activate(operator, two, "*").status_code == 200


def rival(client: httpx.Client, tag: str, together: threading.Barrier, model: str) -> httpx.Response:
    together.wait(5)
    return activate(client, model, tag)


def test_of_two_activations_at_once_one_fails(operator: httpx.Client, tmp_path: Path) -> None:
    models = [registered(operator, tmp_path, seed) for seed in (1, 2, 3)]
    for _ in range(5):
        items = operator.get("/v1/models").json()["items"]
        rivals = [item["id"] for item in items if item["id"] in models and item["state"] != "active"][:2]
        tag = operator.get(f"/v1/models/{models[0]}").headers["etag"]
        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(partial(rival, operator, tag, threading.Barrier(2)), rivals))
        assert sorted(answer.status_code for answer in answers) == [200, 412]
        states = {item["id"]: item["state"] for item in operator.get("/v1/models").json()["items"]}
        won = [model for model, answer in zip(rivals, answers, strict=True) if answer.status_code == 200]
        assert [model for model, state in states.items() if state == "active"] == won


def test_the_active_model_is_not_retired(operator: httpx.Client, model_id: str, tmp_path: Path) -> None:
    refused = operator.post(f"/v1/models/{model_id}/retire")
    assert (refused.status_code, refused.json()["code"]) == (409, "model_active")
    other = registered(operator, tmp_path)
    for _ in range(2):
        assert operator.post(f"/v1/models/{other}/retire").json()["state"] == "retired"


def test_page_by_page(operator: httpx.Client, model_id: str, tmp_path: Path) -> None:
    made = [registered(operator, tmp_path, seed) for seed in range(3)]
    answer = operator.get("/v1/models", params={"limit": 2})
    seen = [item["id"] for item in answer.json()["items"]]
    while "next" in answer.links:
        answer = operator.get(answer.links["next"]["url"])
        seen += [item["id"] for item in answer.json()["items"]]
    assert seen == [*reversed(made), model_id]


def test_who_may_what(base_url: str, client: httpx.Client, gateway_database: Database, model_id: str) -> None:
    manager = clinics.create_clinic(gateway_database, "Manager", (Scope.MODELS_MANAGE,))
    reads = ["/v1/models", f"/v1/models/{model_id}"]
    changes = ["/v1/models", f"/v1/models/{model_id}/activate", f"/v1/models/{model_id}/retire"]
    with client_of(base_url, manager) as managing:
        assert [managing.get(path).status_code for path in reads] == [200] * 2
        assert managing.get(f"{reads[1]}/card").status_code == 404
        assert [managing.post(path).json()["code"] for path in changes] == ["forbidden"] * 3
    assert [client.get(path).json()["code"] for path in reads] == ["forbidden"] * 2
    assert [client.post(path).json()["code"] for path in changes] == ["forbidden"] * 3


def test_what_is_not_there(operator: httpx.Client, model_id: str) -> None:
    path = f"/v1/models/{new_id(IdPrefix.MODEL)}"
    answers = [operator.get(path), operator.get(f"{path}/card"), operator.post(f"{path}/retire")]
    answers += [
        operator.post(f"{path}/activate", headers={"If-Match": "*"}),
        operator.get(f"/v1/models/{model_id}/card"),
    ]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(404, "not_found")] * 5


def test_models_that_are_none(operator: httpx.Client, worker_database: Database, tmp_path: Path) -> None:
    files = files_of(tmp_path)
    others = files_of(tmp_path, 2)
    no_safetensors = b"PK\x03\x04 a pickle in a zip" * 9
    named = json.loads(files["manifest"])["weights"] | {"sha256": hashlib.sha256(no_safetensors).hexdigest()}
    for form, code, field in (
        (files | {"manifest": b"{"}, "validation", ["body", "manifest"]),
        (changed(files, temperature=-1), "validation", ["body", "manifest", "temperature"]),
        (changed(files, surprise="secret-value"), "validation", ["body", "manifest", "surprise"]),
        (changed(files, backends=["a\0b"]), "validation", ["body", "manifest"]),
        ({"manifest": files["manifest"]}, "validation", ["body", "weights"]),
        ({"weights": files["weights"]}, "validation", ["body", "manifest"]),
        (files | {"card": b"\xff"}, "validation", ["body", "card"]),
        (files | {"labels": b"x"}, "validation", ["body", "form"]),
        (files | {"weights": others["weights"]}, "weights_mismatch", None),
        (files | {"weights": b""}, "weights_mismatch", None),
        (changed(files, weights=named) | {"weights": no_safetensors}, "weights_invalid", None),
        (files | {"manifest": b" " * 300_000}, "too_large", None),
    ):
        answer = register(operator, form)
        assert answer.json()["code"] == code, answer.text
        assert "secret-value" not in answer.text
        if field is not None:
            assert answer.json()["errors"][0]["loc"] == field
    assert operator.post("/v1/models", json={}).json()["code"] == "unsupported_media"
    with worker_database.transaction() as session:
        assert len(session.scalars(select(ModelVersion.id)).all()) == 1


def head(key: str | None, length: int | None, *more: str) -> bytes:
    lines = ["POST /v1/models HTTP/1.1", "Host: x", "Content-Type: multipart/form-data; boundary=b", *more]
    lines += ["Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"]
    lines += [] if key is None else [f"Authorization: Bearer {key}"]
    return "\r\n".join([*lines, "", ""]).encode()


def test_before_the_body(base_url: str, clinic: CreatedKey, operator_key: CreatedKey) -> None:
    for key, length, status in (
        (None, None, b"401"),
        (clinic.key, None, b"403"),
        (operator_key.key, 10**9, b"413"),
    ):
        with connect(base_url) as peer:
            sent, answer = send_until_answered(peer, head(key, length), chunked=length is None)
        assert answer.startswith(b"HTTP/1.1 " + status), answer
        assert sent <= 64 * 1024


def test_one_model_is_taken_in_at_a_time(
    base_url: str, operator: httpx.Client, operator_key: CreatedKey, tmp_path: Path
) -> None:
    with connect(base_url) as slow:
        # The server asks for the body once the request holds the place.
        slow.sendall(head(operator_key.key, 100_000, "Expect: 100-continue"))
        assert slow.recv(64).startswith(b"HTTP/1.1 100 ")
        answer = register(operator, files_of(tmp_path))
        assert (answer.status_code, answer.json()["code"]) == (503, "busy")
        assert answer.headers["retry-after"] == "1"
    deadline = time.monotonic() + 5
    while (answer := register(operator, files_of(tmp_path))).status_code == 503:
        assert time.monotonic() < deadline, "who leaves makes room"
    assert answer.status_code in {200, 201}


@pytest.mark.usefixtures("store", "model_id")
def test_weights_are_cut_off_at_the_limit(gateway_settings: GatewaySettings, operator_key: CreatedKey) -> None:
    narrow = gateway_settings.model_copy(update={"max_model_bytes": 1_000_000})
    opened = b'--b\r\nContent-Disposition: form-data; name="weights"\r\n\r\n'
    with serving(narrow) as url, connect(url) as peer:
        start = head(operator_key.key, None) + b"%x\r\n%b\r\n" % (len(opened), opened)
        sent, answer = send_until_answered(peer, start, chunked=True)
    assert answer.startswith(b"HTTP/1.1 413"), answer
    assert sent < 3_000_000
