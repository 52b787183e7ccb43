"""What the running gateway is made of. Built once by `main.create_app`, passed to whoever needs a part."""

import threading
from dataclasses import dataclass

from services.gateway.backlog.service import Backlog
from services.gateway.figures.service import Figures
from services.gateway.limits.places import BodyPlaces
from services.gateway.origins.marks import Marks
from services.gateway.origins.pseudonyms import Pseudonyms
from services.gateway.settings import GatewaySettings
from services.gateway.waiting.service import Waiting
from shared.contracts.webhook_url import AllowedHosts
from shared.db.session import Database
from shared.observability.tracing import Tracing
from shared.queue.publish import Doorbell
from shared.sealing import SecretBox
from shared.storage.base import ObjectStore
from shared.storage.direct import DirectUploads


@dataclass(frozen=True, slots=True)
class Parts:
    """Each part is safe to use from many threads; `waiting` and `body_places` belong to the event loop."""

    settings: GatewaySettings
    database: Database
    store: ObjectStore
    direct: DirectUploads | None
    doorbell: Doorbell
    backlog: Backlog
    figures: Figures
    waiting: Waiting
    render_places: threading.BoundedSemaphore
    secret_box: SecretBox
    allowed_hosts: AllowedHosts
    model_place: threading.BoundedSemaphore
    body_places: BodyPlaces
    pseudonyms: Pseudonyms
    reads: Marks
    tracing: Tracing
