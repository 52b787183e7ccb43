"""Every operation that the application has, and whom it is for. Read from the routes, not from a list of ours."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from fastapi.routing import iter_route_contexts

from services.gateway.clinics.schemas import DEVICE_SCOPES
from services.gateway.main import make_api
from shared.contracts.enums import Scope
from shared.contracts.ids import IdPrefix, new_id

if TYPE_CHECKING:
    from collections.abc import Mapping

EVERY_SCOPE: Final = frozenset(Scope)

# Open on purpose. A route that is neither here nor locked fails tests/security/test_authorization.py.
PUBLIC: Final = {
    "GET /": "the page for a newcomer: it holds no right and asks for a key before it does anything",
    "GET /page/{name}": "its script, style sheet, colour scale and icon, from a short list",
    "GET /app": "the phone app in a browser, where it was built: it has no right and asks for a code or a key",
    "GET /app/{path:path}": "its files, from the list of what was built, and its one document for every page",
    "GET /console/sign-in": "where an operator's key is asked for",
    "POST /console/sign-in": "the key is in the form; who tries keys is locked out as everywhere",
    "GET /console/assets/{name}": "the console's script and style sheet, from a short list",
    "GET /docs": "the description of the interface, for people",
    "GET /docs/assets": "script and style sheet of that page",
    "GET /openapi.json": "the same description, for programs; it is in the repository too",
    "GET /healthz": "asked by whoever keeps the process alive; says that it lives",
    "GET /readyz": "asked by load balancers; says which servers answer, names the model and the workers",
    "GET /metrics": "asked by Prometheus; counts only. docs/metrics.md says to keep it off the public side",
    "POST /v1/devices/enrol": "a patient has a code and no key yet; who tries codes is locked out",
    "POST /v1/devices/refresh": "an access token may have ended; the refresh token is the key here",
}


@dataclass(frozen=True)
class Holder:
    """A key of a clinic, or of an operator, with these scopes. Or a device of a clinic, whose scopes are given."""

    of_clinic: bool
    scopes: frozenset[Scope]
    is_device: bool = False


@dataclass(frozen=True)
class Need:
    """What it takes: keys that are just enough, and the largest that are not. A device's token is one or the other."""

    enough: tuple[Holder, ...]
    too_little: tuple[Holder, ...]


def _clinic(*scopes: Scope) -> Holder:
    return Holder(of_clinic=True, scopes=frozenset(scopes))


def _operator(*scopes: Scope) -> Holder:
    return Holder(of_clinic=False, scopes=frozenset(scopes))


DEVICE: Final = Holder(of_clinic=True, scopes=DEVICE_SCOPES, is_device=True)


def _of_clinics(*scopes: Scope, devices: bool = False) -> Need:
    """A clinic's own: an operator has no clinic, so that no scope of his is enough. Some are for its devices too."""
    without_one = tuple(_clinic(*EVERY_SCOPE - {scope}) for scope in scopes)
    shut_out = (*without_one, _operator(*EVERY_SCOPE))
    enough = (_clinic(*scopes),)
    return Need((*enough, DEVICE), shut_out) if devices else Need(enough, (*shut_out, DEVICE))


WRITE: Final = _of_clinics(Scope.CASES_WRITE, devices=True)
READ: Final = _of_clinics(Scope.CASES_READ, devices=True)
HOOKS: Final = _of_clinics(Scope.WEBHOOKS_MANAGE)
ENROL: Final = _of_clinics(Scope.CASES_READ, Scope.CASES_WRITE)
SEE_DEVICES: Final = _of_clinics(Scope.CASES_READ)
END_DEVICES: Final = _of_clinics(Scope.CASES_WRITE)
OF_DEVICES: Final = Need(enough=(DEVICE,), too_little=(_clinic(*EVERY_SCOPE), _operator(*EVERY_SCOPE)))
ANYBODY: Final = Need(enough=(_clinic(), _operator(Scope.ADMIN), DEVICE), too_little=())
OPERATOR: Final = Need(enough=(_operator(Scope.ADMIN),), too_little=(_clinic(*EVERY_SCOPE), DEVICE))
MODELS: Final = Need(
    enough=(_clinic(Scope.MODELS_MANAGE), _operator(Scope.ADMIN)),
    too_little=(_clinic(*EVERY_SCOPE - {Scope.MODELS_MANAGE}), DEVICE),
)
CAMPAIGNS: Final = Need(
    enough=(_clinic(Scope.RERUNS_MANAGE), _operator(Scope.ADMIN)),
    too_little=(_clinic(*EVERY_SCOPE - {Scope.RERUNS_MANAGE}), DEVICE),
)

