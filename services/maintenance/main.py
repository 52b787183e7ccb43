"""Builds the maintenance process and runs it until it is told to stop."""

import signal
import threading
from datetime import timedelta

from services.maintenance.access_sealer import Sealer
from services.maintenance.campaigns import Campaigns
from services.maintenance.erasures import Erasures
from services.maintenance.governor import Governor
from services.maintenance.leader import MAINTENANCE_LOCK, Leader
from services.maintenance.leftovers import Leftovers
from services.maintenance.orphans import Orphans
from services.maintenance.retention import Retention
from services.maintenance.rounds import Duty, Rounds, Slices
from services.maintenance.settings import MaintenanceSettings
from services.maintenance.sweeps import GoOn, Sweeps
from shared.db.session import Database, DatabaseRole, make_engine
from shared.db.session_lock import SessionLock
from shared.observability.logging import configure, get_logger
from shared.queue.publish import Doorbell
from shared.storage.s3 import S3Store

_log = get_logger(__name__)

_A_SECOND = 1.0
_SOON_S = 0.1
_HOUSEKEEPING_S = 60.0
_HOURLY_S = 3600.0
_SLICE_S = 0.5
_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_GRACE_S = 1.0
# A worker may be stopped for a while after it last held on to its run.
_AFTER_LEASE = timedelta(minutes=5)
# The other sweeps wait while a call to the store does: one try, and not for long.
_STORE_PATIENCE_S = 5.0


def build(settings: MaintenanceSettings, stop: threading.Event) -> Rounds:
    """Return the loop. Nothing is connected yet."""
    engine = make_engine(settings, DatabaseRole.WORKER)
    database, leader = Database(engine), Leader(SessionLock(engine, MAINTENANCE_LOCK))
    patience = min(_STORE_PATIENCE_S, settings.s3_read_timeout_s)
    store = S3Store(settings.model_copy(update={"s3_attempts": 1, "s3_read_timeout_s": patience}))

    def go_on() -> bool:
        return not stop.is_set() and leader.leads()

    return Rounds(leader, [*_duties(settings, database, go_on), *_store_duties(settings, database, store, go_on)], stop)


def _duties(settings: MaintenanceSettings, database: Database, go_on: GoOn) -> list[Duty]:
    doorbell, often = Doorbell(settings), settings.sweep_interval_s
    sweeps = Sweeps(database, doorbell, go_on)
    governor = Governor(database, doorbell, limit_s=settings.live_p95_limit_s)
    campaigns, sealer = Campaigns(database, doorbell, go_on), Sealer(database)
    retention = Retention(database, doorbell, go_on)
    return [
        Duty("governor", _A_SECOND, governor.act),
        Duty("campaigns", _A_SECOND, campaigns.advance, pause_s=_SOON_S),
        Duty("promotions", _A_SECOND, Slices(campaigns.promotions, _SLICE_S).act),
        Duty("access_seals", _A_SECOND, sealer.act),
        Duty("access_log_head", _HOURLY_S, sealer.tell_head),
        Duty("leases", often, sweeps.leases),
        Duty("deadlines", often, sweeps.deadlines),
        Duty("deliveries", often, sweeps.deliveries),
        Duty("doorbell", often, sweeps.doorbell),
        Duty("subject_erasures", often, Slices(retention.subjects, _SLICE_S).act, pause_s=_SOON_S),
        Duty("retention", _HOUSEKEEPING_S, Slices(retention.past_clock, _SLICE_S).act, pause_s=_SOON_S),
        Duty("expired_answers", _HOUSEKEEPING_S, sweeps.expired_answers),
        Duty("old_deliveries", _HOUSEKEEPING_S, sweeps.old_deliveries),
        Duty("old_devices", _HOUSEKEEPING_S, sweeps.old_devices),
        Duty("silent_workers", _HOUSEKEEPING_S, sweeps.silent_workers),
        Duty("counts", _HOUSEKEEPING_S, sweeps.counts),
    ]


def _store_duties(settings: MaintenanceSettings, database: Database, store: S3Store, go_on: GoOn) -> list[Duty]:
    leftovers = Leftovers(database, store, go_on)
    orphans = Orphans(
        database,
        store,
        go_on,
        age=timedelta(seconds=settings.orphan_age_s),
        quarantine_age=timedelta(days=settings.quarantine_days),
    )
    erasures = Erasures(database, store, go_on, settled_after=timedelta(seconds=settings.lease_s) + _AFTER_LEASE)
    return [
        Duty("erasures", settings.sweep_interval_s, Slices(erasures.steps, _SLICE_S).act, pause_s=_SOON_S),
        Duty("ledger", _HOUSEKEEPING_S, erasures.stamp_ledger),
        Duty("leftovers", settings.sweep_interval_s, leftovers.sweep),
        Duty("orphans", settings.orphan_interval_s, Slices(orphans.steps, _SLICE_S).act, pause_s=_SLICE_S),
    ]


def main() -> int:
    """Return 0 after SIGTERM or SIGINT, which end the process within a second or two, whatever it waits for."""
    settings = MaintenanceSettings.of_environment()
    configure("maintenance", settings)
    # Waited for below, not handled: a handler that sets an event can meet that event's own lock.
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    stop = threading.Event()
    thread = threading.Thread(target=build(settings, stop).run, name="rounds", daemon=True)
    thread.start()
    while thread.is_alive() and signal.sigtimedwait(_SIGNALS, 1.0) is None:
        pass
    if not thread.is_alive():
        return 1
    stop.set()
    thread.join(_GRACE_S)
    # A call that still waits for a server is cut off: every sweep can be, anywhere.
    _log.info("stopped")
    return 0
