"""The OpenAPI document: always the same for the same routes, so that it can be committed and compared."""

import json
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from services.gateway.clinics.schemas import ClinicChange, NewClinic, NewKey, Rotation
from services.gateway.consents.schemas import NewConsent, Withdrawal
from services.gateway.deliveries.schemas import Period
from services.gateway.devices.schemas import EnrolDevice, RefreshDevice
from services.gateway.enrolments.schemas import NewEnrolment
from services.gateway.http_errors import Problem
from services.gateway.reruns.schemas import NewPlan, Promote, RerunCase, RollBack, StartRerun
from services.gateway.submissions.schemas import Metadata, UploadedCase
from services.gateway.uploads.schemas import NewUpload
from services.gateway.webhooks.schemas import EndpointChange, NewEndpoint, SecretRotation

API_VERSION: Final = "1.0.0"
DESCRIPTION: Final = (
    "Skin-lesion screening that shows what it looked at. Submit a photo, poll its case, fetch the pictures of the "
    "result. Research use only: every answer is preliminary and to be reviewed by a clinician."
)
# Models that no route names as its own, but that the description refers to.
_OUTPUTS: Final = (Problem,)
_INPUTS: Final = (
    *(Metadata, UploadedCase, NewUpload),
    *(NewConsent, Withdrawal),
    *(NewEndpoint, EndpointChange, SecretRotation, Period),
    *(NewPlan, StartRerun, Promote, RollBack, RerunCase),
    *(NewClinic, ClinicChange, NewKey, Rotation),
    *(NewEnrolment, EnrolDevice, RefreshDevice),
)
_REF: Final = "#/components/schemas/{model}"


def install(app: FastAPI) -> None:
    """Let the application describe itself by `describe`, once."""
    made: dict[str, Any] = {}

    def openapi() -> dict[str, Any]:
        if not made:
            made.update(describe(app))
        return made

    app.openapi = openapi  # type: ignore[method-assign]  # the way that FastAPI documents


def describe(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document with sorted schemas and without the framework's own error models."""
    document = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    for model in (*_OUTPUTS, *_INPUTS):
        schema = model.model_json_schema(ref_template=_REF, mode="validation" if model in _INPUTS else "serialization")
        for name, definition in schema.pop("$defs", {}).items():
            schemas.setdefault(name, definition)
        schemas[model.__name__] = schema
    document["components"]["schemas"] = dict(sorted(schemas.items()))
    return document


def as_text(document: dict[str, Any]) -> str:
    """Return the document as it is committed."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
