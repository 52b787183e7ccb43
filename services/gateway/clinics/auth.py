"""Who calls, decided from the headers alone: no dependency here ever touches the body."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from services.gateway.clinics.schemas import Caller
from services.gateway.clinics.service import KeyRing
from services.gateway.clinics.tenant import Tenant
from services.gateway.dependencies import PartsDep
from services.gateway.parts import Parts
from services.gateway.refusals import Forbidden, Unauthenticated
from shared.contracts.enums import Scope

# Reads the header and describes it in the document; what is missing is refused below, in our own words.
_bearer = HTTPBearer(auto_error=False, scheme_name="key", description="A clinic's key: `Authorization: Bearer ll_…`")


async def authenticate(
    request: Request, sent: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> Caller:
    """Return the caller. Raises Unauthenticated, or DatabaseUnavailable where a key cannot be checked.

    A missing key costs nothing and a recent one no thread; only an unknown one is looked up.
    """
    if sent is None:
        raise Unauthenticated("send Authorization: Bearer and a key")
    keys: KeyRing = request.app.state.keys
    caller = keys.remembered(sent.credentials)
    return caller if caller is not None else await run_in_threadpool(keys.check, sent.credentials)


CallerDep = Annotated[Caller, Depends(authenticate)]


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


async def operator(caller: CallerDep) -> Caller:
    """Return an operator: a key with the scope `admin`. Raises Forbidden."""
    if Scope.ADMIN not in caller.scopes:
        raise Forbidden(f"the key needs the scope {Scope.ADMIN}")
    return caller


OperatorDep = Annotated[Caller, Depends(operator)]
