"""Who calls, decided from the headers alone: no dependency here ever touches the body."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from services.gateway.clinics.schemas import Caller
from services.gateway.clinics.service import KeyRing
from services.gateway.clinics.tenant import Reach, Tenant
from services.gateway.dependencies import PartsDep
from services.gateway.limits.address import address_of
from services.gateway.limits.service import Allowance, Limiter, Visit, headers_of, refuse
from services.gateway.parts import Parts
from services.gateway.refusals import Forbidden, Unauthenticated
from shared.contracts.enums import Scope

# Reads the header and describes it in the document; what is missing is refused below, in our own words.
_bearer = HTTPBearer(auto_error=False, scheme_name="key", description="A clinic's key: `Authorization: Bearer ll_…`")

_SUBMISSION = ("POST", "/v1/cases")


async def authenticate(
    request: Request, sent: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> Caller:
    """Return the caller. Raises Unauthenticated, RateLimited, or DatabaseUnavailable where a key cannot be checked.

    A missing key costs no look into the database and a recent one no thread; only an unknown one is looked up, and not
    for an address from which too many have failed. A key that was good lately is not held up by its neighbours' errors.
    """
    keys: KeyRing = request.app.state.keys
    limiter: Limiter = request.app.state.limiter
    visit = _visit(request)
    if sent is None:
        await limiter.note_failure(visit)
        raise Unauthenticated("send Authorization: Bearer and a key")
    caller = keys.remembered(sent.credentials)
    if caller is not None:
        return caller
    if not keys.was_good(sent.credentials):
        await limiter.admit_stranger(visit)
    try:
        return await run_in_threadpool(keys.check, sent.credentials)
    except Unauthenticated:
        await limiter.note_failure(visit)
        raise


async def admit(request: Request, caller: Annotated[Caller, Depends(authenticate)]) -> Caller:
    """Count the request and return the caller. Raises RateLimited."""
    limiter: Limiter = request.app.state.limiter
    allowance = Allowance(caller.key_id, caller.requests_per_minute, caller.photos_per_minute)
    levels = await limiter.charge(_visit(request), allowance)
    request.state.rate_limit = headers_of(levels)
    refuse(levels)
    return caller


def _visit(request: Request) -> Visit:
    parts: Parts = request.app.state.parts
    peer = None if request.client is None else request.client.host
    forwarded = request.headers.getlist("x-forwarded-for")
    address = address_of(peer, forwarded, parts.settings.trusted_proxy_hops)
    return Visit(address, submits=(request.method, request.scope["path"]) == _SUBMISSION)


CallerDep = Annotated[Caller, Depends(admit)]


async def authenticate_again(request: Request) -> None:
    """Check the key of a request that has been waiting, for it may have ended meanwhile. Raises as `authenticate`."""
    await authenticate(request, await _bearer(request))


def require(scope: Scope) -> Callable[[Caller, Parts], Awaitable[Tenant]]:
    """Return a dependency that answers with the caller's clinic where the key has the scope. Raises Forbidden."""

    async def tenant_with_scope(caller: CallerDep, parts: PartsDep) -> Tenant:
        if scope not in caller.scopes or caller.clinic_id is None:
            raise Forbidden(f"the key needs the scope {scope} of a clinic")
        return Tenant(clinic_id=caller.clinic_id, database=parts.database)

    return tenant_with_scope


WriterDep = Annotated[Tenant, Depends(require(Scope.CASES_WRITE))]
ReaderDep = Annotated[Tenant, Depends(require(Scope.CASES_READ))]
ManagerDep = Annotated[Tenant, Depends(require(Scope.WEBHOOKS_MANAGE))]


async def operator(caller: CallerDep) -> Caller:
    """Return an operator: a key with the scope `admin`. Raises Forbidden."""
    if Scope.ADMIN not in caller.scopes:
        raise Forbidden(f"the key needs the scope {Scope.ADMIN}")
    return caller


async def registry_reader(caller: CallerDep) -> Caller:
    """Return whoever may read the registry of models, which is no clinic's. Raises Forbidden."""
    if not caller.scopes & {Scope.ADMIN, Scope.MODELS_MANAGE}:
        raise Forbidden(f"the key needs the scope {Scope.MODELS_MANAGE} or {Scope.ADMIN}")
    return caller


async def campaigner(caller: CallerDep, parts: PartsDep) -> Reach:
    """Return over which cases the caller may run campaigns: its clinic's, an operator over all. Raises Forbidden."""
    needed = Scope.ADMIN if caller.clinic_id is None else Scope.RERUNS_MANAGE
    if needed not in caller.scopes:
        raise Forbidden(f"the key needs the scope {Scope.RERUNS_MANAGE} of a clinic, or {Scope.ADMIN}")
    return Reach(clinic_id=caller.clinic_id, key_id=caller.key_id, database=parts.database)


CampaignerDep = Annotated[Reach, Depends(campaigner)]
RegistryReaderDep = Annotated[Caller, Depends(registry_reader)]
OperatorDep = Annotated[Caller, Depends(operator)]
