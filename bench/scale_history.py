"""A long history beside a short one, and what it takes: seconds of questions, and bytes of rows."""

import statistics
from collections.abc import Sequence
from contextlib import ExitStack, closing
from typing import Any, Final
from urllib.parse import urlsplit

import psycopg2
from rich.progress import track

from bench import scale_claims
from bench.history import SMALL, prepare, serving, store_of, timed
from services.standalone.servers import RunningServer, scratch_folder, start_postgres, start_s3
from shared.observability.logging import configure
from shared.settings import LogSettings

QUESTIONS: Final = ("submit a photo", "poll a case", "no filter", "state", "decision", "subject_ref", "lesion's line")
_BYTES: Final = """
SELECT relname, pg_relation_size(oid) + coalesce(pg_relation_size(nullif(reltoastrelid, 0)), 0), pg_indexes_size(oid)
  FROM pg_class WHERE relname IN ('cases', 'runs', 'results') ORDER BY relname
"""


def measure(cases: int, pairs: int, processes: Sequence[int], runs: int) -> dict[str, Any]:
    configure("bench", LogSettings(log_level="WARNING"))
    with ExitStack() as stack:
        folder = stack.enter_context(scratch_folder())
        server = stack.enter_context(start_postgres(folder / "postgres", durable=True))
        prepared = [prepare(server, name, size) for name, size in (("small", SMALL), ("large", cases))]
        store = store_of(stack.enter_context(start_s3(folder / "s3")))
        small, large = (stack.enter_context(serving(store, *one)) for one in prepared)
        found = timed(small, large, pairs, QUESTIONS)
        history = {name: _row(*both) for name, *both in track(found, "questions", total=len(QUESTIONS))}
        bytes_of = _bytes(server, cases)
        claims = scale_claims.measure(prepared[1][0], processes, runs)
    return {"cases": cases, "pairs": pairs, "history": history, "bytes_a_case": bytes_of, "claims": claims}


def _row(small: list[float], large: list[float]) -> dict[str, float]:
    """Milliseconds at the middle and at the 99th of a hundred, and the middle of the ratios of pairs."""
    ratio = statistics.median(big / little for little, big in zip(small, large, strict=True))
    found = {"ratio": round(ratio, 3)}
    for name, side in (("small", small), ("large", large)):
        ordered = sorted(side)
        found[f"{name}_p50_ms"] = round(1000 * statistics.median(ordered), 2)
        found[f"{name}_p99_ms"] = round(1000 * ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))], 2)
    return found


def _bytes(server: RunningServer, cases: int) -> dict[str, dict[str, float]]:
    """Return bytes of rows and of indexes for each case of the long history, by table."""
    superuser = urlsplit(server.url)._replace(path="/large").geturl()
    with closing(psycopg2.connect(superuser)) as connection, connection.cursor() as cursor:
        cursor.execute(_BYTES)
        return {
            name: {"rows": round(rows / cases, 1), "indexes": round(indexes / cases, 1)}
            for name, rows, indexes in cursor.fetchall()
        }
