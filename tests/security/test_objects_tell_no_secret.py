"""Every object of ours that a running gateway consists of, printed: none tells a secret that the process was given.

The objects are found by walking from the application, so that a new part is looked at by itself. Nothing is connected.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pydantic import SecretStr

from services.gateway.main import create_app
from services.gateway.settings import GatewaySettings
from services.standalone.secret_files import new_fernet_key

WORDS: Final = {
    "database": "sesame-database",
    "redis": "sesame-redis",
    "store": "sesame-store",
    "id": "sesame-id",
    "addresses": "sesame-of-the-addresses-in-the-log",
}


def settings_with(keys: str) -> GatewaySettings:
    return GatewaySettings(
        database_url=SecretStr(f"postgresql://u:{WORDS['database']}@127.0.0.1:1/x"),
        redis_url=SecretStr(f"redis://:{WORDS['redis']}@127.0.0.1:1/0"),
        s3_endpoint="http://127.0.0.1:1",
        s3_access_key=SecretStr(WORDS["id"]),
        s3_secret_key=SecretStr(WORDS["store"]),
        s3_public_endpoint="http://127.0.0.1:1",
        secrets_keys=SecretStr(keys),
        address_key=SecretStr(WORDS["addresses"]),
    )


def is_ours(thing: object) -> bool:
    return type(thing).__module__.partition(".")[0] in {"services", "shared"}


def parts_of(thing: object) -> Iterator[object]:
    """Yield what an object of ours, or a collection, holds."""
    if isinstance(thing, Mapping):
        yield from thing.values()
    elif isinstance(thing, list | tuple | set | frozenset):
        yield from thing
    elif is_ours(thing):
        names = [name for kind in type(thing).__mro__ for name in getattr(kind, "__slots__", ())]
        yield from (getattr(thing, name) for name in names if hasattr(thing, name))
        yield from getattr(thing, "__dict__", {}).values()


def reachable(start: object) -> Iterator[object]:
    """Yield every object of ours from here on, and whatever one of them holds directly."""
    seen: set[int] = set()
    ahead = [start]
    while ahead:
        thing = ahead.pop()
        if id(thing) in seen or isinstance(thing, str | bytes | int | float | None):
            continue
        seen.add(id(thing))
        if not isinstance(thing, Mapping | list | tuple | set | frozenset):
            yield thing
        ahead.extend(parts_of(thing))


def test_no_part_of_a_running_gateway_tells_a_secret() -> None:
    keys = new_fernet_key()
    app: Any = create_app(settings_with(keys))
    found = list(reachable(app.state._state))
    kinds = {type(thing).__name__ for thing in found if is_ours(thing)}
    assert kinds >= {"Parts", "GatewaySettings", "S3Store", "ShortWay", "DirectUploads", "Database", "SecretBox"}, kinds
    words = [*WORDS.values(), keys]
    told = [(type(thing).__qualname__, word) for thing in found for word in words if word in f"{thing!r} {thing!s}"]
    assert told == []
    app.state.parts.waiting.close()
    app.state.parts.database.close()
