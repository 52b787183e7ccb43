"""R20: cases erased while workers that hold them are frozen just before they store something. Nothing may be left."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING, Any

from shared.storage import keys
from tests.faults.judge import judge
from tests.faults.photos import jpeg
from tests.faults.planted.handle import Planted
from tests.faults.row import Row
from tests.faults.search import places_with
from tests.faults.world import World, open_world

if TYPE_CHECKING:
    import httpx

    from tests.faults.experiment import Setting

_HELD_S = 120
_FEW = 3
_LIMIT_S = 30
_MARK = "planted-in-the-file"
_AFTER_THE_LEASE = """
ALTER TABLE erasures DISABLE TRIGGER erasures_guard;
UPDATE erasures SET requested_at = requested_at - interval '6 minutes';
ALTER TABLE erasures ENABLE TRIGGER erasures_guard;
"""


def erased_while_frozen(setting: Setting) -> Row:
    """R20. A worker for each object that it stores, frozen before it does; and one frozen before it says so.

    The bucket keeps old versions. The minutes until the last pass go by in the record alone.
    """
    row = Row("R20", "case erased under a frozen worker")
    with open_world(setting.lab, "r20") as world, world.lab.keeping_versions():
        world.start_gateway()
        world.start_maintenance()
        world.until_gateway()
        with Planted(world.environment(), world.folder / "planted.log") as planted, world.connect() as api:
            first = world.submit("r20-count", 1)
            # At least the one that has stored everything and not said so.
            sites = _sites(world, planted)[:: -1 if setting.size.zombies > _FEW else -2]
            setting.progress(row, f"{len(sites)} workers are frozen")
            cases, words = _submitted(api, len(sites))
            frozen = [planted.begin(site, number=signal.SIGSTOP, lease=_HELD_S) for site in sites]
            for pid in frozen:
                row.require("the worker stops before it stores", planted.wait(pid) is None)
            row.kills, row.submitted = len(frozen), len(cases)
            _erase(world, api, row, cases, words)
            _thaw(world, planted, row, frozen, cases)
            world.change(_AFTER_THE_LEASE)
            row.require("all is proved to be gone", world.until(lambda: not _open(world, "proved_at"), _LIMIT_S))
            answers = [api.get(f"/v1/cases/{case}").status_code for case in cases]
        row.require(f"erased cases are gone, not {answers}", set(answers) == {410})
        _search(world, row, cases, words)
        judge(world, row, [first])
    return row


def _sites(world: World, planted: Planted) -> list[int]:
    """Return the boundaries before each object is put, and the last one before anything is locked to be committed."""
    log = world.folder / "boundaries.json"
    ended = planted.wait(planted.begin(0, log=str(log)))
    assert ended == 0, (world.folder / "planted.log").read_text(encoding="utf-8")[-3000:]
    names: list[str] = json.loads(log.read_text(encoding="utf-8"))
    fetched = names.index("before get incoming")
    puts = [at for at, name in enumerate(names, 1) if at > fetched and name.startswith("before put")]
    return [*puts, names.index("before UPDATE runs SET", fetched)]


def _submitted(api: httpx.Client, count: int) -> tuple[list[str], list[str]]:
    """Submit so many photos; return their ids, and the words that only they have brought along."""
    hook = api.post("/v1/webhook-endpoints", json={"url": "https://receiver.example/", "payload": "full"})
    assert hook.status_code == 201, hook.text
    cases, words = [], [_MARK]
    for number in range(count):
        said = {name: f"planted-{name}-{number}" for name in ("client_ref", "subject_ref", "lesion_ref")}
        key = f"planted-key-{number}"
        photo = jpeg(1000 + number) + f"{_MARK}-{number}".encode()
        parts: dict[str, Any] = {"image": (f"{_MARK}.jpg", photo, "image/jpeg"), "metadata": (None, json.dumps(said))}
        answer = api.post("/v1/cases", files=parts, headers={"Idempotency-Key": key})
        assert answer.status_code == 202, answer.text
        cases.append(str(answer.json()["id"]))
        words += [*said.values(), key]
    return cases, words


def _erase(world: World, api: httpx.Client, row: Row, cases: list[str], words: list[str]) -> None:
    found = places_with(world, words)
    unseen = set(words) - set(found)
    row.require(f"each planted word is found before, or its absence says nothing: {sorted(unseen)}", not unseen)
    for case in cases:
        answer = api.delete(f"/v1/cases/{case}")
        row.require(f"the erasure is accepted, not {answer.status_code}: {answer.text}", answer.status_code == 202)
    removed = world.until(lambda: not _open(world, "objects_removed_at"), _LIMIT_S)
    row.require("the first pass has removed all that there was", removed and not _stored(world, cases))


def _thaw(world: World, planted: Planted, row: Row, frozen: list[int], cases: list[str]) -> None:
    """Let the workers go on. Each stores what it has, and its commit is refused: now there is something to find."""
    for pid in frozen:
        planted.go_on(pid)
    for pid in frozen:
        row.require("the worker ends in order", planted.wait(pid) == 0)
    late = _stored(world, cases)
    row.require("workers have stored something after the first pass", late)
    row.notes.append(f"{len(late)} objects were stored after the first pass")


def _search(world: World, row: Row, cases: list[str], words: list[str]) -> None:
    left = _stored(world, cases)
    row.require(f"objects of erased cases are left: {left[:3]}", not left)
    row.problems += [f"left: {word} in {', '.join(places)}" for word, places in places_with(world, words).items()]


def _open(world: World, column: str) -> int:
    return int(world.rows(f"SELECT count(*) FROM erasures WHERE {column} IS NULL")[0][0])  # noqa: S608


def _stored(world: World, cases: list[str]) -> list[str]:
    """Return the keys of all that is stored of the cases, in any version."""
    prefixes = [prefix for case in cases for prefix in keys.all_of(case)]
    return [key for key in world.lab.versions() if key.startswith(tuple(prefixes))]