# The OpenAPI document says that a key is needed, not which scope: that is told here, for each operation.
NEEDS: Final[Mapping[str, Need]] = {
    "POST /v1/cases": WRITE,
    "POST /v1/uploads": WRITE,
    "POST /v1/cases/{case_id}/cancel": WRITE,
    "DELETE /v1/cases/{case_id}": WRITE,
    "GET /v1/cases": READ,
    "GET /v1/lesions/{lesion_ref}/cases": READ,
    "GET /v1/cases/{case_id}": READ,
    "GET /v1/cases/{case_id}/events": READ,
    "GET /v1/cases/{case_id}/runs": READ,
    "GET /v1/runs/{run_id}": READ,
    "GET /v1/cases/{case_id}/image": READ,
    "GET /v1/cases/{case_id}/heatmap": READ,
    "GET /v1/cases/{case_id}/layer": READ,
    "GET /v1/cases/{case_id}/overlay": READ,
    "GET /v1/webhook-endpoints": HOOKS,
    "POST /v1/webhook-endpoints": HOOKS,
    "GET /v1/webhook-endpoints/{endpoint_id}": HOOKS,
    "PATCH /v1/webhook-endpoints/{endpoint_id}": HOOKS,
    "DELETE /v1/webhook-endpoints/{endpoint_id}": HOOKS,
    "POST /v1/webhook-endpoints/{endpoint_id}/enable": HOOKS,
    "POST /v1/webhook-endpoints/{endpoint_id}/disable": HOOKS,
    "POST /v1/webhook-endpoints/{endpoint_id}/secret/rotate": HOOKS,
    "GET /v1/webhook-endpoints/{endpoint_id}/deliveries": HOOKS,
    "POST /v1/webhook-endpoints/{endpoint_id}/test": HOOKS,
    "POST /v1/webhook-endpoints/{endpoint_id}/recover": HOOKS,
    "POST /v1/webhook-endpoints/{endpoint_id}/replay-missing": HOOKS,
    "GET /v1/deliveries/{delivery_id}": HOOKS,
    "POST /v1/deliveries/{delivery_id}/redeliver": HOOKS,
    "POST /v1/reruns/plan": CAMPAIGNS,
    "POST /v1/reruns": CAMPAIGNS,
    "GET /v1/reruns": CAMPAIGNS,
    "GET /v1/reruns/{rerun_id}": CAMPAIGNS,
    "POST /v1/reruns/{rerun_id}/pause": CAMPAIGNS,
    "POST /v1/reruns/{rerun_id}/resume": CAMPAIGNS,
    "POST /v1/reruns/{rerun_id}/cancel": CAMPAIGNS,
    "POST /v1/reruns/{rerun_id}/promote": CAMPAIGNS,
    "POST /v1/reruns/{rerun_id}/rollback": CAMPAIGNS,
    "GET /v1/reruns/{rerun_id}/report": CAMPAIGNS,
    "GET /v1/reruns/{rerun_id}/report.csv": CAMPAIGNS,
    "GET /v1/reruns/{rerun_id}/report.html": CAMPAIGNS,
    "POST /v1/cases/{case_id}/rerun": CAMPAIGNS,
    "GET /v1/models": MODELS,
    "GET /v1/models/{model_id}": MODELS,
    "GET /v1/models/{model_id}/card": MODELS,
    "POST /v1/models": OPERATOR,
    "POST /v1/models/{model_id}/activate": OPERATOR,
    "POST /v1/models/{model_id}/retire": OPERATOR,
    "GET /v1/audit": OPERATOR,
    "GET /v1/access-log": OPERATOR,
    "POST /v1/clinics": OPERATOR,
    "GET /v1/clinics": OPERATOR,
    "GET /v1/clinics/{clinic_id}": OPERATOR,
    "PATCH /v1/clinics/{clinic_id}": OPERATOR,
    "POST /v1/clinics/{clinic_id}/keys": OPERATOR,
    "GET /v1/clinics/{clinic_id}/keys": OPERATOR,
    "POST /v1/keys/{key_id}/rotate": OPERATOR,
    "POST /v1/keys/{key_id}/revoke": OPERATOR,
    "POST /v1/enrolments": ENROL,
    "GET /v1/devices": SEE_DEVICES,
    "POST /v1/devices/{device_id}/revoke": END_DEVICES,
    "POST /v1/devices/logout": OF_DEVICES,
    "GET /v1/me": ANYBODY,
    "POST /v1/subjects/{subject_ref}/consents": WRITE,
    "GET /v1/subjects/{subject_ref}/consents": READ,
    "POST /v1/subjects/{subject_ref}/consents/withdraw": WRITE,
    "GET /v1/subjects/{subject_ref}/export": READ,
    "DELETE /v1/subjects/{subject_ref}": WRITE,
}

DOCUMENT: Final[dict[str, Any]] = make_api().openapi()


def described() -> set[str]:
    """Return what the OpenAPI document tells of."""
    return {f"{method.upper()} {path}" for path, methods in DOCUMENT["paths"].items() for method in methods}


def served() -> set[str]:
    """Return `METHOD /path` of everything that is routed, described or not. HEAD goes with GET."""
    found = set()
    for context in iter_route_contexts(make_api().routes):
        # What is mounted (the files of /docs) names no method.
        for method in (context.methods or {"GET"}) - {"HEAD"}:
            found.add(f"{method} {context.path}")
    return found


def of_console() -> set[str]:
    """Return what an operator has to be signed in for with a browser; tests/security/test_console_door.py tries it."""
    return {operation for operation in served() if " /console" in operation} - set(PUBLIC)


_IDS: Final = {
    "case_id": IdPrefix.CASE,
    "run_id": IdPrefix.RUN,
    "endpoint_id": IdPrefix.ENDPOINT,
    "delivery_id": IdPrefix.DELIVERY,
    "rerun_id": IdPrefix.RERUN,
    "model_id": IdPrefix.MODEL,
    "clinic_id": IdPrefix.CLINIC,
    "key_id": IdPrefix.KEY,
    "device_id": IdPrefix.DEVICE,
}


def parameters_of(operation: str) -> list[str]:
    return re.findall(r"\{(\w+)(?::\w+)?\}", operation)


def nobodys(operation: str) -> dict[str, str]:
    """Return well-formed values for the parameters of the path that stand for nothing."""
    return {name: new_id(_IDS[name]) if name in _IDS else "nothing" for name in parameters_of(operation)}


def method_and_path(operation: str, parameters: Mapping[str, str]) -> tuple[str, str]:
    method, _, path = operation.partition(" ")
    return method, re.sub(r"\{(\w+)(?::\w+)?\}", lambda found: parameters[found[1]], path)
