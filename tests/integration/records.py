"""Rows that the integration tests start from. Made through the code under test wherever it has a way to make them."""

import secrets
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from shared.contracts.enums import ArtifactName, ModelState, RunQueue
from shared.contracts.ids import IdPrefix, new_id
from shared.db import lifecycle
from shared.db.models import ApiKey, Artifact, Case, Clinic, ModelVersion
from shared.db.records import Answer, ClaimedRun, NewCase
from shared.db.session import Database
from shared.storage import keys


def add_clinic(session: Session, name: str = "clinic") -> str:
    clinic = Clinic(id=new_id(IdPrefix.CLINIC), name=name)
    session.add(clinic)
    session.flush()
    return clinic.id


def add_model(session: Session, state: ModelState = ModelState.ACTIVE) -> str:
    """Add a registry row alone; nothing of it can be loaded."""
    digest = secrets.token_hex(32)
    model = ModelVersion(
        id=new_id(IdPrefix.MODEL),
        name="row-only",
        version=digest,
        state=state,
        manifest={},
        weights_sha256=digest,
        weights_key=keys.weights(digest),
    )
    session.add(model)
    session.flush()
    return model.id


def new_case(clinic_id: str, model_id: str, **described: Any) -> NewCase:
    case_id = new_id(IdPrefix.CASE)
    return NewCase(
        case_id=case_id,
        clinic_id=clinic_id,
        model_version_id=model_id,
        incoming_key=keys.incoming(case_id),
        source_sha256=secrets.token_hex(32),
        source_bytes=1,
        source_media_type="image/jpeg",
        described={"modality": "dermoscopy", **described},
    )


def accept(gateway: Database, clinic_id: str, model_id: str, **described: Any) -> Case:
    with gateway.transaction(clinic_id) as session:
        return lifecycle.accept_case(session, new_case(clinic_id, model_id, **described))


def claim(worker: Database, limit: int = 8, lease_s: float = 60, queue: RunQueue = RunQueue.LIVE) -> list[ClaimedRun]:
    with worker.transaction() as session:
        return lifecycle.claim_runs(session, worker="test", queue=queue, limit=limit, lease=timedelta(seconds=lease_s))


def some_answer() -> Answer:
    return Answer(
        model={"name": "row-only"},
        notice="a screening aid, not a diagnosis",
        quality={},
        provenance={},
        decision="review",
        label="nv",
        probabilities={"nv": 1.0},
        logits=[0.0],
        malignancy=0.0,
        thresholds={},
    )


def some_artifacts(run: ClaimedRun) -> list[Artifact]:
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


def add_key(session: Session, clinic_id: str) -> str:
    """Add a row alone; nobody knows its secret."""
    key = ApiKey(
        id=new_id(IdPrefix.KEY), clinic_id=clinic_id, name="k", secret_sha256=secrets.token_bytes(32), scopes=[]
    )
    session.add(key)
    session.flush()
    return key.id
