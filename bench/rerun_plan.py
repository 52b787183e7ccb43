"""What it costs to plan a campaign over a long history: `python -m bench.rerun_plan [COUNT]`.

A Postgres of its own with COUNT generated cases of one clinic. Planned as the gateway plans, for an operator and for
the clinic; seconds, and by how much the process has grown at its largest.
"""

import argparse
import resource
import time
from contextlib import ExitStack, closing
from itertools import product
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
from shared.contracts.access import ActorKind
from shared.contracts.enums import Decision, Reprocess
from shared.contracts.ids import IdPrefix, new_id
from shared.db.access_log import COMMAND_LINE, Origin
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


def targets(server: RunningServer) -> dict[str, str]:
    """Return a model that has run nothing, and the one whose results the cases have."""
    model = new_id(IdPrefix.MODEL)
    with closing(psycopg2.connect(urlsplit(server.url)._replace(path="/bench").geturl())) as made, made:
        cursor = made.cursor()
        cursor.execute(
            "INSERT INTO model_versions (id, name, version, state, manifest, weights_sha256, weights_key)"
            " VALUES (%s, 'target', %s, 'candidate', '{}', '2', 'models/none')",
            (model, model),
        )
        cursor.execute("SELECT id FROM model_versions WHERE name = 'generated'")
        (present,) = cursor.fetchone() or (None,)
    return {"new": model, "the present one": present}


def measure(database: Database, clinic_id: str, key_id: str, models: dict[str, str]) -> None:
    print("| who | model | selected | members | planned | s | grown by MB |\n|---|---|---|---|---|---|---|")
    for who, reach in (
        ("operator", Reach(None, key_id, database, COMMAND_LINE)),
        (
            "clinic",
            Reach(clinic_id, key_id, database, Origin(ActorKind.CLINIC_KEY, clinic_id=clinic_id, key_id=key_id)),
        ),
    ):
        for (model, target), (name, selector) in product(models.items(), SELECTORS.items()):
            before, began = largest_mb(), time.perf_counter()
            made = plan.make_plan(reach, NewPlan(target_model=target, selector=selector, reprocess=Reprocess.MISSING))
            took, counts = time.perf_counter() - began, made.rerun.counts or {}
            told = [who, model, name, f"{counts['selected']:,}", f"{counts['planned']:,}", f"{took:.1f}"]
            print(f"| {' | '.join([*told, f'{largest_mb() - before:.1f}'])} |", flush=True)


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
        models = targets(server)
        database = Database(make_engine(DatabaseSettings(database_url=SecretStr(url)), DatabaseRole.GATEWAY))
        stack.callback(database.close)
        measure(database, clinic_id, key_id, models)


if __name__ == "__main__":
    main()
