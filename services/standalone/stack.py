"""What runs on one machine, in which order, and what each process is told. A new service is one entry in `services`.

Nothing here imports a service: each is a command, a way to see that it is ready, and an environment.
"""

import http
import http.client
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from services.standalone.child import Command
from services.standalone.database_roles import with_login
from services.standalone.managed import Service
from services.standalone.object_store import ObjectStore, StoreAddress
from services.standalone.ports import free_port
from services.standalone.postgres import Postgres
from services.standalone.secret_files import kept_secret, new_fernet_key
from services.standalone.settings import PROJECT, StandaloneSettings, inherited_environment
from services.standalone.valkey import Valkey

DATABASE = "lesionlens"
GATEWAY, WORKER = "lesionlens_gateway", "lesionlens_worker"
SECRETS_KEYS_FILE = "secrets_keys"
ADDRESS_KEY_FILE = "address_key"


@dataclass(frozen=True)
class Addresses:
    """Where everything is. `superuser_url` and `logins` (group role to login's URL) only where the Postgres is ours."""

    owner_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    store: StoreAddress
    superuser_url: str | None = field(repr=False)
    logins: Mapping[str, str] = field(repr=False)

    def database_for(self, role: str) -> str:
        """Return the URL for a service acting under `role`; an explicit DATABASE_URL serves them all."""
        return self.logins.get(role, self.owner_url)


def _postgres(settings: StandaloneSettings, servers: list[Service]) -> tuple[str, str | None, dict[str, str]]:
    if settings.database_url:
        return settings.database_url.get_secret_value(), None, {}
    postgres, port = Postgres(settings.folder / "postgres"), free_port()
    postgres.initialise()
    servers.append(Service("postgres", partial(postgres.command, port), partial(postgres.ready, port)))
    superuser = postgres.url(port)

    def login(user: str) -> str:
        password = kept_secret(settings.folder / "postgres" / user)
        return with_login(superuser, user=user, password=password, database=DATABASE)

    return login("lesionlens_owner"), superuser, {role: login(f"{role}_login") for role in (GATEWAY, WORKER)}


def _redis(settings: StandaloneSettings, servers: list[Service]) -> str:
    if settings.redis_url:
        return settings.redis_url.get_secret_value()
    valkey, port = Valkey(settings.folder / "valkey"), free_port()
    servers.append(Service("valkey", partial(valkey.command, port), partial(valkey.ready, port)))
    return valkey.url(port)


def _store(settings: StandaloneSettings, servers: list[Service]) -> StoreAddress:
    if settings.s3_endpoint and settings.s3_access_key and settings.s3_secret_key:
        access, secret = settings.s3_access_key.get_secret_value(), settings.s3_secret_key.get_secret_value()
        return StoreAddress(settings.s3_endpoint, settings.s3_bucket, access, secret)
    emulator, port = ObjectStore(settings.folder / "s3"), free_port()
    servers.append(Service("s3", partial(emulator.command, port), partial(emulator.ready, port)))
    return emulator.address(port, settings.s3_bucket)


def plan(settings: StandaloneSettings) -> tuple[list[Service], Addresses]:
    """Return the servers to embed (none for what an explicit URL replaces) and the addresses of everything.

    Creates the Postgres cluster if there is none. Raises StartFailed, or FileNotFoundError for a missing package.
    """
    servers: list[Service] = []
    owner, superuser, logins = _postgres(settings, servers)
    redis = _redis(settings, servers)
    return servers, Addresses(owner, redis, _store(settings, servers), superuser, logins)


def environment(settings: StandaloneSettings, addresses: Addresses, database_url: str) -> dict[str, str]:
    """Return everything that a process of the project may read; never the superuser's URL."""
    store = addresses.store
    return inherited_environment() | {
        "DATABASE_URL": database_url,
        "REDIS_URL": addresses.redis_url,
        "S3_ENDPOINT": store.endpoint,
        "S3_BUCKET": store.bucket,
        "S3_ACCESS_KEY": store.access_key,
        "S3_SECRET_KEY": store.secret_key,
        "HOST": settings.host,
        "PORT": str(settings.port),
        "DATA_DIR": str(settings.folder),
    }


def secrets_keys(settings: StandaloneSettings) -> dict[str, str]:
    """Return what opens the secrets of clinics, for the services that need it alone; made up once, then kept."""
    given = settings.secrets_keys
    keys = given.get_secret_value() if given else kept_secret(settings.folder / SECRETS_KEYS_FILE, new_fernet_key)
    return {"SECRETS_KEYS": keys}


def address_key(settings: StandaloneSettings) -> dict[str, str]:
    """Return what addresses are made pseudonyms with, for the gateway alone; made up once, then kept."""
    given = settings.address_key
    return {"ADDRESS_KEY": given.get_secret_value() if given else kept_secret(settings.folder / ADDRESS_KEY_FILE)}


def module(name: str, *arguments: str, env: Mapping[str, str], label: str, stop_timeout_s: float = 10) -> Command:
    """Return `python -m name arguments`, run in the project's folder."""
    argv = (sys.executable, "-m", name, *arguments)
    return Command(label, argv, env, cwd=PROJECT, stop_timeout_s=stop_timeout_s)


def shipped_model(models: Path = PROJECT / "models") -> Path:
    """Return the one model folder that the project ships. Raises FileNotFoundError if there is none, or a choice."""
    found = sorted(path.parent for path in models.glob("*/manifest.json"))
    if len(found) != 1:
        raise FileNotFoundError(f"one model is expected in {models}, found {[path.name for path in found]}")
    return found[0]


def _status(base_url: str, path: str, headers: Mapping[str, str]) -> int | None:
    connection = http.client.HTTPConnection(urlsplit(base_url).netloc, timeout=5)
    try:
        connection.request("GET", path, headers=dict(headers))
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def answers_ready(base_url: str) -> bool:
    """Return whether the web server says that it can accept photos."""
    return _status(base_url, "/readyz", {}) == http.HTTPStatus.OK


def refuses(base_url: str, key: str) -> bool:
    """Return whether the web server does not know the key."""
    status = _status(base_url, "/v1/cases?limit=1", {"Authorization": f"Bearer {key}"})
    return status == http.HTTPStatus.UNAUTHORIZED


def services(settings: StandaloneSettings, addresses: Addresses) -> list[Service]:
    """Return what runs for good, in the order of starting; stopped the other way round."""
    worker = environment(settings, addresses, addresses.database_for(WORKER))
    gateway = environment(settings, addresses, addresses.database_for(GATEWAY))
    gateway |= secrets_keys(settings) | address_key(settings)
    gateway.setdefault("APP_FOLDER", str(PROJECT / "services" / "mobile" / "dist"))
    notifier = {"PUBLIC_URL": settings.base_url} | worker | secrets_keys(settings)
    return [
        Service(
            "inference",
            partial(module, "services.inference.worker", env=worker, label="inference", stop_timeout_s=30),
            ready_event="ready",
            ready_within_s=120,
        ),
        Service(
            "notifier",
            partial(module, "services.notifier.worker", env=notifier, label="notifier", stop_timeout_s=30),
            ready_event="ready",
        ),
        Service(
            "maintenance",
            partial(module, "services.maintenance", env=worker, label="maintenance"),
            ready_event="ready",
        ),
        Service(
            "gateway",
            partial(module, "services.gateway.main", env=gateway, label="gateway", stop_timeout_s=20),
            partial(answers_ready, settings.base_url),
        ),
    ]
