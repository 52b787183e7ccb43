"""What `make run` can be told from outside. The only reader of the environment here."""

import os
from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import SettingsConfigDict

from shared.settings import Settings

PROJECT = Path(__file__).resolve().parents[2]
# What this process was told for itself and for the servers it embeds is not what a service is to be told.
_OURS = (
    *("DATABASE_URL", "REDIS_URL", "S3_ENDPOINT", "S3_BUCKET", "S3_ACCESS_KEY", "S3_SECRET_KEY"),
    *("SECRETS_KEYS", "ADDRESS_KEY", "PORT"),
)


class StandaloneSettings(Settings):
    """Built once in `__main__`. A URL that is set replaces the embedded server; an empty one counts as not set."""

    model_config = SettingsConfigDict(env_ignore_empty=True)

    data_dir: Path = Field(default=Path(".lesionlens"), description="Where everything that must survive is kept")
    host: str = Field(default="127.0.0.1", description="Address of the web server")
    port: int = Field(default=8080, ge=1, le=65535, description="Port of the web server")
    database_url: SecretStr | None = Field(default=None, description="Postgres to use; its role must own the database")
    redis_url: SecretStr | None = Field(default=None, description="Redis or Valkey to use")
    s3_endpoint: str | None = Field(default=None, description="S3 server to use")
    s3_bucket: str = Field(default="lesionlens", description="Bucket, made if it is missing")
    s3_access_key: SecretStr | None = Field(default=None, description="Needed with S3_ENDPOINT")
    s3_secret_key: SecretStr | None = Field(default=None, description="Needed with S3_ENDPOINT")
    secrets_keys: SecretStr | None = Field(default=None, description="Fernet keys to use; the first encrypts")
    address_key: SecretStr | None = Field(
        default=None, description="Secret under which addresses stand in the access log"
    )

    @model_validator(mode="after")
    def _keys_with_endpoint(self) -> Self:
        if self.s3_endpoint and not (self.s3_access_key and self.s3_secret_key):
            raise ValueError("S3_ENDPOINT needs S3_ACCESS_KEY and S3_SECRET_KEY beside it")
        return self

    @property
    def folder(self) -> Path:
        """DATA_DIR as an absolute path; a relative one counts from the project's folder."""
        return (PROJECT / self.data_dir.expanduser()).resolve()

    @property
    def base_url(self) -> str:
        return f"http://{'127.0.0.1' if self.host in ('0.0.0.0', '::') else self.host}:{self.port}"  # noqa: S104


def colour_refused() -> str:
    """Return NO_COLOR, of which any value but the empty one asks for plain text."""
    return os.environ.get("NO_COLOR", "")


def inherited_environment() -> dict[str, str]:
    """Return the environment for a service, without what the caller must decide."""
    kept = {name: value for name, value in os.environ.items() if name not in _OURS}
    return kept | {"PYTHONUNBUFFERED": "1"}
