"""R13: stored cases run on another model beside live traffic, called off, run to the end, published and taken back."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any, Final

from services.gateway.clinics import service as clinics
from services.gateway.clinics.schemas import NewKey
from services.inference import registry
from services.inference.model.development import write_development_model
from shared.contracts.enums import Scope
from shared.db.session import Database, DatabaseRole, make_engine
from tests.faults.judge import judge
from tests.faults.lab import database_settings
from tests.faults.load import client_for
from tests.faults.row import Row, percentile
from tests.faults.world import World, open_world

if TYPE_CHECKING:
    import httpx

    from tests.faults.experiment import Setting

_LIMIT_S: Final = 900
_CALLED_OFF_AT: Final = 0.3
_STRANDS: Final = """
SELECT count(*) FROM rerun_items i LEFT JOIN runs r ON r.id = i.run_id
WHERE i.state IN ('planned', 'queued') OR r.state IN ('queued', 'running')
"""
_PUBLISHED: Final = "SELECT id, state, published_run_id, error_code FROM cases ORDER BY id"
_OF_CAMPAIGN: Final = """
SELECT count(*) FROM rerun_items i JOIN cases c ON c.published_run_id = i.run_id WHERE i.rerun_id = :rerun
"""
_RECOUNT: Final = """
SELECT count(*), count(*) FILTER (WHERE b.decision IS NOT DISTINCT FROM a.decision),
       count(*) FILTER (WHERE b.decision IS NOT DISTINCT FROM a.decision AND b.label IS NOT DISTINCT FROM a.label)
