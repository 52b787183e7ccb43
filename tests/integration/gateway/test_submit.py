"""Submitting: what is promised, what is stored, what is refused."""

import hashlib

import httpx
import pytest
from sqlalchemy import Engine, text

from shared.db.session import Database
from shared.storage import keys
from shared.storage.s3 import S3Store
from tests.integration.gateway.photos import jpeg, submit

METADATA = {"client_ref": "visit-1", "subject_ref": "p1", "lesion_ref": "l1", "age": 40, "modality": "dermoscopy"}


def code_of(answer: httpx.Response) -> str:
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == answer.status_code
    assert body["request_id"] == answer.headers["x-request-id"]
    return str(body["code"])


def test_a_photo_is_accepted(client: httpx.Client, store: S3Store, owner_engine: Engine) -> None:
    photo = jpeg(1)
    answer = submit(client, photo, METADATA)
    assert answer.status_code == 202, answer.text
    body = answer.json()
    assert answer.headers["location"] == f"/v1/cases/{body['id']}" == body["links"]["self"]
    assert answer.headers["etag"] == 'W/"1"'
    assert int(answer.headers["retry-after"]) >= 1
    assert "server" not in answer.headers
    assert body["state"] == "accepted"
    assert body["progress"]["phase"] == "queued"
    assert {name: body[name] for name in METADATA} == METADATA
    assert body["result"] is body["rejection"] is body["error"] is body["image"] is None
    assert store.get(keys.incoming(body["id"])) == photo
    with owner_engine.connect() as connection:
        connection.execute(text("SET ROLE lesionlens_worker"))
        case = connection.execute(text("SELECT * FROM cases")).mappings().one()
        assert case["source_sha256"] == hashlib.sha256(photo).hexdigest()
        assert case["source_bytes"] == len(photo)
        assert connection.scalar(text("SELECT count(*) FROM runs WHERE state = 'queued'")) == 1
        assert connection.scalar(text("SELECT count(*) FROM events")) == 1


def test_without_metadata_and_with_a_deadline(client: httpx.Client) -> None:
    assert submit(client, jpeg(2)).json()["deadline_at"] is None
    assert submit(client, jpeg(2), {"deadline_s": 60}).json()["deadline_at"] is not None


@pytest.mark.parametrize(
    ("photo", "status", "code"),
    [
        (b"", 422, "empty_body"),
        (b"GIF89a" + b"\0" * 100, 415, "unsupported_media"),
        (b"\xff\xd8\xff\xe0 and nothing that follows", 422, "undecodable_image"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x27\x10\0\0\x27\x10\x08\x02\0\0\0\0\0\0\0", 422, None),
        (jpeg(3) + b"\0" * 15_000_000, 413, "too_large"),
    ],
)
def test_bad_photos_leave_nothing(
    client: httpx.Client, store: S3Store, photo: bytes, status: int, code: str | None
) -> None:
    answer = submit(client, photo)
    assert answer.status_code == status
    assert (
        code_of(answer) in {code, "undecodable_image", "image_too_large"} if code is None else code_of(answer) == code
    )
    assert list(store.list_keys("")) == []
    assert client.get("/v1/cases").json()["items"] == []


def test_a_chunked_body_is_cut_at_the_limit(client: httpx.Client) -> None:
    sent = 0

    def endless() -> object:
        nonlocal sent
        yield b'--b\r\nContent-Disposition: form-data; name="image"\r\n\r\n' + jpeg(4)
        while sent < 60_000_000:
            sent += 65536
            yield b"\0" * 65536

    answer = client.post(
        "/v1/cases",
        content=endless(),  # type: ignore[arg-type]
        headers={"Content-Type": "multipart/form-data; boundary=b"},
    )
    assert answer.status_code == 413
    assert answer.headers["connection"] == "close"
    assert code_of(answer) == "too_large"
    assert sent < 40_000_000


@pytest.mark.parametrize(
    ("metadata", "field"), [({"patient_name": "Jane"}, "patient_name"), ({"age": 400}, "age"), ({"sex": 1}, "sex")]
)
def test_bad_metadata_names_the_field(client: httpx.Client, metadata: dict[str, object], field: str) -> None:
    answer = submit(client, jpeg(5), metadata)
    assert answer.status_code == 422
    assert code_of(answer) == "validation"
    assert answer.json()["errors"][0]["loc"] == ["body", "metadata", field]
    assert "Jane" not in answer.text


@pytest.mark.parametrize(
    ("content", "media_type", "status", "code"),
    [
        (b"{}", "application/json", 422, "validation"),
        (b"junk", "multipart/form-data; boundary=x", 422, "malformed"),
        (b"--x\r\n", "multipart/form-data; boundary=x", 422, "malformed"),
        (b"--x--\r\n", "multipart/form-data; boundary=x", 422, "validation"),
        (b"", "multipart/form-data", 422, "malformed"),
    ],
)
def test_bad_forms(client: httpx.Client, content: bytes, media_type: str, status: int, code: str) -> None:
    answer = client.post("/v1/cases", content=content, headers={"Content-Type": media_type})
    assert (answer.status_code, code_of(answer)) == (status, code)


def test_no_active_model_is_no_promise(client: httpx.Client, owner_engine: Engine, store: S3Store) -> None:
    with owner_engine.begin() as connection:
        connection.execute(text("UPDATE model_versions SET state = 'retired'"))
    answer = submit(client, jpeg(6))
    assert (answer.status_code, code_of(answer)) == (503, "no_active_model")
    assert "retry-after" in answer.headers
    assert list(store.list_keys("")) == []


def test_a_failing_commit_is_never_a_promise(client: httpx.Client, owner_engine: Engine) -> None:
    with owner_engine.begin() as connection:
        connection.execute(
            text(
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
                " $$ BEGIN RAISE EXCEPTION 'Jane Doe, not today'; END $$"
            )
        )
        connection.execute(
            text(
                "CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON events DEFERRABLE INITIALLY DEFERRED"
                " FOR EACH ROW EXECUTE FUNCTION refuse()"
            )
        )
    answer = submit(client, jpeg(7), METADATA, key="k")
    assert (answer.status_code, code_of(answer)) == (500, "internal_error")
    assert "Jane" not in answer.text
    assert client.get("/v1/cases").json()["items"] == []
    with owner_engine.begin() as connection:
        connection.execute(text("DROP TRIGGER refuse ON events"))
    assert submit(client, jpeg(7), METADATA, key="k").status_code == 202


def test_a_clinic_sees_only_its_own_rows(client: httpx.Client, gateway_database: Database) -> None:
    """The filter is forgotten on purpose: Postgres itself answers with nothing."""
    assert submit(client, jpeg(8), key="k").status_code == 202
    tables = ("cases", "runs", "events", "idempotency_records", "results", "artifacts")
    for clinic_id in (None, "", "cli_someone_else"):
        with gateway_database.transaction(clinic_id) as session:
            counts = [session.scalar(text(f"SELECT count(*) FROM {table}")) for table in tables]  # noqa: S608
            assert counts == [0] * len(tables)
            assert session.scalar(text("SELECT current_user")) == "lesionlens_gateway"
