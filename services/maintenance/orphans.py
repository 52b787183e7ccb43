"""Objects that no row names: what was stored before a commit that never came, and what lost attempts wrote.

Deletes nothing that it has not asked Postgres about a moment before, nothing while Postgres cannot be asked, and
nothing whose key is not of a form that we write.
"""

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Final

from services.maintenance import repository
from shared.db.session import Database
from shared.observability.logging import get_logger
from shared.storage.base import ObjectListing, ObjectStore

_log = get_logger(__name__)
_CHUNK = 100
_ANSWER_HOLDS_S = 1.0  # with a slow store Postgres is asked again in the middle of a chunk

_INCOMING: Final = re.compile(r"incoming/(?P<case>case_[0-9a-z]+)")
_OF_ATTEMPT: Final = re.compile(r"(?P<attempt>cases/(?P<case>case_[0-9a-z]+)/run_[0-9a-z]+/[0-9]+/)[^/]+")

Kept = Callable[[list[str]], set[str]]


@dataclass(frozen=True, slots=True)
class Rule:
    """Objects under `prefix` go after `age`, except those that `kept` returns from a chunk of keys."""

    prefix: str
    age: timedelta
    kept: Kept


def now() -> datetime:
    return datetime.now(UTC)


class Orphans:
    """Goes through the whole store, a chunk a step, in flat memory. `clock` returns the present, aware."""

    def __init__(
        self,
        database: Database,
        store: ObjectStore,
        go_on: Callable[[], bool],
        *,
        age: timedelta,
        quarantine_age: timedelta,
        clock: Callable[[], datetime] = now,
    ) -> None:
        self._database = database
        self._store = store
        self._go_on = go_on
        self._clock = clock
        self._rules = (
            Rule("incoming/", age, self._named_incoming),
            Rule("uploads/", age, self._none),  # nothing ever names these: what is used is copied
            Rule("cases/", age, self._named_objects),
            Rule("quarantine/", quarantine_age, self._none),
        )

    def steps(self) -> Iterator[int]:
        """Yield how many objects were deleted after each chunk; ends early where this process is no longer to act.

        Raises StoreUnavailable or DatabaseUnavailable; whoever wants to go on begins again.
        """
        for rule in self._rules:
            deleted = 0
            for count in self._under(rule):
                deleted += count
                yield count
            if deleted:
                _log.info("orphans_deleted", prefix=rule.prefix, count=deleted)

    def _under(self, rule: Rule) -> Iterator[int]:
        listed = self._store.list_objects(rule.prefix)
        # Asked before each chunk also where no row could name the objects: a process that cannot ask does not act.
        while (chunk := list(islice(listed, _CHUNK))) and self._go_on():
            yield from self._delete(rule, chunk)

    def _delete(self, rule: Rule, chunk: list[ObjectListing]) -> Iterator[int]:
        oldest_kept = self._clock() - rule.age
        left = [listing.key for listing in chunk if listing.modified_at < oldest_kept]
        if not left:
            yield 0
        while left and self._go_on():
            left = sorted(set(left) - rule.kept(left))
            answered_at, deleted = time.monotonic(), 0
            while deleted < len(left) and time.monotonic() - answered_at < _ANSWER_HOLDS_S:
                self._store.delete(left[deleted])
                deleted += 1
            left = left[deleted:]
            yield deleted

    def _none(self, _: list[str]) -> set[str]:
        return set()

    def _named_incoming(self, keys: list[str]) -> set[str]:
        cases = {key: match["case"] for key in keys if (match := _INCOMING.fullmatch(key))}
        with self._database.transaction() as session:
            named = repository.named_incoming(session, sorted(set(cases.values())))
        return {key for key in keys if key not in cases or key in named}

    def _named_objects(self, keys: list[str]) -> set[str]:
        ours = {key: match for key in keys if (match := _OF_ATTEMPT.fullmatch(key))}
        with self._database.transaction() as session:
            named = repository.named_objects(session, sorted(ours), sorted({match["case"] for match in ours.values()}))
        return {key for key in keys if key not in ours or key in named or ours[key]["attempt"] in named}
