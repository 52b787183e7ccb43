"""Settings of the inference worker, read once in `worker.py` or `registry.py`."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from shared.contracts.enums import BackendName
from shared.settings import BrokerSettings, DatabaseSettings, LogSettings, StorageSettings, TraceSettings


class HealthSettings(DatabaseSettings):
    """What the health check needs: the record alone."""


class RegistrySettings(DatabaseSettings, StorageSettings, LogSettings):
    """What registering a model needs: the record and the bytes, no broker."""


class InferenceSettings(RegistrySettings, BrokerSettings, TraceSettings):
    device: Literal["auto", "cpu", "cuda"] = Field(
        default="auto", description="Where the network runs: auto, cpu, cuda"
    )
    backend: BackendName | Literal["auto"] = Field(
        default="auto",
        description="What runs the network; auto: the fastest that the model was checked on. A name is used unchecked",
    )
    data_dir: Path = Field(default=Path(".lesionlens"), description="Folder for caches; safe to delete")
    batch_size: int = Field(default=8, ge=1, le=256, description="Most photos that one claim takes")
    lease_s: float = Field(default=60.0, gt=0, description="Seconds that a claimed run is held without a sign of life")
    hang_s: float = Field(default=60.0, gt=0, description="Seconds without progress after which a worker ends itself")
    poll_interval_s: float = Field(
        default=2.0, gt=0, description="Seconds between looks for work that no doorbell told of"
    )
    retry_delay_s: float = Field(default=2.0, ge=0, description="Seconds before a run that was given back is due again")
    faithfulness_share: float = Field(
        default=0.01, ge=0, le=1, description="Share of photos for which the map's faithfulness is measured unasked"
    )
    torch_threads: int = Field(default=0, ge=0, description="Threads of the network on a CPU; 0 leaves it to torch")
