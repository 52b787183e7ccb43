"""Every SQL statement about the pictures of a case: which objects there are, and under which hash."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, literal, select
from sqlalchemy.orm import Session

from services.gateway.cases.repository import of
from services.gateway.cases.service import is_veiled
from services.gateway.clinics.tenant import Tenant
from shared.contracts.enums import ArtifactName, CaseState, LesionClass
from shared.db.models import Artifact, Case, ModelVersion, Result, Run


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object that a worker wrote and a row names."""

    key: str
    sha256: str
    media_type: str
    size: int | None


@dataclass(frozen=True, slots=True)
class Words:
    """What the legend of an overlay says: the manifest's own words, as the worker that drew the first one used them."""

    manifest: dict[str, Any]
    probabilities: dict[str, float]


@dataclass(frozen=True, slots=True)
class Pictures:
    """What there is to show of a case. Without a published answer: no run, no target, no words, no objects.

    `veiled`: this caller must not see how probable the classes are, nor what could be reckoned into it.
    """

    run_id: str | None
    version: int
    erased: bool
    veiled: bool
    image: StoredObject | None
    target: LesionClass | None
    words: Words | None
    objects: dict[ArtifactName, StoredObject]


def pictures_of(session: Session, tenant: Tenant, case_id: str, run_id: str | None = None) -> Pictures | None:
    """Return the pictures of the case's published run, or of another; None where the caller has no such case or run."""
    shown = Case.published_run_id if run_id is None else literal(run_id)
    statement = (
        select(Case, Run.id, Result, ModelVersion.manifest)
        .outerjoin(Run, and_(Run.id == shown, Run.case_id == Case.id))
        .outerjoin(Result, Result.run_id == Run.id)
        .outerjoin(ModelVersion, ModelVersion.id == Run.model_version_id)
        .where(Case.id == case_id, *of(tenant))
    )
    row = session.execute(statement if run_id is None else statement.where(Run.id == run_id)).one_or_none()
    if row is None:
        return None
    case, run, result, manifest = row
    found = session.scalars(select(Artifact).where(Artifact.run_id == run, Artifact.clinic_id == tenant.clinic_id))
    return Pictures(
        run_id=run,
        version=case.version,
        erased=case.state == CaseState.ERASED,
        veiled=result is not None and is_veiled(result, tenant),
        image=_image_of(case),
        target=_target_of(result),
        words=_words_of(result, manifest),
        objects={ArtifactName(a.name): StoredObject(a.key, a.sha256, a.media_type, a.size) for a in found},
    )


def _image_of(case: Case) -> StoredObject | None:
    if case.image_key is None or case.image_sha256 is None or case.image_media_type is None:
        return None
    return StoredObject(case.image_key, case.image_sha256, case.image_media_type, None)


def _target_of(result: Result | None) -> LesionClass | None:
    if result is None or result.label is None:
        return None
    explained = (result.explanation or {}).get("target_class", result.label)
    return LesionClass(explained)


def _words_of(result: Result | None, manifest: dict[str, Any] | None) -> Words | None:
    if result is None or result.probabilities is None or manifest is None:
        return None
    return Words(manifest=manifest, probabilities=result.probabilities)
