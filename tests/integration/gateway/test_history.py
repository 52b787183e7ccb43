"""The history by filters and pages, the line of a lesion, and the plans by which Postgres reads them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import Select, text

from bench.generated_cases import CASES_OF_LESION, CASES_OF_SUBJECT, Generated, generate
from services.gateway.cases.repository import select_cases
from services.gateway.clinics.schemas import CreatedKey
from services.gateway.history.repository import line_statement, page_statement
from services.gateway.history.schemas import HistoryQuery
from services.gateway.paging import Position
from services.standalone.database_roles import with_login
from shared.contracts.enums import LesionClass
from shared.db.models import Case
from shared.db.session import Database, make_engine
from shared.storage.s3 import S3Store
from tests.integration.conftest import Servers, database_settings
from tests.integration.gateway.photos import jpeg, submit
from tests.integration.gateway.worked_cases import fail, finish, reject

COUNT = 20_000
START = datetime.now(UTC) - timedelta(seconds=20 * COUNT)
EARLY, LATE = (START + timedelta(seconds=20 * part * COUNT // 4) for part in (1, 3))
FILTERS: dict[str, dict[str, Any]] = {
    "none": {},
    "state": {"state": "completed"},
    "rare state": {"state": "accepted"},
    "client_ref": {"client_ref": "c17"},
    "subject_ref": {"subject_ref": "s17"},
    "lesion_ref": {"lesion_ref": "l17"},
    "decision": {"decision": "refer"},
    "label": {"label": "mel"},
    "decision and label": {"decision": "refer", "label": "mel"},
    "created": {"created_after": EARLY.isoformat(), "created_before": LATE.isoformat()},
    "updated": {"updated_after": EARLY.isoformat(), "updated_before": LATE.isoformat()},
    "unknown ref": {"client_ref": "nobody"},
}


@pytest.fixture
def history(servers: Servers, database_url: str, clinic: CreatedKey) -> Generated:
    assert clinic.clinic_id
    return generate(superuser_url(servers, database_url), clinic.clinic_id, COUNT)


def superuser_url(servers: Servers, database_url: str) -> str:
    login, _, rest = servers.postgres.url.removeprefix("postgresql://").partition("@")
    user, _, password = login.partition(":")
    assert rest
    return with_login(servers.postgres.url, user=user, password=password, database=database_url.rpartition("/")[2])


def pages(client: httpx.Client, path: str, **query: Any) -> Iterator[list[dict[str, Any]]]:
    """Follow `Link` from page to page."""
    answer = client.get(path, params=query)
    while True:
        assert answer.status_code == 200, answer.text
        yield answer.json()["items"]
        following = answer.links.get("next")
        assert (following is None) == (answer.json()["next_cursor"] is None)
        if following is None:
            return
        answer = client.get(following["url"])


def ids(found: list[dict[str, Any]]) -> list[str]:
    return [item["id"] for item in found]


def test_each_filter_finds_what_it_names_and_all_of_it(client: httpx.Client, history: Generated) -> None:
    def numbers(**query: Any) -> list[int]:
        return [
            int(id_.removeprefix("case_"))
            for page in pages(client, "/v1/cases", limit=100, **query)
            for id_ in ids(page)
        ]

    everything = list(range(COUNT, 0, -1))
    completed = [i for i in everything if i % 100 >= 8]
    assert numbers(client_ref="c17") == [17]
    assert numbers(subject_ref="s17") == [i for i in everything if i % (COUNT // CASES_OF_SUBJECT) == 17]
    assert numbers(lesion_ref="l17") == [i for i in everything if i % (COUNT // CASES_OF_LESION) == 17]
    assert numbers(state="rejected") == [i for i in everything if 4 <= i % 100 < 8]
    assert numbers(decision="refer", label="mel") == [i for i in completed if i % 5 == 0 and i % 7 == 4]
    assert numbers(label="vasc", state="failed") == []
    assert numbers(lesion_ref="l17", label="vasc") == [i for i in completed if i % (COUNT // 5) == 17 and i % 7 == 6]
    assert numbers(label="vasc") == [i for i in completed if i % 7 == 6]
    early, late = (f"case_{number:026d}" for number in (1000, 2000))
    first, last = (client.get(f"/v1/cases/{id_}").json() for id_ in (early, late))
    created = {"created_after": first["created_at"], "created_before": last["created_at"]}
    assert numbers(**created) == list(range(1999, 999, -1))
    assert numbers(updated_after=first["updated_at"], updated_before=last["updated_at"], state="failed") == [
        i for i in range(1999, 999, -1) if 0 < i % 100 < 4
    ]
    assert numbers(**created, subject_ref="s17") == [1017]
    assert numbers(created_before="0001-01-02T00:00:00Z") == []
    assert history.count == COUNT


def test_a_line_is_in_the_order_of_taking(client: httpx.Client) -> None:
    now = datetime.now(UTC)
    taken = [now - timedelta(days=days) for days in (1, 30, 7)]
    made = [
        submit(client, jpeg(seed), {"lesion_ref": "a:b", "captured_at": at.isoformat()}).json()["id"]
        for seed, at in enumerate(taken)
    ]
    undated = submit(client, jpeg(8), {"lesion_ref": "a:b"}).json()["id"]
    submit(client, jpeg(9), {"lesion_ref": "other"})
    for limit in (1, 2, 100):
        line = [id_ for page in pages(client, "/v1/lesions/a:b/cases", limit=limit) for id_ in ids(page)]
        assert line == [made[1], made[2], made[0], undated]
    assert client.get("/v1/lesions/nobody/cases").json() == {"items": [], "next_cursor": None}


def test_only_the_published_result_counts(client: httpx.Client, worker_database: Database, store: S3Store) -> None:
    melanoma, refused, broken = (submit(client, jpeg(seed)).json()["id"] for seed in range(3))
    finish(worker_database, store, LesionClass.MEL)
    reject(worker_database)
    fail(worker_database)
    assert ids(client.get("/v1/cases", params={"label": "mel", "decision": "refer"}).json()["items"]) == [melanoma]
    assert client.get("/v1/cases", params={"label": "nv"}).json()["items"] == []
    assert ids(client.get("/v1/cases").json()["items"]) == [broken, refused, melanoma]


def test_what_changes_while_somebody_pages_comes_first(
    client: httpx.Client, worker_database: Database, store: S3Store
) -> None:
    made = [submit(client, jpeg(seed)).json() for seed in range(3)]
    finish(worker_database, store)
    since = made[0]["updated_at"]
    found = client.get("/v1/cases", params={"updated_after": since}).json()["items"]
    assert ids(found) == [made[0]["id"], made[2]["id"], made[1]["id"]]
    newest = client.get("/v1/cases", params={"updated_after": found[0]["updated_at"]}).json()["items"]
    assert ids(newest) == [made[0]["id"]]


def test_another_clinics_history_is_empty(stranger_client: httpx.Client, client: httpx.Client) -> None:
    submit(client, jpeg(1), {"lesion_ref": "l", "client_ref": "c", "subject_ref": "s"})
    for query in ({"lesion_ref": "l"}, {"client_ref": "c"}, {"subject_ref": "s"}, {"state": "accepted"}):
        assert len(client.get("/v1/cases", params=query).json()["items"]) == 1
        assert stranger_client.get("/v1/cases", params=query).json()["items"] == []
    assert stranger_client.get("/v1/lesions/l/cases").json()["items"] == []


def test_a_cursor_counts_for_its_own_query_only(client: httpx.Client) -> None:
    for seed in range(3):
        submit(client, jpeg(seed), {"lesion_ref": "l", "subject_ref": "s"})
    first = client.get("/v1/cases", params={"limit": 1, "subject_ref": "s"})
    cursor = first.json()["next_cursor"]
    assert client.get("/v1/cases", params={"limit": 2, "subject_ref": "s", "cursor": cursor}).status_code == 200
    line_cursor = client.get("/v1/lesions/l/cases", params={"limit": 1}).json()["next_cursor"]
    since = "2000-01-01T00:00:00Z"
    for path, query in (
        ("/v1/cases", {"cursor": cursor}),
        ("/v1/cases", {"cursor": cursor, "subject_ref": "t"}),
        ("/v1/cases", {"cursor": cursor, "subject_ref": "s", "state": "accepted"}),
        ("/v1/cases", {"cursor": cursor, "subject_ref": "s", "created_after": since}),
        ("/v1/lesions/l/cases", {"cursor": cursor}),
        ("/v1/lesions/m/cases", {"cursor": line_cursor}),
    ):
        answer = client.get(path, params=query)
        assert (answer.status_code, answer.json()["code"]) == (422, "validation")
        assert answer.json()["errors"][0]["code"] == "cursor_of_another_query"


@pytest.mark.parametrize(
    "query",
    [
        {"lesionref": "l"},
        {"lesion_ref": "a b"},
        {"decision": "maybe"},
        {"label": "x"},
        {"created_after": "2026-01-01T00:00:00"},
        {"updated_before": "yesterday"},
    ],
)
def test_questions_that_are_not_understood_are_refused(client: httpx.Client, query: dict[str, str]) -> None:
    answer = client.get("/v1/cases", params=query)
    assert (answer.status_code, answer.json()["code"]) == (422, "validation")
    assert answer.json()["errors"][0]["loc"] == ["query", next(iter(query))]


def plan_of(database: Database, clinic_id: str, statement: Select[Any]) -> dict[str, Any]:
    compiled = statement.compile(dialect=database._engine.dialect)
    with database.transaction(clinic_id) as session:
        explained = session.connection().exec_driver_sql(
            f"EXPLAIN (ANALYZE, FORMAT JSON) {compiled}",
            compiled.params,
        )
        plan: dict[str, Any] = explained.scalar_one()[0]["Plan"]
    return plan


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", []):
        yield from nodes(part)


def assert_reads_what_it_shows(plan: dict[str, Any], limit: int) -> None:
    for node in nodes(plan):
        assert node["Node Type"] not in {"Seq Scan", "Sort", "Incremental Sort"}, plan
        # Where nearly every case fits, walking by the next best index and leaving a few out is as good.
        read = (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
        assert read <= 2 * (limit + 1), plan


def test_every_page_is_read_from_an_index(gateway_database: Database, history: Generated) -> None:
    for name, filters in FILTERS.items():
        query = HistoryQuery.model_validate({"limit": 20, **filters})
        middle = Position(
            history.case_id(COUNT // 2), EARLY + (LATE - EARLY) / 2 if query.order != "accepted" else None
        )
        for behind in (None, middle):
            plan = plan_of(gateway_database, history.clinic_id, page_statement(history.clinic_id, query, behind))
            few = name in {"subject_ref", "lesion_ref", "client_ref", "unknown ref"}
            if few and any(node["Node Type"] == "Sort" for node in nodes(plan)):
                # So few rows that Postgres may find and sort them; never by reading the table.
                assert all(node["Node Type"] != "Seq Scan" for node in nodes(plan)), name
            else:
                assert_reads_what_it_shows(plan, 20)
    for behind in (None, Position(history.case_id(17), EARLY)):
        plan = plan_of(gateway_database, history.clinic_id, line_statement(history.clinic_id, "l17", 21, behind))
        assert all(node["Node Type"] != "Seq Scan" for node in nodes(plan))


def shapes(database: Database, history: Generated) -> dict[str, list[tuple[str, str | None]]]:
    """Return by which kinds of nodes and which indexes each page is read, and one case."""
    statements: dict[str, Select[Any]] = {
        name: page_statement(history.clinic_id, HistoryQuery.model_validate({"limit": 20, **filters}), None)
        for name, filters in FILTERS.items()
    }
    statements["line"] = line_statement(history.clinic_id, "l17", 21, None)
    statements["case"] = select_cases().where(Case.id == history.case_id(17), Case.clinic_id == history.clinic_id)
    return {
        name: [(n["Node Type"], n.get("Index Name")) for n in nodes(plan_of(database, history.clinic_id, statement))]
        for name, statement in statements.items()
    }


def test_that_devices_are_confined_changes_no_plan_of_a_clinics(
    gateway_database: Database, history: Generated, servers: Servers, database_url: str
) -> None:
    confined = shapes(gateway_database, history)
    everything = make_engine(database_settings(superuser_url(servers, database_url)), role=None)
    with everything.begin() as connection:
        for table in ("cases", "runs", "results"):
            connection.execute(text(f"DROP POLICY own_subject ON {table}"))
    everything.dispose()
    assert shapes(gateway_database, history) == confined
