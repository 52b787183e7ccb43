"""A run in a worker's hands, for tests of what is done with one without the record of work."""

from dataclasses import replace
from typing import Any, Final

from shared.contracts.enums import RunQueue
from shared.db.records import ClaimedRun

_RUN: Final = ClaimedRun(
    run_id="run_1",
    case_id="case_1",
    clinic_id="cli_1",
    model_version_id="mdl_1",
    queue=RunQueue.LIVE,
    fence=1,
    attempts=1,
    max_attempts=5,
    is_first=True,
    suspect=False,
    modality="dermoscopy",
    measure_faithfulness=False,
    source_media_type="image/jpeg",
    incoming_key=None,
    image=None,
    traceparent=None,
)


def claimed(**changed: Any) -> ClaimedRun:
    """Return the first attempt of the first run of a case, but for what is `changed`."""
    return replace(_RUN, **changed)
