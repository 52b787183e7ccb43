"""`python -m services.notifier.worker`: sends signed webhooks. One process; Celery brings the doorbells.

Reads its settings here and nowhere else.
"""

import sys

from services.notifier.engine import NotifierEngine
from services.notifier.settings import NotifierSettings
from shared.contracts.tasks import QueueName, TaskName
from shared.observability.logging import configure
from shared.queue import worker_process


def main() -> int:
    """Run the worker until it is told to stop; return its exit status."""
    settings = NotifierSettings.of_environment()
    configure("notifier", settings)
    return worker_process.run(
        settings, QueueName.NOTIFIER, TaskName.NOTIFIER_DRAIN, lambda stop: NotifierEngine(settings, stop)
    )


if __name__ == "__main__":
    sys.exit(main())
