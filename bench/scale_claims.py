"""How fast the record hands out runs and takes results: processes that claim and commit, and do nothing in between.

What a worker costs Postgres, and so the limit for all workers together. One of the processes is
`python -m bench.scale_claims URL RUNS`.
"""

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from pydantic import SecretStr
from rich.progress import track

from shared.contracts.enums import ArtifactName, RunQueue
from shared.db import lifecycle
from shared.db.models import Artifact
from shared.db.records import Answer, ClaimedRun
from shared.db.session import Database, DatabaseRole, make_engine
from shared.settings import DatabaseSettings
from shared.storage import keys

BATCH: Final = 8
_LEASE: Final = timedelta(minutes=10)
_LABELS: Final = ("akiec", "bcc", "bkl", "df", "mel", "nv", "vasc")


def measure(url: str, processes: Sequence[int], runs: int) -> list[dict[str, float]]:
    """Let 1, 2, ... processes take `runs` runs together; the record has to hold as many that wait."""
    found = []
    for count in track(processes, "claims"):
        command = [sys.executable, "-m", "bench.scale_claims", url, str(runs // count)]
        started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(count)]
        told = [json.loads(process.communicate(timeout=600)[0]) for process in started]
        done = sum(each["runs"] for each in told)
        seconds = max(each["ended"] for each in told) - min(each["began"] for each in told)
        claims = sum(each["claims"] for each in told)
        found.append(
            {
                "processes": count,
                "runs_per_s": round(done / seconds, 1),
                "claims_per_s": round(claims / seconds, 1),
                "claim_ms": round(1000 * sum(each["claim_s"] for each in told) / claims, 2),
                "write_ms": round(1000 * sum(each["write_s"] for each in told) / claims, 2),
            }
        )
    return found


def work(database: Database, runs: int) -> dict[str, Any]:
    """Claim and answer until so many are done, or none is left. Times are of the wall."""
    found = {"runs": 0, "claims": 0, "claim_s": 0.0, "write_s": 0.0, "began": time.time()}
    while found["runs"] < runs:
        began = time.perf_counter()
        with database.transaction() as session:
            taken = lifecycle.claim_runs(session, worker="bench", queue=RunQueue.LIVE, limit=BATCH, lease=_LEASE)
        claimed = time.perf_counter()
        if not taken:
            break
        with database.transaction() as session:
            for run in taken:
                lifecycle.record_answer(session, run, _answer(), _artifacts(run), image=None)
        found["claim_s"] += claimed - began
        found["write_s"] += time.perf_counter() - claimed
        found["claims"] += 1
        found["runs"] += len(taken)
    return found | {"ended": time.time()}


def _answer() -> Answer:
    """What is as large as a real answer."""
    return Answer(
        model={"name": "bench", "version": "0" * 64, "status": "research", "backend": "none"},
        notice="A screening aid, not a diagnosis. " * 4,
        quality={"accepted": True, "short_side_px": 450, "sharpness": 42.5, "mean_grey": 151.2},
        provenance={"durations_ms": dict.fromkeys(("fetch", "decode", "network", "render", "store"), 1.5)},
        decision="review",
        label="nv",
        probabilities=dict.fromkeys(_LABELS, 1 / 7),
        logits=[0.5] * 7,
        malignancy=0.25,
        thresholds={"refer": 0.5, "no_refer": 0.1},
        explanation={"method": "grad-cam", "layer": "layer4", "target_class": "nv", "empty": False},
    )


def _artifacts(run: ClaimedRun) -> list[Artifact]:
    return [
        Artifact(
            run_id=run.run_id,
            name=name,
            case_id=run.case_id,
            clinic_id=run.clinic_id,
            key=keys.artifact(run.case_id, run.run_id, run.fence, name),
            sha256="0" * 64,
            size=1,
            media_type=keys.ARTIFACT_MEDIA_TYPES[name],
        )
        for name in ArtifactName
    ]


def main() -> None:
    url, runs = sys.argv[1:]
    settings = DatabaseSettings(database_url=SecretStr(url), database_pool_size=1)
    database = Database(make_engine(settings, DatabaseRole.WORKER))
    print(json.dumps(work(database, int(runs))))
    database.close()


if __name__ == "__main__":
    main()
