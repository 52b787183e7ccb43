"""Looks for words everywhere: in each row of each table, each version of each object, the broker, and every log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import redis

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tests.faults.world import World

_TABLES = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"


def places_with(world: World, words: Sequence[str]) -> dict[str, list[str]]:
    """Return, by word, every place that has it; words that are nowhere are not in the answer."""
    found: dict[str, list[str]] = {}
    for place, text in _places(world):
        for word in words:
            if word in text:
                found.setdefault(word, []).append(place)
    return found


def _places(world: World) -> Iterator[tuple[str, str]]:
    for (table,) in world.rows(_TABLES):
        rows = world.rows(f'SELECT t::text FROM "{table}" t')  # noqa: S608
        yield f"the table {table}", "\n".join(str(line) for (line,) in rows)
    for key, content in world.lab.versions().items():
        yield f"the object {key}", "\n".join([key, *(each.decode("latin-1") for each in content)])
    for key, value in _broker(world):
        yield f"the broker's {key}", f"{key} {value}"
    for process in world.processes:
        yield f"the log of the {process.name}", "\n".join(process.lines)
    for path in world.folder.glob("*.log"):
        yield f"the file {path.name}", path.read_text(encoding="utf-8", errors="replace")
    for server in (world.lab.postgres, world.lab.valkey, world.lab.s3):
        yield f"the log of {server.name}", server.log


def _broker(world: World) -> Iterator[tuple[str, str]]:
    """Yield every key of the broker with all that it holds."""
    with redis.Redis.from_url(world.lab.valkey.url, decode_responses=True, encoding_errors="replace") as broker:
        read: dict[str, Callable[[str], Any]] = {
            "string": broker.get,
            "list": lambda key: broker.lrange(key, 0, -1),
            "set": broker.smembers,
            "hash": broker.hgetall,
            "zset": lambda key: broker.zrange(key, 0, -1),
        }
        for key in broker.scan_iter():
            yield key, str(read[broker.type(key)](key))
