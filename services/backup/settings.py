"""What a backup and a restore read from the environment: where record and store are."""

from typing import Self

from shared.settings import DatabaseSettings, StorageSettings

_LONGEST_STATEMENT_MS = 6 * 3600 * 1000
_STORE_PATIENCE_S = 60.0
_STORE_ATTEMPTS = 5


class BackupSettings(DatabaseSettings, StorageSettings):
    """`database_url` is the owner's: no other login reads every clinic's rows and makes tables."""

    def patient(self) -> Self:
        """Return the same with time for a whole table and a store that is slow."""
        return self.model_copy(
            update={
                "database_statement_timeout_ms": _LONGEST_STATEMENT_MS,
                "s3_read_timeout_s": max(self.s3_read_timeout_s, _STORE_PATIENCE_S),
                "s3_attempts": max(self.s3_attempts, _STORE_ATTEMPTS),
            }
        )
