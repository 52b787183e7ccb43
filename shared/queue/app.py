"""The one place that builds Celery applications, so that every process agrees on every option."""

from celery import Celery

from shared.contracts.tasks import QueueName, TaskName
from shared.settings import BrokerSettings

# A worker has to sit in a blocking pop; a publisher must give up before its caller notices.
_WORKER_TRANSPORT = {"socket_keepalive": True, "socket_connect_timeout": 2.0}
_PUBLISHER_TRANSPORT = {
    "socket_keepalive": True,
    "socket_connect_timeout": 0.2,
    "socket_timeout": 0.2,
    "max_retries": 0,  # kombu would try for two seconds and more before it gives up
}


def make_celery(settings: BrokerSettings, *, publisher: bool) -> Celery:
    """Return an application without result backend; late acknowledgement and visibility timeouts are not relied on."""
    app = Celery("lesionlens", broker=settings.redis_url.get_secret_value(), set_as_current=False)
    app.conf.update(
        task_ignore_result=True,
        task_serializer="json",
        accept_content=["json"],
        task_default_queue=QueueName.INFERENCE,
        task_routes={
            TaskName.INFERENCE_DRAIN: {"queue": QueueName.INFERENCE},
            TaskName.NOTIFIER_DRAIN: {"queue": QueueName.NOTIFIER},
        },
        task_create_missing_queues=True,
        broker_transport_options=_PUBLISHER_TRANSPORT if publisher else _WORKER_TRANSPORT,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_connection_timeout=0.2 if publisher else 4.0,
        broker_pool_limit=4,
        worker_prefetch_multiplier=1,
        worker_send_task_events=False,
        worker_hijack_root_logger=False,
        worker_enable_remote_control=False,
        worker_redirect_stdouts=False,
        # A process counts as started once its model is loaded.
        worker_proc_alive_timeout=120.0,
    )
    return app
