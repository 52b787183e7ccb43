"""The same buckets in Redis, for all gateways together: one atomic script, by the clock of that server.

It never raises and never takes long. After a failure none is tried for some seconds: a dead server costs 0.2 s once.
"""

import asyncio
import time
from collections.abc import Sequence
from typing import Final

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from services.gateway.limits.buckets import Level, Rule, level_of
from shared.observability.logging import get_logger
from shared.settings import BrokerSettings

_log = get_logger(__name__)
_PATIENCE_S: Final = 0.2
_SILENCE_S: Final = 5.0
_CONNECTIONS: Final = 50
_PREFIX: Final = "lesionlens:limit:"
_MICROSECONDS: Final = 1_000_000

# In microseconds. A bucket that is full needs no key, so each key lives until then.
_SCRIPT: Final = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local window, tolerance = 60000000, 1000
local spend = ARGV[1] == '1'
local full, waits, free = {}, {}, true
for i, key in ipairs(KEYS) do
  local step = window / tonumber(ARGV[i + 1])
  full[i] = math.max(tonumber(redis.call('GET', key) or now), now)
  local wait = full[i] + step - now - window
  waits[i] = 0
  if wait > tolerance then
    waits[i] = math.ceil(wait)
    free = false
  end
end
local answer = {}
for i, key in ipairs(KEYS) do
  if free and spend then
    full[i] = full[i] + window / tonumber(ARGV[i + 1])
    redis.call('SET', key, string.format('%.0f', full[i]), 'PX', math.ceil((full[i] - now) / 1000))
  end
  answer[2 * i - 1] = math.floor(full[i] - now)
  answer[2 * i] = waits[i]
end
return answer
"""


class SharedBuckets:
    """Belongs to one event loop. Connects at the first use."""

    def __init__(self, settings: BrokerSettings) -> None:
        self._pool = BlockingConnectionPool.from_url(
            settings.redis_url.get_secret_value(),
            max_connections=_CONNECTIONS,
            timeout=_PATIENCE_S,
            socket_timeout=_PATIENCE_S,
            socket_connect_timeout=_PATIENCE_S,
            retry=Retry(NoBackoff(), 0),
        )
        self._redis = Redis(connection_pool=self._pool)
        self._script = self._redis.register_script(_SCRIPT)
        self._silent_until = 0.0

    async def take(self, rules: Sequence[Rule], *, spend: bool = True) -> list[Level] | None:
        """Do as `LocalBuckets.take` does; None where the server cannot be asked."""
        if time.monotonic() < self._silent_until:
            return None
        keys = [_PREFIX + rule.bucket for rule in rules]
        try:
            async with asyncio.timeout(_PATIENCE_S):
                found = await self._script(keys, [int(spend), *(rule.per_minute for rule in rules)])
        except (RedisError, OSError) as error:
            self._silent_until = time.monotonic() + _SILENCE_S
            _log.warning("limits_not_shared", error=type(error).__name__)
            return None
        pairs = zip(found[::2], found[1::2], strict=True)
        return [
            level_of(rule, full / _MICROSECONDS, wait / _MICROSECONDS)
            for rule, (full, wait) in zip(rules, pairs, strict=True)
        ]

    async def close(self) -> None:
        await self._redis.aclose()
        await self._pool.disconnect()
