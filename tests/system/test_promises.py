"""What the API promises beside the result: asked twice is done once, nobody sees another's data, nothing is lost."""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from contextlib import closing
from typing import TYPE_CHECKING

import psycopg2

from tests.system.pictures import draw_lesion, file_of
from tests.system.stack import ROOT, accepted, analysed, clean_environment, eventually, finished, post

if TYPE_CHECKING:
    from pathlib import Path

    import httpx
    from PIL import Image

    from tests.system.stack import Stack


def test_a_repeated_submission_is_the_same_case(api: httpx.Client, lesion: Image.Image) -> None:
    key, photo = str(uuid.uuid4()), file_of(lesion)
    first, again = post(api, photo, key, {"client_ref": "a"}), post(api, photo, key, {"client_ref": "a"})
    assert (first.status_code, again.status_code) == (202, 202)
    assert again.json()["id"] == first.json()["id"]
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    other = post(api, photo, key, {"client_ref": "b"})
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    finished(api, first.json())


def test_unchanged_is_answered_with_304(api: httpx.Client, lesion: Image.Image) -> None:
    case = analysed(api, file_of(lesion))
    url = f"/v1/cases/{case['id']}"
    first = api.get(url)
    assert first.headers["ETag"] == f'W/"{case["version"]}"'
    same = api.get(url, headers={"If-None-Match": first.headers["ETag"]})
    assert (same.status_code, same.content) == (304, b"")
    older = api.get(url, headers={"If-None-Match": f'W/"{case["version"] - 1}"'})
    assert older.status_code == 200
    assert "Retry-After" not in older.headers


def test_the_version_grows_and_never_shrinks(api: httpx.Client, lesion: Image.Image) -> None:
    case = accepted(api, file_of(lesion))
    seen = [(case["version"], case["state"])]

    def done() -> bool:
        body = api.get(f"/v1/cases/{case['id']}").json()
        if (body["version"], body["state"]) != seen[-1]:
            seen.append((body["version"], body["state"]))
        return bool(body["state"] == "completed")

    eventually(done, 60, "completed", every_s=0.01)
    versions = [version for version, _ in seen]
    assert versions == sorted(set(versions))


def test_the_list_shows_every_case_once(api: httpx.Client, lesion: Image.Image) -> None:
    mine = [accepted(api, file_of(lesion))["id"] for _ in range(5)]
    seen: list[str] = []
    cursor: str | None = None
    for _ in range(200):
        page = api.get("/v1/cases", params={"limit": 2} | ({"cursor": cursor} if cursor else {})).json()
        seen += [case["id"] for case in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None or set(mine) <= set(seen):
            break
    assert seen[:5] == mine[::-1], "newest first"
    assert len(seen) == len(set(seen))
    for case_id in mine:
        finished(api, {"id": case_id})
    done = api.get("/v1/cases", params={"state": "completed", "limit": 50}).json()["items"]
    assert {case["state"] for case in done} == {"completed"}
    assert api.get("/v1/cases", params={"cursor": "nonsense"}).status_code == 422


def new_clinic(stack: Stack, name: str) -> str:
    """Create a clinic with the command that an operator uses, and return its key."""
    facts = stack.facts
    settings = {"DATABASE_URL": facts["database_url"], "DATA_DIR": str(stack.data_dir)}
    command = [sys.executable, "-m", "services.gateway.clinics", "create", "--name", name, "--json"]
    done = subprocess.run(
        command, cwd=ROOT, env=clean_environment() | settings, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    key: str = json.loads(done.stdout)["key"]
    return key


def test_another_clinic_sees_nothing(stack: Stack, api: httpx.Client, lesion: Image.Image) -> None:
    case = analysed(api, file_of(lesion))
    paths = [f"/v1/cases/{case['id']}", f"/v1/runs/{case['result']['run_id']}"]
    paths += [f"/v1/cases/{case['id']}/{part}" for part in ("image", "heatmap", "layer", "overlay", "runs")]
    with stack.client(new_clinic(stack, f"other {uuid.uuid4().hex[:8]}")) as other:
        answers = [other.get(path) for path in paths]
        assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(404, "not_found")}
        assert other.get("/v1/cases").json()["items"] == []
        theirs = post(other, file_of(lesion), "shared-key")
        assert theirs.status_code == 202
        finished(other, theirs.json())
    assert {api.get(path).status_code for path in paths} == {200}
    assert post(api, file_of(lesion), "shared-key").json()["id"] != theirs.json()["id"], "keys belong to a clinic"


def test_a_photo_is_accepted_and_finished_without_the_broker(stack: Stack, api: httpx.Client, drawings: Path) -> None:
    photo = file_of(draw_lesion(drawings, seed=11))
    stack.kill("valkey")
    cases = [accepted(api, photo) for _ in range(3)]
    assert [finished(api, case)["state"] for case in cases] == ["completed"] * 3


def test_a_dead_worker_is_replaced(stack: Stack, api: httpx.Client, lesion: Image.Image) -> None:
    finished(api, accepted(api, file_of(lesion)))
    gone = stack.kill("inference")
    case = accepted(api, file_of(lesion))
    eventually(lambda: stack.facts["pids"].get("inference", gone) != gone, 60, "a new worker")
    assert finished(api, case)["state"] == "completed"


def test_no_photo_is_lost_with_a_worker_that_dies_at_work(stack: Stack, lesion: Image.Image) -> None:
    with stack.client() as api:
        cases = [accepted(api, file_of(lesion.rotate(step))) for step in range(16)]
        busy: dict[str, str | int] = {"state": "processing", "limit": 1}
        eventually(lambda: api.get("/v1/cases", params=busy).json()["items"], 30, "a case at work", every_s=0.005)
        stack.kill("inference")
        assert {finished(api, case, 90)["state"] for case in cases} == {"completed"}
        runs = [api.get(f"/v1/cases/{case['id']}/runs").json()["items"] for case in cases]
    assert {len(of_case) for of_case in runs} == {1}, "the same run goes on; a case has one"


def test_a_deadline_that_passes(stack: Stack, api: httpx.Client, lesion: Image.Image) -> None:
    stack.kill("inference")  # a new one needs longer to start than this photo may wait
    case = finished(api, accepted(api, file_of(lesion), deadline_s=1))
    assert (case["state"], case["result"]) == ("expired", None)


def test_the_record_adds_up(stack: Stack, api: httpx.Client, lesion: Image.Image) -> None:
    """The database's own audit, after broken photos, repeated requests, a dead broker and a dead worker."""
    finished(api, accepted(api, file_of(lesion)))
    with closing(psycopg2.connect(stack.facts["database_url"])) as connection, connection.cursor() as cursor:
        cursor.execute("SET ROLE lesionlens_gateway")
        cursor.execute("SELECT * FROM audit_violations()")
        assert cursor.fetchall() == []
        cursor.execute("SELECT sum(accepted), sum(open + terminal) FROM audit_balance()")
        ((sent, known),) = cursor.fetchall()
    assert sent == known > 0


def test_health_and_documentation_need_no_key(stack: Stack) -> None:
    with stack.client("") as client:
        assert client.get("/healthz").status_code == 200
        assert client.get("/readyz").status_code == 200
        assert client.get("/openapi.json").json()["paths"]["/v1/cases"]
        docs = client.get("/docs")
    assert docs.status_code == 200
    assert "cdn." not in docs.text, "the page works without the internet"
