"""/metrics over a real record: queue, phases, failures, webhooks and answers, as Prometheus reads them."""

import json
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Engine, text

from services.gateway.clinics.schemas import CreatedKey
from services.gateway.metrics import FIGURES
from shared.contracts.enums import LesionClass
from shared.db import lifecycle
from shared.db.session import Database
from shared.storage.s3 import S3Store
from tests.integration.gateway.photos import jpeg, submit
from tests.integration.gateway.worked_cases import finish
from tests.integration.records import claim
from tests.integration.shared.webhook_rows import add_endpoint

_QUANTILES = (0.05, 0.5, 0.95)
Read = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def read(client: httpx.Client) -> Read:
    told = client.get("/metrics").text
    return {
        (sample.name.removeprefix("lesionlens_"), tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(told)
        for sample in family.samples
    }


def of(found: Read, name: str, **labels: str) -> float | None:
    return found.get((name, tuple(sorted(labels.items()))))


def change(engine: Engine, statement: str) -> None:
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE runs DISABLE TRIGGER USER"))
        connection.execute(text(statement))
        connection.execute(text("ALTER TABLE runs ENABLE TRIGGER USER"))


def test_the_figures_are_those_of_the_record(
    client: httpx.Client, clinic: CreatedKey, gateway_database: Database, worker_database: Database,
    owner_engine: Engine, store: S3Store,
) -> None:  # fmt: skip
    assert clinic.clinic_id
    add_endpoint(gateway_database, clinic.clinic_id)
    for seed in range(3):
        assert submit(client, jpeg(seed)).status_code == 202
    finish(worker_database, store, LesionClass.MEL)
    (failing,) = claim(worker_database, limit=1)
    with worker_database.transaction() as session:
        lifecycle.record_failure(session, failing, "undecodable_image")
    earlier = "enqueued_at = now() - interval '95 seconds', next_attempt_at = now() - interval '90 seconds'"
    change(owner_engine, f"UPDATE runs SET {earlier} WHERE state = 'queued'")  # noqa: S608
    change(owner_engine, "UPDATE runs SET started_at = finished_at - interval '2 seconds' WHERE state = 'succeeded'")

    found = read(client)
    assert of(found, "runs_waiting", queue="live") == 1
    assert of(found, "runs_waiting", queue="bulk") == 0
    age = of(found, "queue_age_seconds", queue="live")
    assert age is not None
    assert 90 <= age < 95, "it counts from when the run was due"
    assert of(found, "queue_age_seconds", queue="bulk") == 0
    assert of(found, "runs_ended_lately", queue="live", state="succeeded") == 1
    assert of(found, "runs_ended_lately", queue="live", state="failed") == 1
    assert of(found, "runs_failed_last_hour", code="undecodable_image") == 1
    assert of(found, "claims_lately", queue="live") == 2
    assert of(found, "claim_runs_mean", queue="live") == 1
    assert of(found, "run_seconds", phase="work", quantile="0.95")
    assert of(found, "deliveries_due") == 2
    results = {key: value for key, value in found.items() if key[0] == "results_last_day"}
    assert sum(results.values()) == 1
    assert of(found, "photo_measure_last_day", measure="sharpness", quantile="0.5") == 42.5


def test_a_run_of_a_lapsed_lease_and_one_that_needed_two_attempts_show(
    client: httpx.Client, worker_database: Database, owner_engine: Engine, store: S3Store
) -> None:
    submit(client, jpeg(1))
    claim(worker_database, lease_s=-1)
    with worker_database.transaction() as session:
        assert lifecycle.lapse_leases(session)
    assert of(read(client), "leases_lapsed") == 1
    change(owner_engine, "UPDATE runs SET next_attempt_at = now()")
    finish(worker_database, store)
    with owner_engine.begin() as connection:  # what the gateway keeps for some seconds
        rows: list[Any] = list(connection.execute(text("SELECT name, value FROM figures_lately()")))
    told = {name: value for name, value in rows if name in {"leases_lapsed", "runs_retried_lately"}}
    assert told["leases_lapsed"] == 0
    assert ("runs_retried_lately", 1) in rows


REFERENCE: dict[str, Any] = {
    "labels": {"akiec": 0.1, "bcc": 0.1, "bkl": 0.1, "df": 0.0, "mel": 0.2, "nv": 0.5, "vasc": 0.0},
    "measures": {"sharpness": {"p05": 10.0, "p50": 50.0, "p95": 200.0}},
}


def test_drift_is_told_against_the_active_models_reference(
    client: httpx.Client, worker_database: Database, owner_engine: Engine, store: S3Store
) -> None:
    for seed in range(4):
        assert submit(client, jpeg(seed)).status_code == 202
    finish(worker_database, store, LesionClass.MEL)
    for _ in range(3):
        finish(worker_database, store, LesionClass.NV)
    with owner_engine.begin() as connection:
        connection.execute(text("UPDATE model_versions SET manifest = manifest - 'reference'"))
        assert list(connection.execute(text("SELECT * FROM figures_of_drift()"))) == [], "there is no reference"
        given = {"manifest": json.dumps({"reference": REFERENCE})}
        connection.execute(text("UPDATE model_versions SET manifest = CAST(:manifest AS jsonb)"), given)
        rows: list[Any] = list(connection.execute(text("SELECT * FROM figures_of_drift()")))
        version = connection.execute(text("SELECT version FROM model_versions")).scalar_one()
    found = {(name, *sorted(labels.items())): value for name, labels, value in rows}
    model = ("model", version)
    # Among four answers a quarter mel and three quarters nv: a fifth and a half were expected.
    assert found["label_mix_distance", model] == pytest.approx((0.1 + 0.1 + 0.1 + 0.05 + 0.25) / 2)
    assert found["label_share_reference", ("label", "mel"), model] == 0.2
    measured = {
        q: found["photo_measure_reference", ("measure", "sharpness"), model, ("quantile", q)] for q in _QUANTILES
    }
    assert measured == {0.05: 10.0, 0.5: 50.0, 0.95: 200.0}
    assert len(found) == 1 + 7 + 3
    assert of(read(client), "label_mix_distance", model=version) == found["label_mix_distance", model]


def test_every_figure_of_the_functions_has_its_words(owner_engine: Engine, worker_database: Database) -> None:
    with worker_database.transaction() as session:
        session.execute(text("SELECT 1"))
    with owner_engine.begin() as connection:
        sources = connection.execute(
            text("SELECT prosrc FROM pg_proc WHERE proname IN ('figures_lately', 'figures_of_day', 'figures_of_drift')")
        ).scalars()
        source = "".join(sources)
    assert {name for name in FIGURES if f"SELECT '{name}'" in source} == set(FIGURES)
    assert source.count("  SELECT '") == len(FIGURES)
