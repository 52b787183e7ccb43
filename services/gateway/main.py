"""Wiring: what the gateway is made of, what a request passes on its way, how the process starts and stops."""

import gc
import resource
import signal
import socket
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from types import FrameType
from typing import Any, cast

import uvicorn
from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from services.gateway import description, health, http_errors, metrics
from services.gateway.access_log import endpoints as access_log
from services.gateway.app import endpoints as phone_app
from services.gateway.artifacts import endpoints as artifacts
from services.gateway.audit import endpoints as audit
from services.gateway.backlog.service import Backlog
from services.gateway.cases import endpoints as cases
from services.gateway.clinics import endpoints as clinics
from services.gateway.clinics.key_ring import KeyRing
from services.gateway.consents import endpoints as consents
from services.gateway.console import endpoints as console
from services.gateway.cors import cors_options
from services.gateway.deliveries import endpoints as deliveries
from services.gateway.devices import endpoints as devices
from services.gateway.enrolments import endpoints as enrolments
from services.gateway.erasures import endpoints as erasures
from services.gateway.events import endpoints as events
from services.gateway.figures.service import Figures
from services.gateway.history import endpoints as history
from services.gateway.limits.places import BodyPlaces
from services.gateway.limits.service import Limiter
from services.gateway.me import endpoints as me
from services.gateway.middleware import RequestContext
from services.gateway.models import endpoints as models
from services.gateway.origins.marks import Marks
from services.gateway.origins.pseudonyms import Pseudonyms
from services.gateway.page import endpoints as page
from services.gateway.parts import Parts
from services.gateway.reruns import endpoints as reruns
from services.gateway.reruns import promotion_endpoints as promotions
from services.gateway.reruns import report_endpoints as reports
from services.gateway.runs import endpoints as runs
from services.gateway.settings import GatewaySettings
from services.gateway.subjects import endpoints as subjects
from services.gateway.submissions import endpoints as submissions
from services.gateway.traced import Traced
from services.gateway.uploads import endpoints as uploads
from services.gateway.waiting.repository import Listener
from services.gateway.waiting.service import Waiting
from services.gateway.webhooks import endpoints as webhooks
from services.gateway.wire import OpenHeads, Patience, Wire
from shared.contracts.webhook_url import AllowedHosts
from shared.db.session import Database, DatabaseRole, make_engine
from shared.errors import StoreUnavailable
from shared.observability.logging import configure, get_logger
from shared.observability.tracing import Tracing
from shared.queue.publish import Doorbell
from shared.sealing import SecretBox
from shared.storage.base import ObjectStore
from shared.storage.direct import DirectUploads
from shared.storage.s3 import S3Store

# As many as the server's thread pool has; fewer would be opened and thrown away at each crowded moment.
_THREADS = 40
# Collections of the middle generation before a full one; 10 by default.
_FULL_COLLECTION_AFTER = 10_000
_OF_CASES = (submissions, uploads, history, cases, erasures, events, runs, artifacts)
_OF_SUBJECTS = (consents, subjects)
_OF_CAMPAIGNS = (reruns, promotions, reports)
_OF_DEVICES = (enrolments, devices, me)
_OF_CLINICS = (webhooks, deliveries, audit, access_log, models, clinics)
_OF_PEOPLE = (page, phone_app, console)
_ROUTED = (*_OF_PEOPLE, health, metrics, *_OF_CASES, *_OF_SUBJECTS, *_OF_CAMPAIGNS, *_OF_CLINICS, *_OF_DEVICES)
_log = get_logger(__name__)


def create_app(
    settings: GatewaySettings, *, store: ObjectStore | None = None, direct: DirectUploads | None = None
) -> FastAPI:
    """Return the application. Nothing is connected before it serves; `store` and `direct` replace ours.

    Raises ValueError where a setting cannot be read: keys that are none, hosts or origins that are none.
    """
    app = make_api()
    tracing = Tracing("gateway", settings)
    _trace(app, tracing)
    _let_pages_in(app, settings)
    database = Database(make_engine(settings, DatabaseRole.GATEWAY))
    app.state.keys = KeyRing(database, settings.key_cache_s)
    app.state.limiter = Limiter(settings)
    app.state.parts = Parts(
        settings=settings,
        database=database,
        store=store or S3Store(settings, connections=_THREADS),
        direct=direct or _direct_uploads(settings),
        doorbell=Doorbell(settings),
        backlog=Backlog(database, longest_wait_s=settings.longest_wait_s),
        figures=Figures(database),
        waiting=Waiting(Listener(make_engine(settings, DatabaseRole.GATEWAY)), most=settings.max_waiters),
        render_places=threading.BoundedSemaphore(settings.render_places),
        secret_box=SecretBox.of(settings),
        allowed_hosts=AllowedHosts.parse(settings.webhook_allowed_hosts),
        model_place=threading.BoundedSemaphore(1),
        body_places=BodyPlaces(settings.bodies_per_key),
        pseudonyms=Pseudonyms(settings.address_key),
        reads=Marks(),
        tracing=tracing,
    )
    return app


