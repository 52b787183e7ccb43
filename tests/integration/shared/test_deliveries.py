"""Webhooks in the record: which events make a delivery, who may take it, what is written down and when it ends."""

import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, text, update

from services.notifier.schedule import DELAYS
from shared.contracts.enums import AttemptOutcome, DeliveryState, DisabledReason, EventType
from shared.db import lifecycle
from shared.db.lifecycle.deliver import TRIES
from shared.db.models import Delivery, Event, WebhookEndpoint
from tests.integration.records import accept, add_clinic, claim, new_case, some_answer, some_artifacts
from tests.integration.shared.conftest import World
from tests.integration.shared.webhook_rows import (
    add_endpoint,
    attempts,
    deliveries,
    ended,
    endpoint_row,
    set_endpoint,
    take,
    write,
)


def complete(world: World, count: int = 1) -> list[str]:
    """Bring cases to their end; return their ids."""
    cases = [accept(world.gateway, world.clinic, world.model, client_ref="ref").id for _ in range(count)]
    for run in claim(world.worker, limit=count):
        with world.worker.transaction() as session:
            assert lifecycle.record_answer(session, run, some_answer(), some_artifacts(run), image=None)
    return cases


def cancel(world: World, count: int) -> None:
    """A cheaper event: each canceled case is one."""
    for _ in range(count):
        case = accept(world.gateway, world.clinic, world.model)
        with world.gateway.transaction(world.clinic) as session:
            lifecycle.cancel_case(session, session.merge(case))


def kinds(world: World, endpoint: str) -> list[str]:
    with world.worker.transaction() as session:
        made = select(Event.type).join(Delivery, Delivery.event_id == Event.id)
        return list(session.scalars(made.where(Delivery.endpoint_id == endpoint).order_by(Event.id)))


def test_an_event_is_on_its_way_to_those_who_asked_for_its_type_and_to_no_other_clinic(world: World) -> None:
    by_default = add_endpoint(world.gateway, world.clinic)
    chosen = add_endpoint(world.gateway, world.clinic, event_types=["case.accepted", "case.failed"])
    off = add_endpoint(
        world.gateway, world.clinic, disabled_reason=DisabledReason.CALLER, disabled_at=datetime.now(UTC)
    )
    with world.gateway.transaction() as session:
        other = add_clinic(session)
    elsewhere = add_endpoint(world.gateway, other)
    complete(world)
    assert kinds(world, by_default) == ["case.completed"]
    assert kinds(world, chosen) == ["case.accepted"]
    assert kinds(world, off) == kinds(world, elsewhere) == []


def test_what_is_taken_says_all_that_its_request_needs_and_counts_as_tried(world: World) -> None:
    thin, full = add_endpoint(world.gateway, world.clinic), add_endpoint(world.gateway, world.clinic, payload="full")
    (case,) = complete(world)
    taken = {delivery.endpoint_id: delivery for delivery in take(world.worker)}
    one = taken[thin]
    assert (one.fence, one.number, one.tries, one.ciphertexts) == (1, 1, 1, ("sealed",))
    assert (one.event.case_id, one.event.version, one.event.type) == (case, 3, EventType.CASE_COMPLETED)
    assert one.event.model_version is not None
    assert one.case is not None
    assert (one.case.client_ref, one.result) == ("ref", None)
    result = taken[full].result
    assert result is not None
    assert result["decision"] == "review"
    assert "ref" not in repr(one.case)
    assert attempts(world.worker, one.delivery_id) == [(1, None, None)]


