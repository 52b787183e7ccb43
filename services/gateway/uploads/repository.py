"""Every SQL statement about uploads. Row-level security narrows each of them to the transaction's clinic."""

from datetime import timedelta
from typing import Final

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import Session

from services.gateway.clinics.tenant import Tenant
from shared.db.models import Upload

# Longer than a form counts and its object is kept: nothing can come of an older one.
_KEPT: Final = timedelta(days=2)


def add(session: Session, upload: Upload) -> None:
    """Add an upload, and forget the clinic's old ones, or the device's."""
    old = delete(Upload).where(Upload.clinic_id == upload.clinic_id, Upload.expires_at < func.now() - _KEPT)
    session.execute(old, execution_options={"synchronize_session": False})
    session.add(upload)
    session.flush()


def _of(tenant: Tenant, upload_id: str) -> tuple[ColumnElement[bool], ...]:
    """Who asked for a form uses it up: a device its own, the clinic's keys one another's."""
    whose = Upload.device_id.is_(None) if tenant.device_id is None else Upload.device_id == tenant.device_id
    return (Upload.id == upload_id, Upload.clinic_id == tenant.clinic_id, whose)


def find(session: Session, tenant: Tenant, upload_id: str) -> Upload | None:
    return session.scalar(select(Upload).where(*_of(tenant, upload_id)))


def use_up(session: Session, tenant: Tenant, upload_id: str, case_id: str) -> bool:
    """Give the upload to the case; False where another has it. Waits for a transaction that is about to take it."""
    taken = session.execute(
        update(Upload)
        .where(*_of(tenant, upload_id), Upload.case_id.is_(None))
        .values(case_id=case_id)
        .returning(Upload.id),
        execution_options={"synchronize_session": False},
    )
    return taken.scalar() is not None