FROM rerun_items i JOIN results b ON b.run_id = i.base_run_id JOIN results a ON a.run_id = i.run_id
WHERE i.rerun_id = :rerun
"""
_WAITS: Final = """
SELECT extract(epoch FROM finished_at - enqueued_at) FROM runs
WHERE queue = 'live' AND enqueued_at BETWEEN to_timestamp(:began) AND to_timestamp(:ended)
"""


def campaign_beside_live(setting: Setting) -> Row:
    """R13. Nothing is stranded, the report is what a recount says, and a roll back restores everything."""
    row = Row("R13", "stored cases on another model, beside live")
    size = setting.size
    with open_world(setting.lab, "r13") as world:
        world.start_all()
        load = world.submit("r13", size.campaign_cases)
        world.settle()
        target, key = _second_model(world), _key(setting, world)
        with client_for(world.url, key) as api:
            _called_off(world, row, api, target)
            alone = _campaign(world, api, {"target_model": target, "selector": {"sample": size.campaign_cases // 2}})
            row.notes.append(f"alone: {alone.per_s:.0f} photos/s")
            beside = _beside_live(setting, world, row, api, target)
            judge(world, row, [load, *beside.loads])  # before anything is published: until then each case ends once
            _judged(world, row, api, beside.id)
        setting.progress(row, f"{size.campaign_cases} cases planned, called off, run, published and taken back")
    return row


class _Ended:
    """A campaign that has finished, and how fast it was."""

    def __init__(self, rerun_id: str, ended: int, seconds: float) -> None:
        self.id = rerun_id
        self.per_s = ended / seconds
        self.loads: list[Any] = []


def _second_model(world: World) -> str:
    folder = world.folder / "model"
    write_development_model(folder, seed=2)
    database = Database(make_engine(database_settings(world.database_url), DatabaseRole.WORKER))
    try:
        return registry.register(database, world.store, folder)[0]
    finally:
        database.close()


def _key(setting: Setting, world: World) -> str:
    database = Database(make_engine(database_settings(world.database_url), DatabaseRole.GATEWAY))
    try:
        return clinics.create_key(database, setting.lab.clinic_id, NewKey(scopes=[Scope.RERUNS_MANAGE])).key
    finally:
        database.close()


def _start(api: httpx.Client, plan: dict[str, Any]) -> str:
    planned = api.post("/v1/reruns/plan", json=plan).raise_for_status().json()
    api.post("/v1/reruns", json={"plan_id": planned["id"], "digest": planned["digest"]}).raise_for_status()
    return str(planned["id"])


def _look(api: httpx.Client, rerun_id: str) -> dict[str, Any]:
    found: dict[str, Any] = api.get(f"/v1/reruns/{rerun_id}").raise_for_status().json()
    return found


def _ended(items: dict[str, int]) -> int:
    return sum(items.get(state, 0) for state in ("succeeded", "rejected", "failed"))


def _called_off(world: World, row: Row, api: httpx.Client, target: str) -> None:
    """Cancel at 30 %: whatever is at work ends, and nothing is left behind."""
    rerun = _start(api, {"target_model": target, "reprocess": "all", "max_active": 8})
    world.until(lambda: (_look(api, rerun)["progress"] or 0) >= _CALLED_OFF_AT, _LIMIT_S)
    api.post(f"/v1/reruns/{rerun}/cancel").raise_for_status()
    row.require("a canceled campaign ends", world.until(lambda: _look(api, rerun)["state"] == "canceled", 60))
    stranded = world.rows(_STRANDS)[0][0]
    row.require(f"{stranded} are stranded by the cancel", stranded == 0)
    items = _look(api, rerun)["items"]
    row.notes.append(f"called off with {_ended(items)} of {sum(items.values())} run")


def _campaign(world: World, api: httpx.Client, plan: dict[str, Any]) -> _Ended:
    began = time.monotonic()
    rerun = _start(api, plan)
    finished = world.until(lambda: _look(api, rerun)["state"] == "finished", _LIMIT_S)
    assert finished, json.dumps(_look(api, rerun))
    items = _look(api, rerun)["items"]
    return _Ended(rerun, _ended(items), time.monotonic() - began)


def _beside_live(setting: Setting, world: World, row: Row, api: httpx.Client, target: str) -> _Ended:
    """Live traffic first alone, then with the rest of the campaign beside it; photos come one after the other."""
    size = setting.size
    began = time.time()
    calm = world.submit("r13-calm", size.campaign_live, threads=1, pause_s=size.campaign_pause_s)
    world.settle()
    middle = time.time()
    with world.load("r13-beside", 100_000, threads=1, pause_s=size.campaign_pause_s) as live:
        ended = _campaign(world, api, {"target_model": target, "reprocess": "all"})
    world.settle()
    waits = [
        [float(seconds) for (seconds,) in world.rows(_WAITS, began=first, ended=last)]
        for first, last in ((began, middle), (middle, time.time()))
    ]
    quick, slow = (1000 * (percentile(each, 0.95) or 0.0) for each in waits)
    row.notes.append(f"beside live: {ended.per_s:.0f} photos/s; live p95 {quick:.0f} ms alone, {slow:.0f} ms beside it")
    ended.loads = [calm, live]
    return ended


def _judged(world: World, row: Row, api: httpx.Client, rerun: str) -> None:
    """Recount the report; publish, and take that back."""
    report = api.get(f"/v1/reruns/{rerun}/report").raise_for_status().json()
    compared, same, agreeing = world.rows(_RECOUNT, rerun=rerun)[0]
    told = (report["compared"], report["compared"] - report["flips"], report["agreeing"])
    row.require(f"the report says {told}, a recount {compared, same, agreeing}", told == (compared, same, agreeing))
    before = world.rows(_PUBLISHED)
    promoted = api.post(f"/v1/reruns/{rerun}/promote", json={"scope": "all"}, timeout=300).raise_for_status().json()
    row.require(f"{promoted} of {compared} are published", promoted["promoted"] == compared)
    published = world.rows(_OF_CAMPAIGN, rerun=rerun)[0][0]
    row.require(f"{published} cases publish the campaign's result", published == compared)
    api.post(f"/v1/reruns/{rerun}/rollback", json={}, timeout=300).raise_for_status()
    row.require("a roll back restores every pointer and state", world.rows(_PUBLISHED) == before)
    row.problems += [f"audit: {each}" for each in world.rows("SELECT * FROM audit_violations()")[:5]]
    row.notes.append(f"{compared} compared, {report['flips']} decisions changed; published and taken back")
