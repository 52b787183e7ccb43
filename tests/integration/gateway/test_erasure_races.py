"""Erasing a case beside others who hold its rows: nobody waits in a ring, and nobody is answered with an error.

Each ring is set up by hand, so that it does not take luck: a transaction takes one row, an erasure comes to wait, and
the transaction goes on to what the erasure would hold if it took rows in another order, or by a harder lock.
"""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import httpx
import pytest
from sqlalchemy import Engine, select, text

from services.gateway.clinics.schemas import CreatedKey
from services.gateway.settings import GatewaySettings
from shared.db import lifecycle
from shared.db.models import Case, Delivery, RerunItem
from shared.db.session import Database
from shared.settings import StorageSettings
from shared.storage.s3 import S3Store
from tests.integration.gateway.campaign_rows import Ward, answer, code_of, started
from tests.integration.gateway.conftest import client_of, serving
from tests.integration.gateway.photos import jpeg, submit
from tests.integration.gateway.worked_cases import finish
from tests.integration.shared.webhook_rows import add_endpoint, ended, take


def until_it_waits(engine: Engine, asked: Future[httpx.Response]) -> None:
    deadline = time.monotonic() + 10
    while True:
        assert not asked.done(), asked.result().text
        with engine.begin() as connection:
            if connection.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar_one():
                return
        assert time.monotonic() < deadline


def test_beside_a_notifier_that_writes_down_several_webhooks_of_the_case(
    client: httpx.Client, clinic: CreatedKey, gateway_database: Database, worker_database: Database,
    owner_engine: Engine, store: S3Store,
) -> None:  # fmt: skip
    assert clinic.clinic_id
    for _ in range(3):
        add_endpoint(gateway_database, clinic.clinic_id)
    case_id = submit(client, jpeg(0)).json()["id"]
    finish(worker_database, store)
    sent = sorted(take(worker_database), key=lambda delivery: delivery.delivery_id)
    assert len(sent) >= 3
    # Rows lie as they were written last: then the one of the smallest id comes last in the table.
    again = text("UPDATE deliveries SET lease_until = lease_until + interval '1 s' WHERE id = :id")
    for delivery in reversed(sent):
        with worker_database.transaction() as session:
            session.execute(again, {"id": delivery.delivery_id})
    with ThreadPoolExecutor(1) as pool:
        with worker_database.transaction() as session:
            assert lifecycle.record_attempts(session, [ended(sent[0])])
            asked = pool.submit(client.delete, f"/v1/cases/{case_id}")
            until_it_waits(owner_engine, asked)
            assert lifecycle.record_attempts(session, [ended(delivery) for delivery in sent[1:]])
        assert asked.result(20).status_code == 202, asked.result().text
    with owner_engine.begin() as connection:
        held = connection.execute(select(Delivery.event_id).where(Delivery.id.in_([d.delivery_id for d in sent])))
        assert held.all() == []


def test_a_notifier_takes_what_it_writes_down_by_id_too(
    client: httpx.Client, clinic: CreatedKey, gateway_database: Database, worker_database: Database,
    owner_engine: Engine, store: S3Store,
) -> None:  # fmt: skip
    assert clinic.clinic_id
    for _ in range(3):
        add_endpoint(gateway_database, clinic.clinic_id)
    submit(client, jpeg(0))
    finish(worker_database, store)
    sent = sorted(take(worker_database), key=lambda delivery: delivery.delivery_id, reverse=True)
    lock = text("SELECT id FROM deliveries WHERE id = :id FOR UPDATE")
    with ThreadPoolExecutor(1) as pool:
        with owner_engine.begin() as connection:
            connection.execute(lock, {"id": sent[-1].delivery_id})  # the smallest id: as an erasure, which begins there

            def write() -> set[str]:
                with worker_database.transaction() as session:
                    return lifecycle.record_attempts(session, [ended(delivery) for delivery in sent])

            asked = pool.submit(write)
            deadline = time.monotonic() + 10
            while not connection.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar_one():
                assert time.monotonic() < deadline
            for delivery in reversed(sent):
                connection.execute(lock, {"id": delivery.delivery_id})
        assert asked.result(20) == {delivery.delivery_id for delivery in sent}


def test_beside_a_promotion_that_is_about_to_point_at_another_run(
    ward: Ward, manager_client: httpx.Client, owner_engine: Engine
) -> None:
    (case_id,) = ward.cases([answer()])
    rerun = started(manager_client, ward.candidate())
    ward.carry_out(rerun, {})
    with ThreadPoolExecutor(1) as pool:
        with ward.gateway.transaction(ward.clinic_id) as session:
            mine = select(Case, RerunItem).join(RerunItem, RerunItem.case_id == Case.id).with_for_update()
            assert session.execute(mine.where(Case.id == case_id)).one()
            asked = pool.submit(manager_client.delete, f"/v1/cases/{case_id}")
            until_it_waits(owner_engine, asked)
            assert set(lifecycle.promote_items(session, rerun, [case_id])) == {case_id}
        assert asked.result(20).status_code == 202, asked.result().text
    assert code_of(manager_client.get(f"/v1/cases/{case_id}")) == (410, "case_erased")


class GoneMeanwhile(S3Store):
    """A store in which something happens between the row that tells of an object and the first look at the object."""

    meanwhile: Callable[[], object] = staticmethod(lambda: None)

    def get(self, key: str) -> bytes:
        self.meanwhile()
        return super().get(key)

    def stream(self, key: str) -> Iterator[bytes]:
        self.meanwhile()
        return super().stream(key)


@pytest.mark.usefixtures("model_id", "store")
def test_a_picture_that_goes_between_its_row_and_its_bytes_is_of_an_erased_case(
    gateway_settings: GatewaySettings, storage_settings: StorageSettings, clinic: CreatedKey, worker_database: Database
) -> None:
    store = GoneMeanwhile(storage_settings)
    with serving(gateway_settings, store=store) as url, client_of(url, clinic) as client:
        for seed, name in enumerate(("image", "layer", "overlay", "heatmap", "layer?class=bcc", "overlay?class=bcc")):
            case_id = submit(client, jpeg(seed)).json()["id"]
            finish(worker_database, store)

            def erase(case_id: str = case_id) -> None:
                assert client.delete(f"/v1/cases/{case_id}").status_code == 202
                store.erase(f"cases/{case_id}/")

            store.meanwhile = erase
            assert (name, code_of(client.get(f"/v1/cases/{case_id}/{name}"))) == (name, (410, "case_erased"))
            store.meanwhile = lambda: None


def test_a_picture_that_is_lost_without_an_erasure_is_an_error_of_ours(
    client: httpx.Client, worker_database: Database, store: S3Store
) -> None:
    case_id = submit(client, jpeg(0)).json()["id"]
    finish(worker_database, store)
    store.erase(f"cases/{case_id}/")
    for name in ("image", "layer", "overlay", "heatmap"):
        assert code_of(client.get(f"/v1/cases/{case_id}/{name}")) == (500, "internal_error")