def test_two_of_an_endpoint_are_in_flight_and_no_more_however_many_processes_take(world: World) -> None:
    ends = [add_endpoint(world.gateway, world.clinic) for _ in range(3)]
    cancel(world, 5)
    taken = []
    together = threading.Barrier(4)

    def race() -> None:
        together.wait()
        for _ in range(5):
            taken.extend(take(world.worker))

    racers = [threading.Thread(target=race) for _ in range(4)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert sorted(delivery.endpoint_id for delivery in taken) == sorted(ends * 2)
    assert len({delivery.delivery_id for delivery in taken}) == 6
    write(world.worker, ended(taken[0]))
    assert [delivery.endpoint_id for delivery in take(world.worker)] == [taken[0].endpoint_id]


def test_endpoints_that_timed_out_get_no_more_than_their_share(world: World) -> None:
    slow = [add_endpoint(world.gateway, world.clinic, timed_out=True) for _ in range(4)]
    quick = add_endpoint(world.gateway, world.clinic)
    cancel(world, 3)
    taken = take(world.worker, limit=8, slow=3)
    assert [delivery.slow for delivery in taken].count(True) == 3
    assert sum(delivery.endpoint_id == quick for delivery in taken) == 2
    assert {delivery.endpoint_id for delivery in taken if delivery.slow} <= set(slow)
    assert take(world.worker, limit=8, slow=0) == []


def test_an_end_is_written_once_under_its_fence(world: World) -> None:
    endpoint = add_endpoint(world.gateway, world.clinic)
    cancel(world, 1)
    (first,) = take(world.worker)
    refused = ended(first, AttemptOutcome.REFUSED, status=500, response="no", retry_in_s=5.0)
    assert write(world.worker, refused) == {first.delivery_id}
    (row,) = deliveries(world.worker, endpoint)
    assert (row.state, row.attempts, row.finished_at) == (DeliveryState.PENDING, 1, None)
    wait = (row.next_attempt_at - datetime.now(UTC)).total_seconds()
    assert 3 < wait <= 5
    assert take(world.worker) == []
    make_due(world, endpoint)
    (second,) = take(world.worker)
    assert (second.fence, second.number, second.event.id) == (2, 2, first.event.id)
    assert write(world.worker, ended(first)) == set()
    assert write(world.worker, ended(second)) == {second.delivery_id}
    assert attempts(world.worker, first.delivery_id) == [(1, "refused", 500), (2, "delivered", 200)]
    (row,) = deliveries(world.worker, endpoint)
    assert row.state == DeliveryState.DELIVERED
    assert row.finished_at is not None


def make_due(world: World, endpoint: str) -> None:
    with world.worker.transaction() as session:
        session.execute(update(Delivery).where(Delivery.endpoint_id == endpoint).values(next_attempt_at=func.now()))


def test_a_lapsed_one_is_sent_again_at_once_until_its_tries_are_over(world: World) -> None:
    assert len(DELAYS) == TRIES
    endpoint = add_endpoint(world.gateway, world.clinic)
    cancel(world, 1)
    for number in range(1, TRIES + 1):
        (delivery,) = take(world.worker)
        assert delivery.number == number
        lapse(world, endpoint)
        with world.worker.transaction() as session:
            became = lifecycle.lapse_deliveries(session)
        last = DeliveryState.FAILED if number == TRIES else DeliveryState.PENDING
        assert became == {delivery.delivery_id: last}
    assert write(world.worker, ended(delivery)) == set()
    assert [outcome for _, outcome, _ in attempts(world.worker, delivery.delivery_id)] == ["lost"] * TRIES


def lapse(world: World, endpoint: str) -> None:
    with world.worker.transaction() as session:
        past = func.now() - timedelta(seconds=1)
        session.execute(update(Delivery).where(Delivery.endpoint_id == endpoint).values(lease_until=past))


def test_410_switches_off_and_the_clinics_other_endpoints_hear_of_it(world: World) -> None:
    gone, other = add_endpoint(world.gateway, world.clinic), add_endpoint(world.gateway, world.clinic)
    cancel(world, 1)
    first = {delivery.endpoint_id: delivery for delivery in take(world.worker)}[gone]
    write(world.worker, ended(first, AttemptOutcome.REFUSED, status=410, retry_in_s=5.0))
    row = endpoint_row(world.worker, gone)
    assert (row.disabled_reason, row.disabled_at is not None) == (DisabledReason.GONE, True)
    assert kinds(world, other) == ["case.canceled", "endpoint.disabled"]
    assert kinds(world, gone) == ["case.canceled"]
    cancel(world, 1)
    assert kinds(world, gone) == ["case.canceled"]
    make_due(world, gone)
    assert all(delivery.endpoint_id == other for delivery in take(world.worker))


@pytest.mark.parametrize(("days", "disabled"), [(4, None), (6, DisabledReason.FAILING)])
def test_five_days_of_failures_switch_off_and_one_success_begins_anew(
    world: World, days: int, disabled: DisabledReason | None
) -> None:
    endpoint = add_endpoint(world.gateway, world.clinic)
    cancel(world, 2)
    first, second = take(world.worker)
    with world.worker.transaction() as session:
        set_endpoint(session, endpoint, failing_since=func.now() - timedelta(days=days))
    write(world.worker, ended(first, AttemptOutcome.UNREACHABLE, status=None, retry_in_s=5.0))
    row = endpoint_row(world.worker, endpoint)
    assert row.disabled_reason == disabled
    write(world.worker, ended(second))
    assert endpoint_row(world.worker, endpoint).failing_since is None


def test_what_was_not_sent_for_a_fault_of_ours_says_nothing_of_the_endpoint(world: World) -> None:
    endpoint = add_endpoint(world.gateway, world.clinic)
    cancel(world, 1)
    (only,) = take(world.worker)
    write(world.worker, ended(only, AttemptOutcome.NOT_SENT, status=None, retry_in_s=5.0))
    assert endpoint_row(world.worker, endpoint).failing_since is None


def test_an_endpoint_that_asks_for_a_pause_gets_it(world: World) -> None:
    endpoint = add_endpoint(world.gateway, world.clinic)
    cancel(world, 3)
    first, _ = take(world.worker)
    write(world.worker, ended(first, AttemptOutcome.REFUSED, status=429, retry_in_s=60.0, pause_s=60.0))
    assert take(world.worker) == []
    with world.worker.transaction() as session:
        set_endpoint(session, endpoint, paused_until=func.now() - timedelta(seconds=1))
    assert len(take(world.worker)) == 1


def test_what_failed_is_recovered_and_what_never_was_is_replayed(world: World) -> None:
    endpoint = add_endpoint(world.gateway, world.clinic)
    cancel(world, 2)
    for delivery in take(world.worker):
        write(world.worker, ended(delivery, AttemptOutcome.UNREACHABLE, status=None))
    late = add_endpoint(world.gateway, world.clinic)
    hour = (datetime.now(UTC) - timedelta(hours=1), datetime.now(UTC) + timedelta(hours=1))
    assert len(recovered(world, endpoint, *hour)) == 2
    assert recovered(world, endpoint, *hour) == []
    assert recovered(world, endpoint, hour[0], hour[0] + timedelta(minutes=1)) == []
    with world.gateway.transaction(world.clinic) as session:
        first = lifecycle.replay_missing(session, late, *hour, 1)
        rest = lifecycle.replay_missing(session, late, *hour, 100)
        assert lifecycle.replay_missing(session, late, *hour, 100) == []
    assert (len(first), len(rest)) == (1, 1)
    again = [delivery for delivery in take(world.worker) if delivery.endpoint_id == endpoint]
    assert [(delivery.number, delivery.tries) for delivery in again] == [(2, 1)] * 2


def recovered(world: World, endpoint: str, since: datetime, until: datetime) -> Sequence[str]:
    with world.gateway.transaction(world.clinic) as session:
        return lifecycle.recover(session, endpoint, since, until, 100)


def test_a_test_goes_to_its_endpoint_alone_and_a_delivery_under_way_is_not_begun_anew(world: World) -> None:
    mine = add_endpoint(world.gateway, world.clinic, event_types=["case.failed"])
    other = add_endpoint(world.gateway, world.clinic, event_types=["endpoint.test"])
    with world.gateway.transaction(world.clinic) as session:
        delivery = lifecycle.send_test(session, session.get_one(WebhookEndpoint, mine))
        assert not lifecycle.redeliver(session, delivery.id)
    assert kinds(world, other) == []
    (taken,) = take(world.worker)
    assert (taken.endpoint_id, taken.case, taken.event.data) == (mine, None, {"endpoint_id": mine})
    write(world.worker, ended(taken))
    with world.gateway.transaction(world.clinic) as session:
        assert lifecycle.redeliver(session, delivery.id)
    (again,) = take(world.worker)
    assert again.event.id == taken.event.id


def test_an_event_and_its_deliveries_are_one_transaction(world: World) -> None:
    endpoint = add_endpoint(world.gateway, world.clinic, event_types=["case.accepted"])
    with world.gateway.transaction(world.clinic) as session:
        lifecycle.accept_case(session, new_case(world.clinic, world.model))
        assert session.scalar(select(func.count()).select_from(Delivery)) == 1
        session.rollback()
    assert deliveries(world.worker, endpoint) == []


def test_the_gateway_cannot_read_a_secret_back(world: World) -> None:
    add_endpoint(world.gateway, world.clinic)
    with world.gateway.transaction(world.clinic) as session:
        assert session.scalar(text("SELECT count(id) FROM webhook_secrets")) == 1
    with pytest.raises(Exception, match="permission denied"), world.gateway.transaction(world.clinic) as session:
        session.scalar(text("SELECT ciphertext FROM webhook_secrets"))
