"""`python -m services.inference.worker`: the inference worker. One process with a model; Celery brings the doorbells.

Reads its settings here and nowhere else. The parent only forks and listens: no CUDA call, no connection.
"""

import sys
from typing import TYPE_CHECKING

from services.inference.freed_memory import KEPT_FOR_PICTURES, keep_freed_memory
from services.inference.settings import InferenceSettings
from shared.contracts.tasks import QueueName, TaskName
from shared.observability.logging import configure
from shared.queue import worker_process

if TYPE_CHECKING:
    from services.inference.engine import InferenceEngine


def main() -> int:
    """Run the worker until it is told to stop; return its exit status."""
    settings = InferenceSettings.of_environment()
    configure("inference", settings)
    keep_freed_memory(KEPT_FOR_PICTURES)  # the child that works inherits it

    def start(stop: worker_process.Stop) -> "InferenceEngine":
        # In the child alone: the libraries of the network would keep 150 MB in a parent that only forks and listens.
        from services.inference.engine import InferenceEngine  # noqa: PLC0415

        return InferenceEngine(settings, stop)

    return worker_process.run(settings, QueueName.INFERENCE, TaskName.INFERENCE_DRAIN, start)


if __name__ == "__main__":
    sys.exit(main())
