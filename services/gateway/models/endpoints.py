"""Routes of the registry of models. It is no clinic's: whoever may manage models reads it, operators change it."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, StreamingResponse

from services.gateway import paging
from services.gateway.clinics.auth import OperatorDep, OriginDep, RegistryReaderDep
from services.gateway.dependencies import PartsDep
from services.gateway.http_errors import declared
from services.gateway.models import service
from services.gateway.models.form import ModelForm
from services.gateway.models.schemas import ModelBody, ModelPage
from services.gateway.multipart import Pace, boundary_of, receive
from services.gateway.settings import GatewaySettings
from shared.contracts.ids import IdPrefix, id_pattern

router = APIRouter(prefix="/v1/models", tags=["models"])

ModelId = Annotated[str, Path(pattern=id_pattern(IdPrefix.MODEL), examples=["mdl_06f3k1qv2n7xw8m4t9zc5hd0ra"])]
_READ = ("unauthenticated", "forbidden", "validation", "database_unavailable", "internal_error")
_FIND = (*_READ, "not_found")
_FORM = (
    "request_timeout",
    "too_large",
    "unsupported_media",
    "malformed",
    "weights_mismatch",
    "weights_invalid",
    "store_unavailable",
    "busy",
)
_LINK = {"Link": {"description": 'The next page, as `rel="next"`; absent on the last', "schema": {"type": "string"}}}
_TAG = {
    "ETag": {"description": "Tag of the registry: changes with every activation", "schema": {"type": "string"}},
}
_LOCATION = {"Location": {"description": "Path of the model", "schema": {"type": "string"}}, **_TAG}
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["manifest", "weights"],
                    "additionalProperties": False,
                    "properties": {
                        "manifest": {"type": "string", "format": "binary", "description": "`manifest.json`"},
                        "weights": {
                            "type": "string",
                            "format": "binary",
                            "description": "The safetensors file whose sha256 the manifest names; at most 200 MB",
                        },
                        "card": {"type": "string", "format": "binary", "description": "`MODEL_CARD.md`"},
                    },
                },
            },
        },
    }
}


@router.post(
    "",
    operation_id="register_model",
    status_code=201,
    response_model=ModelBody,
    responses={
        200: {"model": ModelBody, "description": "It was registered before", "headers": _LOCATION},
        201: {"headers": _LOCATION},
        **declared(*_READ, *_FORM),
    },
    openapi_extra=_BODY,
    summary="Register a model as a candidate",
)
async def register_model(request: Request, _: OperatorDep, by: OriginDep, parts: PartsDep) -> Response:
    """Nothing is run on it before it is activated. Its parts may come in any order."""
    with service.place(parts), await _receive(request, parts.settings) as form:
        told, is_new = await run_in_threadpool(service.register, parts, form, by)
    return _answer(told, status=201 if is_new else 200, Location=f"/v1/models/{told.body.id}")


@router.get(
    "",
    operation_id="list_models",
    response_model=ModelPage,
    responses={200: {"headers": _LINK}, **declared(*_READ)},
    summary="Every model, newest first",
)
def list_models(
    request: Request,
    _: RegistryReaderDep,
    parts: PartsDep,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: Annotated[str | None, Query(max_length=200, description="`next_cursor` of the page before")] = None,
) -> Response:
    page = service.page(parts.database, limit, cursor)
    headers = {}
    if page.next_cursor is not None:
        headers["Link"] = paging.link_to_next(request.url.path, request.url.query, page.next_cursor)
    return JSONResponse(page.model_dump(mode="json"), headers=headers)


@router.get(
    "/{model_id}",
    operation_id="get_model",
    response_model=ModelBody,
    responses={200: {"headers": _TAG}, **declared(*_FIND)},
    summary="One model, and what its manifest says",
)
def get_model(model_id: ModelId, _: RegistryReaderDep, parts: PartsDep) -> Response:
    return _answer(service.read(parts.database, model_id))


@router.get(
    "/{model_id}/card",
    operation_id="get_model_card",
    response_class=Response,
    responses={
        200: {"content": {"text/markdown": {"schema": {"type": "string"}}}},
        **declared(*_FIND, "store_unavailable"),
    },
    summary="What is said about the model for people",
)
def get_model_card(model_id: ModelId, _: RegistryReaderDep, parts: PartsDep) -> StreamingResponse:
    return StreamingResponse(service.card(parts, model_id), media_type="text/markdown")


@router.post(
    "/{model_id}/activate",
    operation_id="activate_model",
    response_model=ModelBody,
    responses={200: {"headers": _TAG}, **declared(*_FIND, "version_mismatch", "precondition_required")},
    summary="Give new cases to this model",
)
def activate_model(
    model_id: ModelId,
    _: OperatorDep,
    by: OriginDep,
    parts: PartsDep,
    if_match: Annotated[
        str | None, Header(description="ETag of any model, as last seen: what was active then has to be so still")
    ] = None,
) -> Response:
    """The model that was active is retired. Workers take this one up without a restart; runs keep the model they name.

    Activating a retired model is a roll back.
    """
    return _answer(service.activate(parts.database, model_id, if_match, by))


@router.post(
    "/{model_id}/retire",
    operation_id="retire_model",
    response_model=ModelBody,
    responses={200: {"headers": _TAG}, **declared(*_FIND, "model_active")},
    summary="Say that a model is not to be used again",
)
def retire_model(model_id: ModelId, _: OperatorDep, by: OriginDep, parts: PartsDep) -> Response:
    """Runs that name it are still done. Retiring it again changes nothing."""
    return _answer(service.retire(parts.database, model_id, by))


async def _receive(request: Request, settings: GatewaySettings) -> ModelForm:
    boundary = boundary_of(request.headers.get("content-type", ""))
    form = ModelForm(boundary, settings.max_model_bytes)
    await receive(request, form, Pace.of(settings))
    return form


def _answer(told: service.Told, *, status: int = 200, **headers: str) -> Response:
    return JSONResponse(told.body.model_dump(mode="json"), status, headers={"ETag": told.tag, **headers})
