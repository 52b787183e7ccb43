"""Names of the doorbells. A message carries no work and no id: Postgres says what there is to do."""

from enum import StrEnum


class TaskName(StrEnum):
    """What a Celery message asks for."""

    INFERENCE_DRAIN = "inference.drain"
    NOTIFIER_DRAIN = "notifier.drain"


class QueueName(StrEnum):
    """Celery queues, one for each kind of slowness."""

    INFERENCE = "inference"
    NOTIFIER = "notifier"
