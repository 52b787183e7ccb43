"""Every question that maintenance asks of Postgres, and the rows that it deletes. States are left to the life cycle."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import (
    ScalarResult,
    String,
    cast,
    delete,
    exists,
    func,
    literal,
    or_,
    select,
    text,
    tuple_,
    union_all,
    update,
)
from sqlalchemy.orm import Session

from shared.contracts.enums import CaseState, DeliveryState, RunQueue, RunState
from shared.db.models import (
    Artifact,
    Case,
    Delivery,
    Device,
    DeviceToken,
    Enrolment,
    EnrolmentFailure,
    IdempotencyRecord,
    Run,
    WebhookSecret,
    Worker,
)

_BULK = {"synchronize_session": False}


@dataclass(frozen=True, slots=True)
class Leftover:
    """A photo as it was sent, of a case that needs it no longer. `failed_unread`: it was never decoded."""

    case_id: str
    key: str
    failed_unread: bool


@dataclass(frozen=True, slots=True)
class Counts:
    """How much there is to do, and who is there to do it."""

    waiting_live: int
    running: int
    ended_last_minute: int
    workers: int


@dataclass(frozen=True, slots=True)
class Balance:
    """One clinic's cases: `accepted` is counted from events, `open` and `terminal` from cases."""

    clinic_id: str
    clinic: str
    accepted: int
    open: int
    terminal: int


@dataclass(frozen=True, slots=True)
class Violation:
    """A defect of ours: which invariant, where it shows (None: a whole clinic), and what was found."""

    invariant: str
    case_id: str | None
    detail: str


def unrung_run(session: Session, *, waited: timedelta, rung_before: timedelta) -> str | None:
    """Return a live run that has been due for `waited` and was not rung for since, or not for `rung_before`.

    Bulk runs wait by the hundred, on purpose: whoever feeds them rings, and workers look by themselves.
    """
    return session.scalar(
        select(Run.id)
        .where(
            Run.state == RunState.QUEUED,
            Run.queue == RunQueue.LIVE,
            Run.next_attempt_at < func.now() - waited,
            Run.cancel_requested_at.is_(None),
            or_(
                Run.rung_at.is_(None),
                Run.rung_at < Run.next_attempt_at,
                Run.rung_at < func.now() - rung_before,
            ),
        )
        .limit(1)
    )


def note_ring(session: Session, run_id: str) -> None:
    session.execute(update(Run).where(Run.id == run_id).values(rung_at=func.now()), execution_options=_BULK)


def leftovers(session: Session, *, after: str, settled: timedelta, limit: int) -> list[Leftover]:
    """Return, by case id, photos as sent whose case has its cleaned image on record, or failed or was canceled.

    A case that has changed within `settled` is left to the worker that ended it, and one with a run at work to that.
    """
    at_work = exists().where(Run.case_id == Case.id, Run.state == RunState.RUNNING)
    rows = session.execute(
        select(Case.id, Case.incoming_key, Case.image_key.is_(None) & (Case.state == CaseState.FAILED))
        .where(
            Case.incoming_key.is_not(None),
            or_(Case.image_key.is_not(None), Case.state.in_([CaseState.FAILED, CaseState.CANCELED])),
            Case.id > after,
            Case.updated_at <= func.now() - settled,
            ~at_work,
        )
        .order_by(Case.id)
        .limit(limit)
    )
    return [Leftover(case_id, key, bool(unread)) for case_id, key, unread in rows if key is not None]


def delete_expired_answers(session: Session, limit: int) -> int:
    """Delete answers that were kept for repeated requests and whose time is over; return how many."""
    key = tuple_(IdempotencyRecord.clinic_id, IdempotencyRecord.route, IdempotencyRecord.key)
    expired = (
        select(IdempotencyRecord.clinic_id, IdempotencyRecord.route, IdempotencyRecord.key)
        .where(IdempotencyRecord.expires_at <= func.now())
        .order_by(IdempotencyRecord.expires_at)
        .limit(limit)
    )
    gone = session.execute(
        delete(IdempotencyRecord).where(key.in_(expired)).returning(literal(1)), execution_options=_BULK
    )
    return len(gone.all())


