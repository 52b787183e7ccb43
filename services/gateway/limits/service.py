"""Decides whether a caller may go on. Where Redis is away each process counts for itself, and photos are let in.

It knows nothing of HTTP beyond the two headers in which levels are told.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from services.gateway.limits.address import bucket_of
from services.gateway.limits.buckets import WINDOW_S, Level, LocalBuckets, Rule
from services.gateway.limits.shared_buckets import SharedBuckets
from services.gateway.refusals import RateLimited
from services.gateway.settings import GatewaySettings


@dataclass(frozen=True, slots=True)
class Visit:
    """A request before anybody knows who calls. `submits`: it brings a photo."""

    address: str
    submits: bool


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a key may do in a minute; None is what the settings allow everybody."""

    key_id: str
    requests_per_minute: int | None
    photos_per_minute: int | None


class Limiter:
    """Belongs to one event loop."""

    def __init__(self, settings: GatewaySettings) -> None:
        self._settings = settings
        self._shared = SharedBuckets(settings)
        self._local = LocalBuckets()

    async def charge(self, visit: Visit, allowance: Allowance) -> list[Level]:
        """Count a request of a key that is good. Returns the levels; `refuse` says whether they forbid it."""
        settings = self._settings
        requests = allowance.requests_per_minute or settings.requests_per_minute
        rules = [
            Rule("requests", f"requests:{allowance.key_id}", requests),
            Rule("address", f"address:{bucket_of(visit.address)}", settings.address_requests_per_minute),
        ]
        if visit.submits:
            photos = allowance.photos_per_minute or settings.photos_per_minute
            rules.append(Rule("photos", f"photos:{allowance.key_id}", photos))
        return await self._take(visit, rules, spend=True)

    async def admit_stranger(self, visit: Visit) -> None:
        """Let a key that nobody has seen lately be looked up. Raises RateLimited where too many have failed."""
        refuse(await self._take(visit, [self._failures(visit)], spend=False))

    async def note_failure(self, visit: Visit) -> None:
        """Count a key that does not count, or a missing one. Raises RateLimited where that was one too many."""
        refuse(await self._take(visit, [self._failures(visit)], spend=True))

    async def admit_code(self, visit: Visit) -> None:
        """Let a code be looked up. Raises RateLimited where too many of the address did not count."""
        refuse(await self._take(visit, [self._wrong_codes(visit)], spend=False))

    async def note_code(self, visit: Visit) -> None:
        """Count a code that does not count. Raises RateLimited where that was one too many."""
        refuse(await self._take(visit, [self._wrong_codes(visit)], spend=True))

    async def close(self) -> None:
        await self._shared.close()

    def _failures(self, visit: Visit) -> Rule:
        return Rule("failed-keys", f"failures:{bucket_of(visit.address)}", self._settings.failed_keys_per_minute)

    def _wrong_codes(self, visit: Visit) -> Rule:
        return Rule("failed-codes", f"codes:{bucket_of(visit.address)}", self._settings.failed_codes_per_minute)

    async def _take(self, visit: Visit, rules: Sequence[Rule], *, spend: bool) -> list[Level]:
        levels = await self._shared.take(rules, spend=spend)
        if levels is not None:
            return levels
        # No photo is refused because something of ours is broken.
        return [] if visit.submits else self._local.take(rules, spend=spend)


def refuse(levels: Sequence[Level]) -> None:
    """Raise RateLimited where one of the buckets is empty."""
    wait_s = max((level.wait_s for level in levels), default=0.0)
    if wait_s > 0:
        names = ", ".join(level.rule.name for level in levels if level.wait_s > 0)
        raise RateLimited(f"too many in a minute: {names}", max(1, math.ceil(wait_s)))


def headers_of(levels: Sequence[Level]) -> dict[str, str]:
    """Return the levels as RateLimit-Policy and RateLimit: quota and window, then what is left and when it is full."""
    if not levels:
        return {}
    policy = (f'"{level.rule.name}";q={level.rule.per_minute};w={WINDOW_S:.0f}' for level in levels)
    left = (f'"{level.rule.name}";r={level.remaining};t={math.ceil(level.full_in_s)}' for level in levels)
    return {"RateLimit-Policy": ", ".join(policy), "RateLimit": ", ".join(left)}
