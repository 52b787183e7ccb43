"""Who did what from where, a row an access, and the chain of seals over these rows. Both are only ever added to."""

from datetime import datetime

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, Identity, Index, LargeBinary, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from shared.contracts.access import ONCE_A_VERSION, AccessOutcome, ActorKind
from shared.db.base import Base

_CALLERS = ", ".join(f"'{caller}'" for caller in ActorKind)
_OUTCOMES = ", ".join(f"'{outcome}'" for outcome in AccessOutcome)
_ONCE = ", ".join(f"'{action}'" for action in ONCE_A_VERSION)


class AccessEntry(Base):
    """Names ids, never a person: what a column may hold is a constraint. No foreign keys: rows outlive what they name.

    `clinic_id` is the caller's; `subject` what was acted on, where that is no case, or something of one.
    """

    __tablename__ = "access_log"
    __table_args__ = (
        CheckConstraint(f"caller IN ({_CALLERS})", name="caller_known"),
        CheckConstraint(f"outcome IN ({_OUTCOMES})", name="outcome_known"),
        CheckConstraint("action ~ '^[a-z_]{1,40}$'", name="action_is_a_word"),
        CheckConstraint("part ~ '^[a-z_.]{1,40}$'", name="part_is_a_word"),
        CheckConstraint(
            "concat_ws(' ', clinic_id, key_id, device_id, case_id, subject) ~ '^([a-z]{2,8}_[0-9a-z]{20,40} ?)*$'",
            name="ids_are_ids",
        ),
        CheckConstraint("address ~ '^adr_[0-9a-f]{16}$'", name="address_is_a_pseudonym"),
        CheckConstraint("request_id ~ '^req_[0-9a-f]{24}$'", name="request_id_is_ours"),
        # In the order in which they are sealed.
        Index("ix_access_log_xid_id", "xid", "id"),
        Index("ix_access_log_at_id", "at", "id"),
        Index("ix_access_log_case_id_at_id", "case_id", "at", "id", postgresql_where=text("case_id IS NOT NULL")),
        Index("ix_access_log_key_id_at_id", "key_id", "at", "id", postgresql_where=text("key_id IS NOT NULL")),
        Index(
            "uq_access_log_first_read",
            "case_id",
            "version",
            "action",
            text("COALESCE(device_id, key_id)"),
            unique=True,
            postgresql_where=text(f"action IN ({_ONCE})"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    # Of the transaction that wrote the row, as a number: what is below the oldest one at work is complete.
    xid: Mapped[int] = mapped_column(BigInteger, server_default=text("pg_current_xact_id()::text::bigint"))
    at: Mapped[datetime] = mapped_column(server_default=func.now())

    clinic_id: Mapped[str | None]
    caller: Mapped[str]
    key_id: Mapped[str | None]
    device_id: Mapped[str | None]

    action: Mapped[str]
    case_id: Mapped[str | None]
    subject: Mapped[str | None]
    part: Mapped[str | None]
    version: Mapped[int | None]
    count: Mapped[int | None]
    outcome: Mapped[str]

    address: Mapped[str | None]
    request_id: Mapped[str | None]


class AccessSeal(Base):
    """One batch of rows: those of `era` with `from_xid <= xid < to_xid`, in that order. `hash` covers all but itself.

    An era is the time of one server's transaction numbers; a dump that is restored on another one begins the next. Its
    rows have ids beyond `after_id`.
    """

    __tablename__ = "access_seals"
    __table_args__ = (
        UniqueConstraint("previous"),
        CheckConstraint("from_xid <= to_xid", name="forward"),
        CheckConstraint("octet_length(row_marks) = 8 * cardinality(row_ids)", name="a_mark_a_row"),
    )

    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    sealed_at: Mapped[datetime]
    era: Mapped[int]
    after_id: Mapped[int] = mapped_column(BigInteger)
    from_xid: Mapped[int] = mapped_column(BigInteger)
    to_xid: Mapped[int] = mapped_column(BigInteger)
    # The highest id that was sealed so far.
    last_id: Mapped[int] = mapped_column(BigInteger)
    row_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    # The first 8 bytes of each row's digest: they say which row was changed; that one was, `rows_sha256` says.
    row_marks: Mapped[bytes] = mapped_column(LargeBinary)
    rows_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    previous: Mapped[bytes] = mapped_column(LargeBinary)
    hash: Mapped[bytes] = mapped_column(LargeBinary)
