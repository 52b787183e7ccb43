"""Reading cases, runs and histories."""

import itertools

import httpx
import pytest

from shared.contracts.ids import IdPrefix, new_id
from shared.db.session import Database
from shared.storage.s3 import S3Store
from tests.integration.gateway.photos import jpeg, submit
from tests.integration.gateway.worked_cases import GOOD, fail, finish, reject
from tests.integration.records import claim


def test_a_case_from_acceptance_to_result(client: httpx.Client, worker_database: Database, store: S3Store) -> None:
    link = submit(client, jpeg(1), {"client_ref": "r1"}).headers["location"]
    accepted = client.get(link)
    assert accepted.headers["etag"] == 'W/"1"'
    assert accepted.headers["cache-control"] == "private, no-cache"
    assert accepted.headers["vary"] == "Authorization"
    assert accepted.headers["retry-after"] == "1"

    run = finish(worker_database, store)
    answer = client.get(link)
    body = answer.json()
    assert answer.headers["etag"] == f'W/"{body["version"]}"' == 'W/"3"'
    assert "retry-after" not in answer.headers
    assert (body["state"], body["progress"]["phase"]) == ("completed", "done")
    assert body["client_ref"] == "r1"
    assert body["image"]["width"] == 320
    assert body["rejection"] is body["error"] is None
    result = body["result"]
    assert list(result["probabilities"]) == ["akiec", "bcc", "bkl", "df", "mel", "nv", "vasc"]
    assert sum(result["probabilities"].values()) == pytest.approx(1)
    assert result["run_id"] == run.run_id
    assert (result["decision"], result["label"]) == ("refer", "mel")
    assert result["explanation"]["peak"] == {"x": 10.0, "y": 20.0, "value": 3.5}
    assert result["quality"] == GOOD
    assert result["out_of_distribution"] == {"score": 1.25, "soft": 3.0, "hard": 5.0}
    assert "provenance" not in result
    assert all(body["links"].values())


def test_no_probability_before_the_end(client: httpx.Client, worker_database: Database) -> None:
    link = submit(client, jpeg(1)).headers["location"]
    claim(worker_database)
    body = client.get(link).json()
    assert (body["state"], body["progress"]["phase"], body["result"]) == ("processing", "inferring", None)
    assert body["links"]["overlay"] is None


def test_a_refused_photo(client: httpx.Client, worker_database: Database) -> None:
    link = submit(client, jpeg(1)).headers["location"]
    reject(worker_database)
    body = client.get(link).json()
    assert (body["state"], body["result"], body["error"]) == ("rejected", None, None)
    assert body["rejection"]["reasons"] == [{"code": "too_small", "message": "The photo is too small."}]
    assert (body["rejection"]["quality"]["accepted"], body["rejection"]["quality"]["short_side_px"]) == (False, 31)
    measured = {"sharpness", "mean_grey", "dark_share", "glare_share", "limits"}
    assert [body["rejection"]["quality"][name] for name in measured] == [None] * 5, "an older result tells no more"
    run = client.get(body["links"]["runs"]).json()["items"][0]
    assert (run["state"], run["rejection"]["reasons"][0]["code"]) == ("rejected", "too_small")


def test_a_failed_photo(client: httpx.Client, worker_database: Database) -> None:
    link = submit(client, jpeg(1)).headers["location"]
    fail(worker_database)
    body = client.get(link).json()
    assert (body["state"], body["result"], body["rejection"]) == ("failed", None, None)
    assert (body["error"]["code"], body["error"]["attempts"]) == ("undecodable_image", 1)
    assert body["error"]["detail"]


def test_a_version_that_is_known_is_not_sent_again(
    client: httpx.Client, worker_database: Database, store: S3Store
) -> None:
    link = submit(client, jpeg(1)).headers["location"]
    for header in ('W/"1"', '"1"', 'W/"7", W/"1"', "*"):
        answer = client.get(link, headers={"If-None-Match": header})
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["etag"] == 'W/"1"'
    finish(worker_database, store)
    assert client.get(link, headers={"If-None-Match": 'W/"1"'}).status_code == 200