def delete_old_deliveries(session: Session, kept: timedelta, limit: int) -> int:
    """Delete up to `limit` deliveries made so long ago, unless one is under way, with their tries; return how many.

    Those of an endpoint that was deleted go the same way: nobody takes them meanwhile.
    """
    old = (
        select(Delivery.id)
        .where(Delivery.created_at < func.now() - kept, Delivery.state != DeliveryState.SENDING)
        .order_by(Delivery.created_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    deleted = delete(Delivery).where(Delivery.id.in_(old)).returning(literal(1))
    gone = session.execute(deleted, execution_options=_BULK)
    return len(gone.all())


def delete_expired_secrets(session: Session) -> None:
    session.execute(delete(WebhookSecret).where(WebhookSecret.expires_at <= func.now()), execution_options=_BULK)


def delete_old_devices(session: Session, kept: timedelta, limit: int) -> int:
    """Delete up to `limit` devices that ended so long ago, with all their tokens; return how many."""
    ended = func.least(Device.expires_at, Device.revoked_at)  # it overlooks NULL
    old = select(Device.id).where(ended < func.now() - kept).limit(limit)
    gone = session.execute(delete(Device).where(Device.id.in_(old)).returning(literal(1)), execution_options=_BULK)
    return len(gone.all())


def delete_expired_tokens(session: Session, limit: int) -> int:
    """Delete up to `limit` tokens whose time is over, used or not; return how many."""
    old = select(DeviceToken.digest).where(DeviceToken.expires_at <= func.now()).limit(limit)
    deleted = delete(DeviceToken).where(DeviceToken.digest.in_(old)).returning(literal(1))
    return len(session.execute(deleted, execution_options=_BULK).all())


def delete_old_codes(session: Session, kept: timedelta) -> None:
    """Delete codes that are over since so long, and how many failed as long ago."""
    long_ago = func.now() - kept
    session.execute(delete(Enrolment).where(Enrolment.expires_at < long_ago), execution_options=_BULK)
    session.execute(delete(EnrolmentFailure).where(EnrolmentFailure.minute < long_ago), execution_options=_BULK)


def delete_silent_workers(session: Session, silent_for: timedelta) -> list[str]:
    """Delete the rows of working processes that were not seen for so long; return their names."""
    gone = session.scalars(
        delete(Worker).where(Worker.looked_at < func.now() - silent_for).returning(Worker.id), execution_options=_BULK
    )
    return list(gone)


def counts(session: Session) -> Counts:
    row = session.execute(
        text(
            "SELECT (SELECT coalesce(sum(waiting), 0) FROM queue_backlog()) AS waiting_live, running,"
            " ended_last_minute, (SELECT count(*) FROM workers WHERE service = 'inference') AS workers"
            " FROM queue_pace()"
        )
    ).one()
    return Counts(int(row.waiting_live), row.running, row.ended_last_minute, row.workers)


def named_incoming(session: Session, case_ids: Sequence[str]) -> set[str]:
    """Return the keys of photos as sent that these cases still name."""
    found = session.scalars(select(Case.incoming_key).where(Case.id.in_(case_ids), Case.incoming_key.is_not(None)))
    return {key for key in found if key is not None}


def named_objects(session: Session, keys: Sequence[str], case_ids: Sequence[str]) -> set[str]:
    """Return what of `keys` a row names, and the prefix of every attempt that is at work on one of these cases.

    One statement, so one moment: between two, an attempt could end and be seen neither at work nor on record.
    """
    attempt = literal("cases/") + Run.case_id + "/" + Run.id + "/" + cast(Run.fence, String) + "/"
    found: ScalarResult[str] = session.scalars(
        union_all(
            select(Artifact.key).where(Artifact.key.in_(keys)),
            select(Case.image_key).where(Case.id.in_(case_ids), Case.image_key.is_not(None)),
            select(attempt).where(Run.case_id.in_(case_ids), Run.state == RunState.RUNNING),
        )
    )
    return set(found)


def balances(session: Session) -> list[Balance]:
    rows = session.execute(
        text(
            "SELECT b.clinic_id, c.name, b.accepted, b.open, b.terminal"
            " FROM audit_balance() b JOIN clinics c ON c.id = b.clinic_id ORDER BY b.clinic_id"
        )
    )
    return [Balance(*row) for row in rows]


def violations(session: Session) -> list[Violation]:
    rows = session.execute(text("SELECT invariant, case_id, detail FROM audit_violations() ORDER BY 1, 2, 3"))
    return [Violation(*row) for row in rows]
