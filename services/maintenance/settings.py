"""Settings of the maintenance process and of the audit, read once in `main.py` and `audit.py`."""

from pydantic import Field

from shared.settings import BrokerSettings, DatabaseSettings, LogSettings, StorageSettings


class AuditSettings(DatabaseSettings):
    """What the audit needs: the record alone."""


class MaintenanceSettings(DatabaseSettings, StorageSettings, BrokerSettings, LogSettings):
    sweep_interval_s: float = Field(
        default=2.0, gt=0, description="Seconds between looks for lapsed leases, deadlines and leftovers"
    )
    orphan_interval_s: float = Field(
        default=3600.0, gt=0, description="Seconds between looks for objects that no row names"
    )
    # A photo is in the store before its row is: the floor is more than any request can take between the two.
    orphan_age_s: float = Field(default=86400.0, ge=60, description="Seconds before such an object may be deleted")
    lease_s: float = Field(
        default=60.0, gt=0, description="The longest that any worker holds a run without a sign of life, in seconds"
    )
    live_p95_limit_s: float = Field(
        default=5.0, gt=0, description="95th percentile of live work, in seconds, over which bulk work has to wait"
    )
    quarantine_days: float = Field(
        default=7.0, gt=0, description="Days for which the photo of a failed case is kept, out of reach of HTTP"
    )
