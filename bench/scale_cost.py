"""What one photo costs on the real product: rows, bytes of the record's log, objects, seconds of processor."""

import os
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from rich.progress import track
from sqlalchemy import text

from bench import photos
from bench.product import Product, product
from services.standalone.processes import family
from services.standalone.state import read_state
from shared.storage.s3 import make_client

_CALLERS: Final = 8
_ROWS: Final = text(
    "SELECT relname, n_tup_ins, n_tup_upd, n_tup_del FROM pg_stat_user_tables"
    " WHERE n_tup_ins + n_tup_upd + n_tup_del > 0"
)
_SIZES: Final = text("SELECT relname, pg_total_relation_size(relid) FROM pg_stat_user_tables")
_LOG: Final = text("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn")
_SETTLE_S: Final = 3.0
# It is the parent of all others, whose time would count twice.
_PARENT: Final = "supervisor"


def measure(count: int) -> dict[str, Any]:
    """Send photos as an app does: submit, wait for the end in long polls, look at photo and overlay once."""
    with product() as running:
        for number in range(8):
            _use(running, number)
        before = _state(running)
        with ThreadPoolExecutor(_CALLERS) as pool:
            list(track(pool.map(lambda number: _use(running, number), range(8, 8 + count)), "photos", total=count))
        after = _state(running)
    return {"cost": {"photos": count, **{name: _each(before[name], after[name], count) for name in before}}}


def _use(running: Product, number: int) -> None:
    sent = running.submit(photos.photo(photos.SMALL, number))
    state = running.wait_for(sent.case_id)
    assert state == "completed", state
    for part in ("image", "overlay"):
        running.api.get(f"/v1/cases/{sent.case_id}/{part}").raise_for_status()


def _state(running: Product) -> dict[str, dict[str, float]]:
    """Return running totals, once what follows a photo (seals, deleted originals, statistics) is over."""
    time.sleep(_SETTLE_S)
    with running.owner.transaction() as session:
        session.execute(text("SELECT pg_stat_clear_snapshot()"))
        rows = session.execute(_ROWS).all()
        log = float(session.execute(_LOG).scalar_one())
        sizes = {name: float(size) for name, size in session.execute(_SIZES)}
    writes = {f"{name} {what}": float(number) for name, *all_ in rows for what, number in zip(_WHAT, all_, strict=True)}
    seconds, objects = _core_seconds(running), _objects(running)
    return {"writes": writes, "sizes": sizes, "log": {"bytes": log}, "objects": objects, "core_s": seconds}


_WHAT: Final = ("inserted", "updated", "deleted")


def _objects(running: Product) -> dict[str, float]:
    found: Counter[str] = Counter()
    where = running.facts["s3"]
    pages = make_client(running.store_settings).get_paginator("list_objects_v2").paginate(Bucket=where["bucket"])
    for each in (entry for page in pages for entry in page.get("Contents", [])):
        folder = each["Key"].split("/", 1)[0]
        found[f"{folder} objects"] += 1
        found[f"{folder} bytes"] += each["Size"]
    return dict(found)


def _core_seconds(running: Product) -> dict[str, float]:
    pids = read_state(running.folder)["pids"]
    return {service: sum(map(_of_process, family([pid]))) for service, pid in pids.items() if service != _PARENT}


def _of_process(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except OSError:
        return 0.0
    # Its own, and its children's that have ended.
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def _each(before: dict[str, float], after: dict[str, float], count: int) -> dict[str, float]:
    found = {name: round((value - before.get(name, 0)) / count, 4) for name, value in after.items()}
    return {name: value for name, value in sorted(found.items()) if value}
