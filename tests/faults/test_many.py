"""Past one machine: several processes of every service on one Postgres, broker and store, and one of each killed.

They share nothing but these three, so that they might as well stand on several machines; docs/install.md says how.
"""

from __future__ import annotations

import json
import os
import signal
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Final

from services.standalone.ports import free_port
from services.standalone.stack import answers_ready
from tests.faults.judge import judge
from tests.faults.load import Load, client_for
from tests.faults.row import Row, line
from tests.faults.world import World, open_world
from tests.integration.notifier.receivers import Receiver

if TYPE_CHECKING:
    from tests.faults.lab import Lab
    from tests.faults.supervised import Supervised

PHOTOS: Final = 40
"""To each of the two gateways."""


def gateways(world: World) -> tuple[list[Supervised], list[str]]:
    ports = [world.port, free_port()]
    allowed = {"WEBHOOK_ALLOWED_HOSTS": "127.0.0.1"}
    started = [world.start("gateway", "services.gateway.main", PORT=str(port), **allowed) for port in ports]
    return started, [f"http://127.0.0.1:{port}" for port in ports]


def notifiers(world: World) -> list[Supervised]:
    env = {"WEBHOOK_ALLOWED_HOSTS": "127.0.0.1", "PUBLIC_URL": "https://lesionlens.example"}
    return [world.start("notifier", "services.notifier.worker", **env) for _ in range(2)]


def test_several_of_each_share_the_work_and_one_of_each_may_die(lab: Lab) -> None:
    row = Row("MANY", "several of each service, one of each killed")
    with open_world(lab, "many") as world, Receiver() as receiver:
        entries, urls = gateways(world)
        leaders = [world.start_maintenance() for _ in range(2)]
        workers = [world.start_worker() for _ in range(3)]
        senders = notifiers(world)
        assert world.until(lambda: all(map(answers_ready, urls)), 60)
        world.until_ready(workers)
        subscribe(lab, urls[0], receiver)
        loads = [Load(partial(client_for, url, lab.clinic_key), f"many-{url[-5:]}", PHOTOS) for url in urls]
        world.until(lambda: all(load.submitted > PHOTOS // 4 for load in loads), 60)
        leading = next(each for each in leaders if each.events("leading"))
        for process in (entries[1], leading, workers[0], senders[0]):
            os.kill(process.pid, signal.SIGKILL)
            row.kills += 1
        assert world.until(lambda: all(load.done for load in loads), 120)
        world.settle()
        judge(world, row, loads)
        world.until(lambda: not waiting(world), 60)
        told = Counter(json.loads(seen.body)["data"]["case_id"] for seen in receiver.requests)
        accepted = {case_id for load in loads for case_id in load.accepted.values()}
        row.require("every case's end was told to the receiver", set(told) == accepted)
        at_work = world.rows("SELECT count(DISTINCT worker) FROM runs WHERE state = 'succeeded'")[0][0]
        row.require(f"{at_work} workers shared the work", at_work >= 2)
        took_over = next(each for each in leaders if each is not leading)
        row.require("the other maintenance leads", bool(took_over.events("leading")))
    assert row.passed, "\n".join([line(row), *row.problems])


def subscribe(lab: Lab, url: str, receiver: Receiver) -> None:
    with client_for(url, lab.clinic_key) as api:
        answer = api.post("/v1/webhook-endpoints", json={"url": receiver.url})
        assert answer.status_code == 201, answer.text


def waiting(world: World) -> int:
    return int(world.rows("SELECT count(*) FROM deliveries WHERE state IN ('pending', 'sending')")[0][0])
