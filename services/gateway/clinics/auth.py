"""Who calls, decided from the headers alone: no dependency here ever touches the body."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from services.gateway.clinics.key_ring import KeyRing
from services.gateway.clinics.schemas import Caller, Visitor
from services.gateway.clinics.tenant import Reach, Tenant
from services.gateway.dependencies import PartsDep
from services.gateway.limits.address import address_of
from services.gateway.limits.service import Allowance, Limiter, Visit, headers_of, refuse
from services.gateway.parts import Parts
from services.gateway.refusals import Forbidden, Unauthenticated
from shared.contracts.access import ActorKind
from shared.contracts.enums import CallerKind, Scope
from shared.db.access_log import Origin

# Reads the header and describes it in the document; what is missing is refused below, in our own words.
_bearer = HTTPBearer(
    auto_error=False,
    scheme_name="key",
    description="A clinic's key or a device's access token: `Authorization: Bearer ll_…`",
)

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
    visit, visitor = visit_of(request), visitor_of(request)
    if sent is None:
        await limiter.note_failure(visit)
        raise Unauthenticated("send Authorization: Bearer and a key")
    caller = keys.remembered(sent.credentials, visitor.address)
    if caller is not None:
        return caller
    if not keys.was_good(sent.credentials):
        await limiter.admit_stranger(visit)
    try:
        return await run_in_threadpool(keys.check, sent.credentials, visitor)
    except Unauthenticated:
        await limiter.note_failure(visit)
        raise


async def admit(request: Request, caller: Annotated[Caller, Depends(authenticate)]) -> Caller:
    """Count the request and return the caller. Raises RateLimited."""
    limiter: Limiter = request.app.state.limiter
    allowance = Allowance(caller.key_id, caller.requests_per_minute, caller.photos_per_minute)
    levels = await limiter.charge(visit_of(request), allowance)
    request.state.rate_limit = headers_of(levels)
    refuse(levels)
    return caller


def visit_of(request: Request) -> Visit:
    """Return where a request comes from, and whether it brings a photo."""
    return Visit(_address(request), submits=(request.method, request.scope["path"]) == _SUBMISSION)


def visitor_of(request: Request) -> Visitor:
    """Return where a request comes from, in the words of the access log."""
    parts: Parts = request.app.state.parts
    return Visitor(parts.pseudonyms.of(_address(request)), request.state.request_id)


def _address(request: Request) -> str:
    parts: Parts = request.app.state.parts
    peer = None if request.client is None else request.client.host
    forwarded = request.headers.getlist("x-forwarded-for")
    return address_of(peer, forwarded, parts.settings.trusted_proxy_hops)


CallerDep = Annotated[Caller, Depends(admit)]


async def origin_of(request: Request, caller: CallerDep) -> Origin:
    """Return who calls and from where, as the access log is told."""
    visitor = visitor_of(request)
    return visitor.origin(
        ActorKind(caller.kind),
        clinic_id=caller.clinic_id,
        key_id=None if caller.device_id else caller.key_id,
        device_id=caller.device_id,
    )


OriginDep = Annotated[Origin, Depends(origin_of)]


async def authenticate_again(request: Request) -> None:
    """Check the key of a request that has been waiting, for it may have ended meanwhile. Raises as `authenticate`."""
    await authenticate(request, await _bearer(request))


def require(scope: Scope) -> Callable[[Caller, Origin, Parts], Awaitable[Tenant]]:
    """Return a dependency that answers with the caller's clinic where the key has the scope. Raises Forbidden.

    A device's is confined to its subject.
    """

    async def tenant_with_scope(caller: CallerDep, origin: OriginDep, parts: PartsDep) -> Tenant:
        if scope not in caller.scopes or caller.clinic_id is None:
            raise Forbidden(f"the key needs the scope {scope} of a clinic")
        return Tenant(caller.clinic_id, parts.database, origin, parts.reads, confined=caller.confined)

    return tenant_with_scope


WriterDep = Annotated[Tenant, Depends(require(Scope.CASES_WRITE))]
ReaderDep = Annotated[Tenant, Depends(require(Scope.CASES_READ))]
ManagerDep = Annotated[Tenant, Depends(require(Scope.WEBHOOKS_MANAGE))]


async def device(caller: CallerDep, origin: OriginDep, parts: PartsDep) -> Tenant:
    """Return the clinic of a device, confined to its subject. Raises Forbidden for keys."""
    if caller.clinic_id is None or caller.confined is None:
        raise Forbidden("only a device may do this")
    return Tenant(caller.clinic_id, parts.database, origin, parts.reads, confined=caller.confined)


def require_key(*scopes: Scope) -> Callable[[Caller, Origin, Parts], Awaitable[Tenant]]:
    """Return a dependency as `require` does, for a clinic's own keys: a device has no such right.

    Raises Forbidden.
    """

    async def tenant_of_key(caller: CallerDep, origin: OriginDep, parts: PartsDep) -> Tenant:
        if caller.kind is not CallerKind.CLINIC_KEY or caller.clinic_id is None or not caller.scopes.issuperset(scopes):
            raise Forbidden(f"a clinic's key with the scopes {' and '.join(scopes)} is needed")
        return Tenant(caller.clinic_id, parts.database, origin, parts.reads)

    return tenant_of_key


# A device gets both scopes, so that who makes a code for one has both.
EnrollerDep = Annotated[Tenant, Depends(require_key(Scope.CASES_READ, Scope.CASES_WRITE))]
KeyReaderDep = Annotated[Tenant, Depends(require_key(Scope.CASES_READ))]
KeyWriterDep = Annotated[Tenant, Depends(require_key(Scope.CASES_WRITE))]
DeviceDep = Annotated[Tenant, Depends(device)]


async def operator(caller: CallerDep) -> Caller:
    """Return an operator: a key of no clinic with the scope `admin`. Raises Forbidden."""
    if not _is_operator(caller):
        raise Forbidden(f"the key needs the scope {Scope.ADMIN}")
    return caller


def _is_operator(caller: Caller) -> bool:
    # Nobody gives a clinic's key `admin`; a row that has it all the same makes no operator of a clinic.
    return Scope.ADMIN in caller.scopes and caller.clinic_id is None


async def registry_reader(caller: CallerDep) -> Caller:
    """Return whoever may read the registry of models, which is no clinic's. Raises Forbidden."""
    if Scope.MODELS_MANAGE not in caller.scopes and not _is_operator(caller):
        raise Forbidden(f"the key needs the scope {Scope.MODELS_MANAGE} or {Scope.ADMIN}")
    return caller


async def campaigner(caller: CallerDep, origin: OriginDep, parts: PartsDep) -> Reach:
    """Return over which cases the caller may run campaigns: its clinic's, an operator over all. Raises Forbidden."""
    needed = Scope.ADMIN if caller.clinic_id is None else Scope.RERUNS_MANAGE
    if needed not in caller.scopes:
        raise Forbidden(f"the key needs the scope {Scope.RERUNS_MANAGE} of a clinic, or {Scope.ADMIN}")
    return Reach(caller.clinic_id, caller.key_id, parts.database, origin)


CampaignerDep = Annotated[Reach, Depends(campaigner)]
RegistryReaderDep = Annotated[Caller, Depends(registry_reader)]
OperatorDep = Annotated[Caller, Depends(operator)]