def test_runs(client: httpx.Client, worker_database: Database, store: S3Store) -> None:
    case = submit(client, jpeg(1)).json()
    finish(worker_database, store)
    (run,) = client.get(case["links"]["runs"]).json()["items"]
    assert run == client.get(f"/v1/runs/{run['id']}").json()
    assert (run["state"], run["published"], run["attempts"], run["queue"]) == ("succeeded", True, 1, "live")
    assert run["result"]["label"] == "mel"
    assert run["started_at"] <= run["finished_at"]


def test_the_history_is_whole_and_newest_first(client: httpx.Client) -> None:
    made = [submit(client, jpeg(seed)).json()["id"] for seed in range(7)]
    seen: list[str] = []
    cursor = None
    for page in itertools.count():
        query: dict[str, str] = {"limit": "3"} if cursor is None else {"limit": "3", "cursor": cursor}
        body = client.get("/v1/cases", params=query).json()
        seen += [item["id"] for item in body["items"]]
        cursor = body["next_cursor"]
        if page == 0:
            # What arrives while somebody pages is new, so it is in front of the pages that are still to come.
            submit(client, jpeg(99))
        if cursor is None:
            break
    assert seen == list(reversed(made))
    assert client.get("/v1/cases", params={"limit": 8}).json()["next_cursor"] is None


def test_the_history_by_state(client: httpx.Client, worker_database: Database, store: S3Store) -> None:
    first, second = (submit(client, jpeg(seed)).json()["id"] for seed in range(2))
    finish(worker_database, store)
    ids = {
        state: [item["id"] for item in client.get("/v1/cases", params={"state": state}).json()["items"]]
        for state in ("completed", "accepted", "failed")
    }
    assert ids == {"completed": [first], "accepted": [second], "failed": []}


@pytest.mark.parametrize(
    "query", [{"cursor": "x"}, {"cursor": "a" * 300}, {"limit": "0"}, {"limit": "101"}, {"limit": "x"}, {"state": "x"}]
)
def test_bad_questions(client: httpx.Client, query: dict[str, str]) -> None:
    answer = client.get("/v1/cases", params=query)
    assert (answer.status_code, answer.json()["code"]) == (422, "validation")
    assert answer.json()["errors"][0]["loc"][0] == "query"


def test_another_clinics_ids_are_not_found(
    client: httpx.Client, stranger_client: httpx.Client, worker_database: Database, store: S3Store
) -> None:
    case = submit(client, jpeg(1)).json()
    run = finish(worker_database, store)
    pictures = [case["links"]["self"] + f"/{name}" for name in ("image", "heatmap", "layer", "overlay")]
    for link in (case["links"]["self"], case["links"]["runs"], f"/v1/runs/{run.run_id}", *pictures):
        assert client.get(link).status_code == 200, link
        foreign = stranger_client.get(link)
        assert (foreign.status_code, foreign.json()["code"]) == (404, "not_found"), link
    assert stranger_client.get("/v1/cases").json() == {"items": [], "next_cursor": None}
    unknown = client.get(f"/v1/cases/{new_id(IdPrefix.CASE)}").json()
    foreign_body = stranger_client.get(case["links"]["self"]).json()
    differing = {name for name in unknown if unknown[name] != foreign_body[name]}
    assert differing == {"instance", "request_id"}


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not_found"),
        ("GET", "/v1/cases/", 404, "not_found"),
        ("DELETE", "/v1/cases", 405, "method_not_allowed"),
        ("OPTIONS", "/v1/cases", 405, "method_not_allowed"),
        ("GET", "/v1/cases/..%2f", 404, "not_found"),
        ("GET", "/v1/cases/case_x", 422, "validation"),
    ],
)
def test_everything_else_is_a_problem_too(client: httpx.Client, method: str, path: str, status: int, code: str) -> None:
    answer = client.request(method, path, headers={"Origin": "https://elsewhere.example"})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert not [name for name in answer.headers if name.startswith("access-control")]
