"""R6 and R7: one key, one case, whoever posts it how often, and whenever the gateway dies."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

import httpx

from tests.faults.judge import judge
from tests.faults.load import form
from tests.faults.photos import jpeg
from tests.faults.row import Row
from tests.faults.world import World, open_world

if TYPE_CHECKING:
    from tests.faults.experiment import Setting

_ALLOWED = {202, 409}


def one_key_many_posts(setting: Setting) -> Row:
    """R6. All at once: one makes the case, the others get the same answer or a 409."""
    row = Row("R6", "one key posted many times at once")
    size = setting.size
    statuses: Counter[int] = Counter()
    with open_world(setting.lab, "r6") as world:
        world.start_all()
        for number in range(size.same_key_keys):
            key = f"r6-{number}"
            answers = asyncio.run(_all_at_once(world, key, size.same_key_posts))
            statuses.update(answer.status_code for answer in answers)
            cases = {answer.json()["id"] for answer in answers if answer.status_code == 202}
            rows = world.rows("SELECT id FROM cases WHERE client_ref = :key", key=key)
            row.require(f"{key}: answers name {len(cases)} cases, the record {len(rows)}", len(cases) == len(rows) == 1)
            row.lost += len(cases - {case_id for (case_id,) in rows})
            setting.progress(row, f"{number + 1} keys: {dict(statuses)}")
        world.settle()
        judge(world, row, [])
    row.submitted = size.same_key_keys * size.same_key_posts
    row.require(f"only 202 and 409, not {dict(statuses)}", set(statuses) <= _ALLOWED)
    row.notes.append(f"{size.same_key_keys} keys, answers {dict(statuses)}")
    return row


async def _all_at_once(world: World, key: str, count: int) -> list[httpx.Response]:
    limits = httpx.Limits(max_connections=count)
    headers = {"Authorization": f"Bearer {world.lab.clinic_key}", "Idempotency-Key": key}
    photo = jpeg(sum(key.encode()))
    async with httpx.AsyncClient(base_url=world.url, timeout=60, limits=limits, trust_env=False) as api:
        posts = (api.post("/v1/cases", files=form(photo, key), headers=headers) for _ in range(count))
        return list(await asyncio.gather(*posts))


def killed_before_the_answer(setting: Setting) -> Row:
    """R7. The gateway dies right before or right after its commit; the client, who got nothing, asks again."""
    row = Row("R7", "gateway killed between commit and answer")
    with open_world(setting.lab, "r7") as world:
        order = world.folder / "die"
        world.start_gateway("tests.faults.planted.gateway", str(order))
        world.start_maintenance()
        world.until_gateway()
        loads = []
        for number in range(setting.size.answer_kills):
            order.write_text(("after", "before")[number % 2], encoding="utf-8")
            load = world.submit(f"r7-{number}", 1)
            loads.append(load)
            row.require("the gateway died", not order.exists() and load.answers["no answer"])
            row.require("the repetition is accepted", load.submitted == 1)
            row.kills += 1
            setting.progress(row, f"{row.kills} killed")
        world.until_ready([world.start_worker()])
        world.settle()
        judge(world, row, loads)
        cases = world.rows("SELECT count(*) FROM cases")[0][0]
        row.require(f"{row.submitted} photos made {cases} cases", cases == row.submitted)
    return row
