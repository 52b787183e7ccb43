"""Numbers for Prometheus: the queue and the workers. Counts only; nothing of a clinic, a case or a caller.

docs/metrics.md has the table, and a test holds the two against each other.
"""

from collections.abc import Iterator

from fastapi import APIRouter, Response
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from services.gateway.backlog.service import Snapshot
from services.gateway.dependencies import PartsDep

router = APIRouter(tags=["operation"])


class QueueCollector:
    """The families of one snapshot, and how many callers wait in this process."""

    def __init__(self, snapshot: Snapshot, callers_waiting: int = 0) -> None:
        self._snapshot = snapshot
        self._callers_waiting = callers_waiting

    def collect(self) -> Iterator[GaugeMetricFamily]:
        now = self._snapshot
        yield GaugeMetricFamily("lesionlens_queue_waiting", "Live runs that wait for a worker", now.queued)
        yield GaugeMetricFamily("lesionlens_runs_running", "Runs that a worker holds", now.pace.running)
        yield GaugeMetricFamily("lesionlens_runs_ended_last_minute", "Runs ended in the last minute", now.pace.ended)
        yield GaugeMetricFamily("lesionlens_workers_alive", "Workers that look for work", now.workers_alive)
        yield GaugeMetricFamily("lesionlens_callers_waiting", "Callers that wait for a case", self._callers_waiting)
        silence = GaugeMetricFamily(
            "lesionlens_worker_seconds_since_look",
            "Seconds since a worker last claimed, or looked and found nothing",
            labels=["worker"],
        )
        for worker in now.workers:
            silence.add_metric([worker.id], worker.seconds_since_look)
        yield silence


@router.get("/metrics", include_in_schema=False)
def metrics(parts: PartsDep) -> Response:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(QueueCollector(parts.backlog.snapshot(), len(parts.waiting)))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)
