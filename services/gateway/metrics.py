"""Numbers for Prometheus: the queue and the workers. Counts only; nothing of a clinic, a case or a caller.

docs/metrics.md has the table, and a test holds the two against each other.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from fastapi import APIRouter, Response
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from services.gateway.backlog.service import Snapshot
from services.gateway.dependencies import PartsDep
from services.gateway.figures.repository import Figure

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
        late = "Ended cases past their clinic's clock, counted to 10,000"
        yield GaugeMetricFamily("lesionlens_cases_past_retention", late, now.past_retention)
        tail = now.access_log_tail
        yield GaugeMetricFamily("lesionlens_access_log_unsealed", "Rows that are not sealed yet", tail.rows)
        yield GaugeMetricFamily(
            "lesionlens_access_log_unsealed_seconds", "Seconds for which the oldest such row has waited", tail.oldest_s
        )
        silence = GaugeMetricFamily(
            "lesionlens_worker_seconds_since_look",
            "Seconds since a worker last claimed, or looked and found nothing",
            labels=["worker"],
        )
        for worker in now.workers:
            silence.add_metric([worker.id], worker.seconds_since_look)
        yield silence


# Of the whole record, asked for by functions of migrations 0020 and 0025. Lately: within five minutes.
FIGURES: Final = {
    "runs_waiting": "Runs that wait for a worker",
    "queue_age_seconds": "For how long the run has been due that has waited longest",
    "runs_ended_lately": "Runs that ended within five minutes",
    "runs_retried_lately": "Of these, runs that took more than one attempt",
    "claims_lately": "Claims of the runs that ended within five minutes",
    "claim_runs_mean": "Runs to such a claim",
    "run_seconds": "Seconds of live runs that ended within five minutes",
    "leases_lapsed": "Open runs whose last lease lapsed",
    "runs_failed_last_hour": "Runs that failed within an hour",
    "deliveries_due": "Webhooks that are due now",
    "deliveries_due_age_seconds": "For how long the webhook has been due that has waited longest",
    "delivery_attempts_last_hour": "Tries of webhooks that were made within an hour",
    "webhook_endpoints_disabled": "Endpoints that are not called",
    "erasures_unproved": "Erased cases whose objects are not proved gone yet",
    "results_last_day": "Results of live photos within 24 hours",
    "photos_rejected_last_day": "Refusals of live photos within 24 hours",
    "photo_measure_last_day": "What live photos of 24 hours measured",
    "label_mix_distance": "Share of a day's photos that would need another label to be as the manifest's reference",
    "label_share_reference": "Shares of labels in the manifest's reference",
    "photo_measure_reference": "What the photos of the manifest's reference measured",
}


class FigureCollector:
    """The families of the figures. One that has no number now is not there, as Prometheus has it."""

    def __init__(self, figures: Iterable[Figure]) -> None:
        self._figures = figures

    def collect(self) -> Iterator[GaugeMetricFamily]:
        families: dict[str, GaugeMetricFamily] = {}
        for figure in self._figures:
            labels = sorted(figure.labels)
            family = families.get(figure.name)
            if family is None:
                family = GaugeMetricFamily(f"lesionlens_{figure.name}", FIGURES[figure.name], labels=labels)
                families[figure.name] = family
            family.add_metric([figure.labels[label] for label in labels], figure.value)
        yield from families.values()


@router.get("/metrics", include_in_schema=False)
def metrics(parts: PartsDep) -> Response:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(QueueCollector(parts.backlog.snapshot(), len(parts.waiting)))
    registry.register(FigureCollector(parts.figures.all()))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)