def _direct_uploads(settings: GatewaySettings) -> DirectUploads | None:
    address = settings.s3_public_endpoint
    return DirectUploads(settings, address) if address else None


def _trace(app: FastAPI, tracing: Tracing) -> None:
    if tracing.on:
        # Inside of what gives each request its id and its log line.
        app.user_middleware.append(Middleware(Traced, tracing))


def _let_pages_in(app: FastAPI, settings: GatewaySettings) -> None:
    options = cors_options(settings.cors_origins)
    if options is not None:
        # The innermost, so that what it answers by itself is logged, and has the headers of every answer.
        app.user_middleware.append(Middleware(CORSMiddleware, **options))


def make_api() -> FastAPI:
    """Return the routes and what surrounds them, without any part behind them: enough to describe the interface."""
    app = FastAPI(
        docs_url=None,
        redoc_url=None,
        title="Lesionlens",
        version=description.API_VERSION,
        description=description.DESCRIPTION,
        lifespan=_lifespan,
        redirect_slashes=False,
    )
    http_errors.install(app)
    app.add_middleware(RequestContext)
    for part in _ROUTED:
        app.include_router(part.router)
    app.mount("/docs/assets", page.swagger_files(), name="swagger")
    description.install(app)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    parts: Parts = app.state.parts
    if parts.direct is not None:
        await run_in_threadpool(_allow_browsers, parts.direct)
    yield
    parts.waiting.close()
    await app.state.limiter.close()
    parts.doorbell.close()
    parts.database.close()
    await run_in_threadpool(parts.tracing.close)


def _allow_browsers(direct: DirectUploads) -> None:
    try:
        direct.allow_browsers()
    except StoreUnavailable:
        # Phones need no such rule, and a store that is away at our start must not keep us from starting.
        _log.warning("no_rule_for_browsers")


def server_config(app: FastAPI, settings: GatewaySettings) -> uvicorn.Config:
    """Return how the application is served: our own log line instead of the server's, and no word of its name.

    Connections that owe their first request may take half of the files that we may open: the rest is for work.
    """
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    patience = Patience(
        head_s=settings.head_timeout_s,
        head_bytes=settings.max_head_bytes,
        most_heads=max(1, min(settings.max_open_heads, files // 2)),
        unread_s=settings.unread_timeout_s,
    )
    # Called as uvicorn calls its own classes; it takes whatever can be called so.
    wire = cast("Any", partial(Wire, patience=patience, heads=OpenHeads(patience.most_heads)))
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http=wire,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=settings.shutdown_grace_s,
    )


class Server(uvicorn.Server):
    """The server, which wakes whoever waits before it waits for open requests to end."""

    def __init__(self, app: FastAPI, settings: GatewaySettings) -> None:
        super().__init__(server_config(app, settings))
        self._app = app

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        parts: Parts = self._app.state.parts
        parts.waiting.release_all()
        await super().shutdown(sockets)


def main() -> None:
    """Serve until SIGTERM or SIGINT; open requests then get some seconds to end."""
    settings = GatewaySettings.of_environment()
    configure("gateway", settings)
    # The server stops gracefully, then raises the signal again for whoever had it before: that ends us with status 0.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)
    _allow_many_connections()
    server = Server(create_app(settings), settings)
    _collect_garbage_seldom()
    # The event loop lets go of the interpreter with each byte sent; a thread at work then kept it off for 5 ms.
    sys.setswitchinterval(0.0005)
    server.run()


def _allow_many_connections() -> None:
    """Lift our own limit of open files to what the machine allows: each caller that waits is one."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _end(_number: int, _frame: FrameType | None) -> None:
    sys.exit(0)


def _collect_garbage_seldom() -> None:
    """Make full collections rare, and spare them what the program itself consists of.

    One stops the process for 0.1 ms per caller who waits, half a second at 5,000, and finds next to nothing: what waits
    is not garbage. By the usual rule there would be one every few seconds then.
    """
    gc.collect()
    gc.freeze()
    young, middle, _ = gc.get_threshold()
    gc.set_threshold(young, middle, _FULL_COLLECTION_AFTER)


if __name__ == "__main__":
    main()
