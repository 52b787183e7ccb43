"""Settings of the notifier, read once in `worker.py` or the command that uses them."""

from pydantic import Field

from shared.settings import (
    BrokerSettings,
    DatabaseSettings,
    LogSettings,
    SecretsSettings,
    TraceSettings,
    WebhookSettings,
)


class HealthSettings(DatabaseSettings):
    """What the health check needs: the record alone."""


class RotationSettings(DatabaseSettings, SecretsSettings):
    """What encrypting the secrets anew needs."""


class NotifierSettings(DatabaseSettings, BrokerSettings, LogSettings, SecretsSettings, WebhookSettings, TraceSettings):
    public_url: str = Field(
        default="http://127.0.0.1:8000", description="Where callers reach the gateway; the links in webhooks begin so"
    )
    delivery_slots: int = Field(default=16, ge=4, le=64, description="Webhooks sent at the same time")
    poll_interval_s: float = Field(
        default=2.0, gt=0, description="Seconds between looks for deliveries that no doorbell told of"
    )
    webhook_connect_timeout_s: float = Field(
        default=5.0, gt=0, le=10, description="Seconds for finding and reaching a receiver"
    )
    webhook_timeout_s: float = Field(
        default=15.0, gt=0, le=30, description="Seconds for a whole webhook request, to the end of the answer"
    )
