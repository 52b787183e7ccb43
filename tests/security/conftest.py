"""One gateway on real Postgres, Valkey and S3 for the whole folder, and keys of every kind for it."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import func, update

from services.gateway.clinics import service as clinics
from services.gateway.clinics.schemas import CreatedKey
from services.gateway.settings import GatewaySettings
from shared.contracts.enums import Scope
from shared.contracts.ids import IdPrefix, new_id
from shared.db.models import ApiKey, DeviceToken
from shared.db.session import Database, DatabaseRole, make_engine
from shared.settings import BrokerSettings
from shared.storage.s3 import S3Store
from tests.integration.conftest import Servers, database_settings, fresh_bucket, fresh_database, servers
from tests.integration.gateway.conftest import WITHOUT_TLS, add_real_model, serving, settings_for
from tests.integration.gateway.phones import enrolled
from tests.security.operations import Holder

__all__ = ["servers"]


@dataclass
class Served:
    """A gateway that is served, and what stands behind it."""

    url: str
    settings: GatewaySettings
    gateway: Database
    worker: Database
    store: S3Store
    model_id: str
    anybody: httpx.Client
    _keys: dict[Holder, str] = field(default_factory=dict)

    def client(self, key: str) -> httpx.Client:
        headers = {"Authorization": f"Bearer {key}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=20, trust_env=False, verify=WITHOUT_TLS)

    def new_clinic(self, *scopes: Scope) -> CreatedKey:
        return clinics.create_clinic(self.gateway, "clinic", scopes)

    def key_of(self, holder: Holder) -> str:
        """Return the text of such a key, made once. Each clinic's key is of a clinic of its own."""
        if holder not in self._keys:
            self._keys[holder] = self._make(holder)
        return self._keys[holder]

    def forget(self, holder: Holder) -> None:
        """Let the next one be another: this one has ended itself."""
        del self._keys[holder]

    def new_device(self, subject_ref: str = "anna") -> tuple[CreatedKey, dict[str, Any]]:
        """Return a new clinic and what a device of it was given."""
        owner = self.new_clinic(Scope.CASES_READ, Scope.CASES_WRITE)
        with self.client(owner.key) as clinic:
            return owner, enrolled(clinic, subject_ref)

    def _make(self, holder: Holder) -> str:
        if holder.is_device:
            return str(self.new_device()[1]["access_token"])
        if holder.of_clinic:
            return self.new_clinic(*holder.scopes).key
        made = clinics.create_admin(self.gateway, "operator")
        with self.gateway.transaction() as session:
            session.get_one(ApiKey, made.key_id).scopes = sorted(holder.scopes)
        return made.key


@pytest.fixture(scope="session")
def served(servers: Servers) -> Iterator[Served]:
    storage = fresh_bucket(servers)
    store = S3Store(storage)
    store.ensure_bucket()
    broker = BrokerSettings(redis_url=SecretStr(servers.valkey.url))
    with fresh_database(servers) as database_url:
        at = database_settings(database_url)
        gateway, worker = (Database(make_engine(at, role)) for role in (DatabaseRole.GATEWAY, DatabaseRole.WORKER))
        model_id = add_real_model(worker)
        settings = settings_for(database_url, storage, broker)
        # Forms for direct uploads are handed out only where the store has a public address.
        settings = settings.model_copy(update={"s3_public_endpoint": storage.s3_endpoint})
        # One client without a key for the whole folder: to make one takes longer than to ask.
        with serving(settings) as url, httpx.Client(base_url=url, timeout=20, trust_env=False) as anybody:
            yield Served(url, settings, gateway, worker, store, model_id, anybody)
        gateway.close()
        worker.close()


@pytest.fixture(scope="session")
def bad_headers(served: Served) -> dict[str, str | None]:
    """What a caller may send for an `Authorization` that names nobody who counts; None is nothing at all."""
    good = served.new_clinic(*Scope)
    expired = served.new_clinic(*Scope)
    with served.gateway.transaction() as session:
        key = session.get_one(ApiKey, expired.key_id)
        key.expires_at = key.created_at
    revoked = served.new_clinic(*Scope)
    clinics.revoke(served.gateway, revoked.key_id)
    fresh, given = served.new_device()
    over, timed_out = served.new_device()
    with served.gateway.transaction(over.clinic_id) as session:
        session.execute(update(DeviceToken).values(expires_at=func.now()))
    with served.client(fresh.key) as clinic:
        signed_out = enrolled(clinic)
        assert clinic.post(f"/v1/devices/{signed_out['device_id']}/revoke").status_code == 200
    unknown = f"ll_{new_id(IdPrefix.KEY)[-8:]}_{secrets.token_hex(20)}"
    return {
        "no key": None,
        "an empty key": "Bearer",
        "malformed": "Bearer ll_x",
        "another scheme": f"Basic {good.key}",
        "no scheme": good.key,
        "cut short": f"Bearer {good.key[:-1]}",
        "unknown": f"Bearer {unknown}",
        "expired": f"Bearer {expired.key}",
        "revoked": f"Bearer {revoked.key}",
        "a refresh token": f"Bearer {given['refresh_token']}",
        "unknown token": f"Bearer lld_{secrets.token_hex(20)}",
        "expired token": f"Bearer {timed_out['access_token']}",
        "revoked device": f"Bearer {signed_out['access_token']}",
    }
