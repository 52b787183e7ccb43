"""`python -m services.inference.worker`: the inference worker. One process with a model; Celery brings the doorbells.

Reads its settings here and nowhere else. The parent only forks and listens: no CUDA call, no connection.
"""

import sys

from services.inference.engine import InferenceEngine
from services.inference.freed_memory import KEPT_FOR_PICTURES, keep_freed_memory
from services.inference.settings import InferenceSettings
from shared.contracts.tasks import QueueName, TaskName
from shared.observability.logging import configure
from shared.queue import worker_process


def main() -> int:
    """Run the worker until it is told to stop; return its exit status."""
    settings = InferenceSettings()
    configure("inference", settings)
    keep_freed_memory(KEPT_FOR_PICTURES)  # the child that works inherits it
    return worker_process.run(
        settings, QueueName.INFERENCE, TaskName.INFERENCE_DRAIN, lambda stop: InferenceEngine(settings, stop)
    )


if __name__ == "__main__":
    sys.exit(main())
