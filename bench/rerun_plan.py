"""What it costs to plan a campaign over a long history: `python -m bench.rerun_plan [COUNT]`.

A Postgres of its own with COUNT generated cases of one clinic. Planned as the gateway plans, for an operator and for
the clinic; seconds, and by how much the process has grown at its largest.
"""

import argparse
import resource
import time
from contextlib import ExitStack, closing
from urllib.parse import urlsplit

import psycopg2
from alembic import command
from pydantic import SecretStr

from bench.generated_cases import generate
from migrations.__main__ import alembic_config
from services.gateway.clinics import service as clinics
from services.gateway.clinics.schemas import CLINIC_SCOPES
from services.gateway.clinics.tenant import Reach
from services.gateway.reruns import plan
from services.gateway.reruns.schemas import NewPlan, Selector
from services.standalone.servers import RunningServer, create_owner, scratch_folder, start_postgres
from shared.contracts.enums import Decision, Reprocess
from shared.contracts.ids import IdPrefix, new_id
from shared.db.session import Database, DatabaseRole, make_engine
from shared.observability.logging import configure
from shared.settings import DatabaseSettings, LogSettings

SELECTORS = {
    "every case": Selector(),
    "by decision": Selector(decision=Decision.REFER),
    "a sample of 1,000": Selector(sample=1000),
}


def prepare(server: RunningServer, count: int) -> tuple[str, str, str]:
    """Make a database with one clinic of `count` cases and a candidate; return its URL, the clinic and its key's id."""
    url = create_owner(server, database="bench", password="bench")  # noqa: S106  # a server of this minute, on loopback
    engine = make_engine(DatabaseSettings(database_url=SecretStr(url)), role=None)
    with engine.connect() as connection:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    engine.dispose()
    database = Database(make_engine(DatabaseSettings(database_url=SecretStr(url)), DatabaseRole.GATEWAY))
    key = clinics.create_clinic(database, "bench", CLINIC_SCOPES)
    database.close()
    assert key.clinic_id
    generate(urlsplit(server.url)._replace(path="/bench").geturl(), key.clinic_id, count)
    return url, key.clinic_id, key.key_id


def add_candidate(server: RunningServer) -> str:
    model = new_id(IdPrefix.MODEL)
    with closing(psycopg2.connect(urlsplit(server.url)._replace(path="/bench").geturl())) as made, made:
        made.cursor().execute(
            "INSERT INTO model_versions (id, name, version, state, manifest, weights_sha256, weights_key)"
            " VALUES (%s, 'target', %s, 'candidate', '{}', '2', 'models/none')",
            (model, model),
        )
    return model


def measure(database: Database, clinic_id: str, key_id: str, target: str) -> None:
    print("| who | selected | members | planned | s | grown by MB |\n|---|---|---|---|---|---|")
    for who, reach in (
        ("operator", Reach(None, key_id, database)),
        ("clinic", Reach(clinic_id, key_id, database)),
    ):
        for name, selector in SELECTORS.items():
            before, began = largest_mb(), time.perf_counter()
            made = plan.make_plan(reach, NewPlan(target_model=target, selector=selector, reprocess=Reprocess.MISSING))
            took, counts = time.perf_counter() - began, made.rerun.counts or {}
            grown = largest_mb() - before
            print(f"| {who} | {name} | {counts['selected']:,} | {counts['planned']:,} | {took:.1f} | {grown:.1f} |")


def largest_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.rerun_plan", description=__doc__)
    parser.add_argument("count", type=int, nargs="?", default=1_000_000, help="cases of the history")
    count = parser.parse_args().count
    configure("bench", LogSettings(log_level="WARNING"))
    with ExitStack() as stack:
        folder = stack.enter_context(scratch_folder())
        server = stack.enter_context(start_postgres(folder / "postgres"))
        url, clinic_id, key_id = prepare(server, count)
        target = add_candidate(server)
        database = Database(make_engine(DatabaseSettings(database_url=SecretStr(url)), DatabaseRole.GATEWAY))
        stack.callback(database.close)
        measure(database, clinic_id, key_id, target)


if __name__ == "__main__":
    main()
