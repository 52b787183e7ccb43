"""Decides who may upload where, and whether what lies there may become a photo of a case."""

import secrets
from datetime import UTC, datetime, timedelta
from typing import Final

from services.gateway.clinics.tenant import Tenant
from services.gateway.parts import Parts
from services.gateway.refusals import (
    DirectUploadOff,
    NotFound,
    TooLarge,
    UploadChanged,
    UploadConsumed,
    UploadMissing,
)
from services.gateway.uploads import repository
from services.gateway.uploads.schemas import NewUpload, UploadBody
from shared.contracts.access import AccessAction
from shared.contracts.ids import IdPrefix, new_id
from shared.db.access_log import Access
from shared.db.models import Upload
from shared.errors import ObjectMissing, StoreUnavailable
from shared.observability.logging import get_logger
from shared.storage import keys
from shared.storage.direct import DirectUploads

# Whoever gets hold of a form can use it for as long, and no longer.
FORM_SECONDS: Final = 300
_log = get_logger(__name__)


def new_token() -> str:
    """Return what an upload lies under: 128 random bits, so that nobody comes upon another's."""
    return secrets.token_hex(16)


def offer(parts: Parts, tenant: Tenant, new: NewUpload) -> UploadBody:
    """Return a form for one photo. Raises DirectUploadOff, DatabaseUnavailable."""
    direct = _direct(parts)
    most = parts.settings.max_upload_bytes
    expires_at = datetime.now(UTC) + timedelta(seconds=FORM_SECONDS)
    upload = Upload(
        id=new_id(IdPrefix.UPLOAD),
        clinic_id=tenant.clinic_id,
        key=keys.upload(new_token()),
        expires_at=expires_at,
        device_id=tenant.device_id,
    )
    with tenant.transaction() as session:
        repository.add(session, upload)
        tenant.record(session, Access(AccessAction.UPLOAD_OFFERED, subject=upload.id))
    form = direct.form(upload.key, media_type=new.media_type, most_bytes=most, seconds=FORM_SECONDS)
    return UploadBody(upload_id=upload.id, url=form.url, fields=form.fields, max_bytes=most, expires_at=expires_at)


def find(tenant: Tenant, upload_id: str) -> Upload:
    """Return an upload that is still to be used. Raises NotFound, UploadConsumed, DatabaseUnavailable."""
    with tenant.transaction() as session:
        upload = repository.find(session, tenant, upload_id)
    if upload is None:
        raise NotFound("there is no such upload")
    if upload.case_id is not None:
        raise UploadConsumed("the upload became a case before")
    return upload


def copy_to(parts: Parts, upload: Upload, target: str) -> None:
    """Copy what was uploaded to where nobody else can write.

    Raises DirectUploadOff, UploadMissing, UploadChanged where it was replaced meanwhile, TooLarge, StoreUnavailable.
    """
    direct = _direct(parts)
    found = direct.look(upload.key)
    if found is None:
        raise UploadMissing("nothing was uploaded by that form")
    if found.size > parts.settings.max_upload_bytes:
        raise TooLarge(f"the photo is larger than {parts.settings.max_upload_bytes} bytes")
    try:
        taken = direct.take(upload.key, target, found.tag)
    except ObjectMissing as error:
        raise UploadMissing("nothing was uploaded by that form") from error
    if not taken:
        raise UploadChanged("the upload was replaced at this moment; send the request again")


def forget(parts: Parts, upload: Upload) -> None:
    """Delete what was uploaded, once it is copied. Best effort: what stays is found by its age."""
    try:
        parts.store.delete(upload.key)
    except StoreUnavailable:
        _log.warning("upload_left_behind")


def _direct(parts: Parts) -> DirectUploads:
    if parts.direct is None:
        raise DirectUploadOff("this server takes photos with POST /v1/cases only")
    return parts.direct
