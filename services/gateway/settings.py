"""What the gateway can be told from outside. The only reader of the environment here."""

from pathlib import Path

from pydantic import Field, SecretStr

from shared.settings import (
    BrokerSettings,
    DatabaseSettings,
    LogSettings,
    SecretsSettings,
    StorageSettings,
    TraceSettings,
    WebhookSettings,
)


class GatewaySettings(
    DatabaseSettings, StorageSettings, BrokerSettings, SecretsSettings, WebhookSettings, LogSettings, TraceSettings
):
    """Built once in `main`, passed down from there."""

    host: str = Field(default="127.0.0.1", description="Address to listen on")
    port: int = Field(default=8000, ge=0, le=65535, description="Port to listen on")
    s3_public_endpoint: str | None = Field(
        default=None, description="URL at which phones reach the S3 server; unset, photos come through the gateway only"
    )
    max_upload_bytes: int = Field(default=15_000_000, ge=1, description="Largest photo, bytes")
    max_photo_pixels: int = Field(default=50_000_000, ge=1, description="Most pixels that a header may claim")
    max_model_bytes: int = Field(default=200_000_000, ge=1, description="Largest weights file of a model, bytes")
    body_idle_timeout_s: float = Field(default=30.0, gt=0, description="Longest silence in an upload, seconds")
    body_total_timeout_s: float = Field(default=300.0, gt=0, description="Longest upload, seconds")
    body_least_bytes_per_s: int = Field(
        default=1000, ge=0, description="Mean pace below which an upload ends, once it took BODY_IDLE_TIMEOUT_S"
    )
    bodies_per_key: int = Field(
        default=200, ge=1, description="Photos of one key that may be on their way at the same time, in one process"
    )
    head_timeout_s: float = Field(default=15.0, gt=0, description="Seconds in which a request's headers must have come")
    max_head_bytes: int = Field(default=32_768, ge=4096, description="Largest request line and headers, bytes")
    max_open_heads: int = Field(
        default=5000, ge=1, description="Connections without a whole head; the oldest ends where there are more"
    )
    unread_timeout_s: float = Field(
        default=60.0, gt=0, description="Seconds after which an answer that is not read is cut off"
    )
    key_cache_s: float = Field(default=3.0, ge=0, le=5, description="Seconds for which a key that was checked counts")
    requests_per_minute: int = Field(default=30_000, ge=1, description="Requests of one key in a minute")
    photos_per_minute: int = Field(default=3_000, ge=1, description="Photos of one key in a minute")
    address_requests_per_minute: int = Field(default=60_000, ge=1, description="Requests of one address in a minute")
    failed_keys_per_minute: int = Field(default=300, ge=1, description="Keys of one address that fail in a minute")
    failed_codes_per_minute: int = Field(default=5, ge=1, description="Codes of one address that fail in a minute")
    failed_codes_per_hour: int = Field(default=20_000, ge=1, description="Codes that fail in an hour, from everywhere")
    device_access_s: float = Field(default=900.0, gt=0, le=3600, description="Life of a device's access token, seconds")
    device_refresh_days: float = Field(default=90.0, gt=0, description="Life of a device's refresh token, days")
    address_key: SecretStr = Field(
        min_length=32, description="Secret under which addresses stand in the access log; 32 characters or more"
    )
    trusted_proxy_hops: int = Field(default=0, ge=0, description="Proxies in front that add to X-Forwarded-For")
    longest_wait_s: int = Field(default=600, ge=1, description="Estimated wait from which photos are refused, seconds")
    render_places: int = Field(default=2, ge=1, description="Pictures drawn at the same time")
    max_waiters: int = Field(default=10_000, ge=0, description="Callers that may wait for a case at the same time")
    heartbeat_s: float = Field(default=15.0, gt=0, description="Seconds between signs of life in a stream of events")
    longest_stream_s: float = Field(default=600.0, gt=0, description="Seconds after which a stream of events ends")
    app_folder: Path | None = Field(default=None, description="Folder of the built app, served at /app; unset: none")
    cors_origins: str = Field(
        default="", description="Origins, comma separated, whose pages may call the API from a browser; none by default"
    )
    shutdown_grace_s: int = Field(default=15, ge=1, description="Seconds that open requests get when stopping")
