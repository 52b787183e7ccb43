"""Pieces from which each service builds its settings in its `settings.py`. Nothing is read at import."""

import sys
from enum import StrEnum
from typing import Annotated, Final, Self

from pydantic import AfterValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

_USAGE: Final = 2


class Settings(BaseSettings):
    """What all settings have in common."""

    # What was given is no part of an error: where one variable is missing, it would be all others, secrets too.
    model_config = SettingsConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    @classmethod
    def of_environment(cls) -> Self:
        """Build them as a process begins; one that cannot says why, a line for each variable, and ends with status 2.

        Raises SystemExit.
        """
        try:
            return cls()
        except ValidationError as error:
            for problem in error.errors(include_url=False, include_input=False, include_context=False):
                variable = "".join(f"{name}: ".upper() for name in problem["loc"])
                sys.stderr.write(f"settings: {variable}{problem['msg'].removeprefix('Value error, ')}\n")
            raise SystemExit(_USAGE) from None


class DatabaseSettings(Settings):
    """Where the record of work is."""

    database_url: SecretStr = Field(description="Postgres, 15 or later: postgresql://user:password@host:port/name")
    database_pool_size: int = Field(default=10, ge=1, description="Most connections that one process holds")
    database_connect_timeout_s: int = Field(default=3, ge=1, description="Seconds before a connection counts as failed")
    database_statement_timeout_ms: int = Field(default=10_000, ge=100, description="Longest statement, milliseconds")


class ServerSideEncryption(StrEnum):
    """How a store is asked to encrypt what it keeps; the names are S3's own."""

    NONE = "none"
    AES256 = "AES256"
    KMS = "aws:kms"


class StorageSettings(Settings):
    """Where the bytes are: any S3-compatible server."""

    s3_endpoint: str = Field(description="URL of the S3 server")
    s3_bucket: str = Field(default="lesionlens", description="Bucket for everything that we store")
    s3_access_key: SecretStr = Field(description="Access key id")
    s3_secret_key: SecretStr = Field(description="Secret access key")
    s3_region: str = Field(default="us-east-1", description="Region named in the signatures")
    s3_connect_timeout_s: float = Field(default=2.0, gt=0, description="Seconds before a connection counts as failed")
    s3_read_timeout_s: float = Field(default=5.0, gt=0, description="Seconds without a byte before a call fails")
    s3_attempts: int = Field(default=2, ge=1, description="Tries of one call, the first included")
    s3_server_side_encryption: ServerSideEncryption = Field(
        default=ServerSideEncryption.NONE, description="What the store is asked to encrypt objects with, at rest"
    )
    s3_kms_key_id: str = Field(default="", description="Key for aws:kms; without it the store takes its own")

    @model_validator(mode="after")
    def _key_with_kms(self) -> Self:
        if self.s3_kms_key_id and self.s3_server_side_encryption is not ServerSideEncryption.KMS:
            raise ValueError("S3_KMS_KEY_ID needs S3_SERVER_SIDE_ENCRYPTION=aws:kms beside it")
        return self


class BrokerSettings(Settings):
    """Where the doorbells hang."""

    redis_url: SecretStr = Field(description="Redis or Valkey: redis://:password@host:port/0")


class SecretsSettings(Settings):
    """What seals the secrets of clinics; `shared.sealing` reads it."""

    secrets_keys: SecretStr = Field(description="Fernet keys, comma separated; the first encrypts, all decrypt")


class WebhookSettings(Settings):
    """Whom events may be sent to; `shared.contracts.webhook_url` reads it."""

    webhook_allowed_hosts: str = Field(
        default="", description="Hosts, or host:port, comma separated, that may be http and at any port and address"
    )


def _headers(told: SecretStr) -> SecretStr:
    if any("=" not in pair for pair in told.get_secret_value().split(",") if pair.strip()):
        raise ValueError("each of the headers must be name=value")
    return told


class TraceSettings(Settings):
    """Where spans go, by the names of OpenTelemetry's specification; `shared.observability.tracing` reads it."""

    otel_exporter_otlp_endpoint: str = Field(
        default="",
        pattern=r"^(https?://[^\s/]+\S*)?$",
        description="URL of an OpenTelemetry collector, OTLP over HTTP; unset, nothing is traced",
    )
    otel_exporter_otlp_headers: Annotated[SecretStr, AfterValidator(_headers)] = Field(
        default=SecretStr(""), description="Headers for the collector: name=value, comma separated, percent-encoded"
    )
    otel_traces_sampler_arg: float = Field(default=1.0, ge=0, le=1, description="Share of requests that are traced")


class LogSettings(Settings):
    log_level: str = Field(
        default="INFO",
        pattern=r"^(?i:debug|info|warning|error|critical)$",
        description="Lowest level that is written: DEBUG, INFO, WARNING, ERROR",
    )
