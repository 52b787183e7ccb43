"""Whether a page, a poll and a photo cost the same at 1,000,000 cases as at 1,000: `python -m bench.history [COUNT]`.

Two databases on one Postgres, a gateway before each, asked over HTTP in turn; medians of pairs. The large history takes
a few minutes to write, as rows alone: only the photos that the bench submits lie in the object store, which both share.
"""

import argparse
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import httpx
import psycopg2
import uvicorn
from alembic import command
from pydantic import SecretStr

from bench.generated_cases import Generated, generate
from migrations.__main__ import alembic_config
from services.gateway.clinics import service as clinics
from services.gateway.clinics.schemas import CLINIC_SCOPES
from services.gateway.main import create_app, server_config
from services.gateway.settings import GatewaySettings
from services.standalone.secret_files import new_fernet_key, new_password
from services.standalone.servers import RunningServer, create_owner, scratch_folder, start_postgres, start_s3
from shared.db.session import Database, DatabaseRole, make_engine
from shared.observability.logging import configure
from shared.settings import DatabaseSettings, LogSettings, StorageSettings
from shared.storage.s3 import S3Store

SMALL = 1000
PAIRS = 60
NOWHERE = "127.0.0.1:9"
SUBMIT = "POST"
SAMPLE = Path(__file__).parents[1] / "samples" / "lesion.jpg"


@dataclass(frozen=True)
class Side:
    client: httpx.Client
    history: Generated
    photo: tuple[str, bytes, str]

    def seconds(self, path: str) -> float:
        """Ask for `path`; submit a photo where it is `SUBMIT`."""
        started = time.perf_counter()
        answer = self.client.post("/v1/cases", files={"image": self.photo}) if path == SUBMIT else self.client.get(path)
        took = time.perf_counter() - started
        assert answer.is_success, answer.text
        return took


def prepare(server: RunningServer, name: str, count: int) -> tuple[str, str, Generated]:
    """Make a database with one clinic of `count` cases; return its URL, the clinic's key and the history."""
    url = create_owner(server, database=name, password="bench")  # noqa: S106  # a server of this minute, on loopback
    settings = DatabaseSettings(database_url=SecretStr(url), database_statement_timeout_ms=600_000)
    engine = make_engine(settings, role=None)
    with engine.connect() as connection:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    engine.dispose()
    database = Database(make_engine(settings, DatabaseRole.GATEWAY))
    key = clinics.create_clinic(database, name, CLINIC_SCOPES)
    database.close()
    assert key.clinic_id
    started = time.monotonic()
    superuser = urlsplit(server.url)._replace(path=f"/{name}").geturl()
    history = generate(superuser, key.clinic_id, count)
    with closing(psycopg2.connect(superuser)) as made, made, made.cursor() as cursor:
        cursor.execute("UPDATE model_versions SET state = 'active'")
    print(f"{count:>9,} cases written in {time.monotonic() - started:.0f} s")
    return url, key.key, history


@contextmanager
def serving(store: StorageSettings, url: str, key: str, history: Generated) -> Iterator[Side]:
    settings = GatewaySettings(
        database_url=SecretStr(url),
        redis_url=SecretStr(f"redis://{NOWHERE}/0"),
        s3_endpoint=store.s3_endpoint,
        s3_bucket=store.s3_bucket,
        s3_access_key=store.s3_access_key,
        s3_secret_key=store.s3_secret_key,
        secrets_keys=SecretStr(new_fernet_key()),
        address_key=SecretStr(new_password()),
        port=0,
    )
    server = uvicorn.Server(server_config(create_app(settings), settings))
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    headers = {"Authorization": f"Bearer {key}"}
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=60, trust_env=False) as client:
        yield Side(client, history, ("photo.jpg", SAMPLE.read_bytes(), "image/jpeg"))
    server.should_exit = True
    thread.join()


def store_of(server: RunningServer) -> StorageSettings:
    store = StorageSettings(
        s3_endpoint=server.url,
        s3_bucket="bench",
        s3_access_key=SecretStr(server.store.access_key),
        s3_secret_key=SecretStr(server.store.secret_key),
    )
    S3Store(store).ensure_bucket()
    return store


def paths_of(side: Side) -> dict[str, str]:
    """What is asked, for a history: the same number of cases in each answer, whatever the size of the history."""
    count = side.history.count
    middle = side.client.get(f"/v1/cases/{side.history.case_id(count // 2)}").json()
    after = str(httpx.QueryParams({"created_after": middle["created_at"]}))
    before = str(httpx.QueryParams({"updated_before": middle["updated_at"]}))
    following = side.client.get("/v1/cases?decision=refer").json()["next_cursor"]
    return {
        "submit a photo": SUBMIT,
        "poll a case": f"/v1/cases/{side.history.case_id(count // 2)}",
        "no filter": "/v1/cases",
        "state": "/v1/cases?state=completed",
        "subject_ref": "/v1/cases?subject_ref=s17",
        "lesion_ref": "/v1/cases?lesion_ref=l17",
        "client_ref": "/v1/cases?client_ref=c17",
        "decision": "/v1/cases?decision=refer",
        "decision, next page": f"/v1/cases?decision=refer&cursor={following}",
        "label": "/v1/cases?label=mel",
        "decision and label": "/v1/cases?decision=refer&label=mel",
        "created range": f"/v1/cases?{after}",
        "updated range": f"/v1/cases?{before}",
        "lesion's line": "/v1/lesions/l17/cases",
    }


def timed(
    small: Side, large: Side, pairs: int, names: Sequence[str] = ()
) -> Iterator[tuple[str, list[float], list[float]]]:
    """Yield each question, or those named, with the seconds of either side: asked in turn, after a warm-up."""
    of_small, of_large = paths_of(small), paths_of(large)
    for name in names or of_small:
        for side, path in ((small, of_small[name]), (large, of_large[name])):
            for _ in range(5):
                side.seconds(path)
        taken = [(small.seconds(of_small[name]), large.seconds(of_large[name])) for _ in range(pairs)]
        yield name, [little for little, _ in taken], [big for _, big in taken]


def measure(small: Side, large: Side) -> None:
    """Print a row a question: medians in ms, and the median of the ratios of pairs."""
    print(f"| asked for | ms at {small.history.count:,} | ms at {large.history.count:,} | ratio |\n|---|---|---|---|")
    for name, little, big in timed(small, large, PAIRS):
        ratio = statistics.median(b / a for a, b in zip(little, big, strict=True))
        print(
            f"| {name} | {1000 * statistics.median(little):.1f} | {1000 * statistics.median(big):.1f} | {ratio:.2f} |"
        )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.history", description=__doc__)
    parser.add_argument("count", type=int, nargs="?", default=1_000_000, help="cases of the large history")
    count = parser.parse_args().count
    configure("bench", LogSettings(log_level="WARNING"))
    with ExitStack() as stack:
        folder = stack.enter_context(scratch_folder())
        server = stack.enter_context(start_postgres(folder / "postgres"))
        prepared = [prepare(server, name, size) for name, size in (("small", SMALL), ("large", count))]
        store = store_of(stack.enter_context(start_s3(folder / "s3")))
        small, large = (stack.enter_context(serving(store, *one)) for one in prepared)
        measure(small, large)


if __name__ == "__main__":
    main()
