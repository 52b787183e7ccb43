"""What earlier runs of the same photo left, where their model has the same network as the one that is asked now."""

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import aliased

from services.inference.model.measures import MeasuresInvalid, PixelMeasures
from shared.contracts.enums import ArtifactName, RunState
from shared.contracts.equivalence import same_network
from shared.contracts.manifest import ModelManifest
from shared.db.models import Artifact, ModelVersion, Result, Run
from shared.db.records import ClaimedRun
from shared.db.session import Database
from shared.errors import ModelInvalid

REDECIDED_FROM = "redecided_from"
"""Field of a result's provenance: the run whose network gave the numbers."""

_Found = Row[tuple[str, str, Result]]
_LIMITS = frozenset({"accepted", "limits"})


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object of an earlier run, and its sha256 (hex) by the record."""

    key: str
    sha256: str


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """What one run of the network left on record. A refusal has no `logits`, and of its pixels no `distance` either."""

    run_id: str
    image_sha256: str
    backend: str
    layer: str
    measures: PixelMeasures
    distance: float | None
    logits: tuple[float, ...] | None
    objects: dict[ArtifactName, StoredObject]


class StoredAnswers:
    """Safe to share between threads."""

    def __init__(self, database: Database, manifest: Callable[[str], ModelManifest]) -> None:
        """`manifest` gives a model's manifest by its id, or raises ModelInvalid."""
        self._database = database
        self._manifest = manifest

    def of(self, runs: Collection[ClaimedRun]) -> dict[str, StoredAnswer]:
        """Return, by the runs' ids, what was found with the same network: the newest answer, before any refusal.

        What does not count: answers that were decided anew themselves; those of the same model, whose re-run is about
        its network; those of another photo, or of a backend that this model was not compared on. Where no run is a
        re-run, nothing is asked. Raises DatabaseUnavailable.
        """
        again = {run.run_id: run for run in runs if not run.is_first and run.image is not None}
        if not again:
            return {}
        with self._database.transaction() as session:
            found = session.execute(_earlier(list(again))).all()
            ids = {result.run_id for _, _, result in found}
            artifacts = session.scalars(select(Artifact).where(Artifact.run_id.in_(ids))).all() if ids else []
        objects: dict[str, dict[ArtifactName, StoredObject]] = defaultdict(dict)
        for artifact in artifacts:
            objects[artifact.run_id][ArtifactName(artifact.name)] = StoredObject(artifact.key, artifact.sha256)
        return self._first_of_each(again, found, objects)

    def _first_of_each(
        self, runs: dict[str, ClaimedRun], found: Sequence[_Found], objects: dict[str, dict[ArtifactName, StoredObject]]
    ) -> dict[str, StoredAnswer]:
        answers: dict[str, StoredAnswer] = {}
        for run_id, model_id, result in found:
            if run_id not in answers and self._counts(runs[run_id], model_id, result):
                answer = _answer(result, objects[result.run_id])
                if answer is not None:
                    answers[run_id] = answer
        return answers

    def _counts(self, run: ClaimedRun, model_id: str, result: Result) -> bool:
        try:
            asked, earlier = self._manifest(run.model_version_id), self._manifest(model_id)
        except ModelInvalid:
            return False  # whoever loads the model says so
        same_photo = run.image is not None and result.provenance.get("image_sha256") == run.image.sha256
        return same_photo and result.model.get("backend") in asked.backends and same_network(asked, earlier)


def _earlier(run_ids: Sequence[str]) -> Select[tuple[str, str, Result]]:
    """Ended runs of the same cases by other models with the same weights, in the order of preference."""
    asked, earlier = aliased(Run), aliased(Run)
    target, model = aliased(ModelVersion), aliased(ModelVersion)
    return (
        select(asked.id, earlier.model_version_id, Result)
        .select_from(asked)
        .join(target, target.id == asked.model_version_id)
        .join(earlier, (earlier.case_id == asked.case_id) & (earlier.model_version_id != asked.model_version_id))
        .join(model, (model.id == earlier.model_version_id) & (model.weights_sha256 == target.weights_sha256))
        .join(Result, Result.run_id == earlier.id)
        .where(
            asked.id.in_(run_ids),
            earlier.state.in_((RunState.SUCCEEDED, RunState.REJECTED)),
            Result.provenance[REDECIDED_FROM].astext.is_(None),
        )
        .order_by(
            Result.logits.is_(None), Result.out_of_distribution.is_(None), earlier.finished_at.desc(), earlier.id.desc()
        )
    )


def _answer(result: Result, objects: dict[ArtifactName, StoredObject]) -> StoredAnswer | None:
    """The answer, or None where what was measured of the pixels is not what is measured today."""
    try:
        measures = PixelMeasures.from_mapping(
            {name: value for name, value in result.quality.items() if name not in _LIMITS}
        )
    except MeasuresInvalid:
        return None
    return StoredAnswer(
        run_id=result.run_id,
        image_sha256=result.provenance["image_sha256"],
        backend=result.model["backend"],
        layer=(result.explanation or {}).get("layer", ""),
        measures=measures,
        distance=(result.out_of_distribution or {}).get("score"),
        logits=None if result.logits is None else tuple(result.logits),
        objects=objects,
    )
