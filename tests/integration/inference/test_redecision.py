"""Re-runs on a model that differs in limits and words only: answered from what is stored, without its network."""

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageChops
from sqlalchemy import select

from services.inference import registry
from services.inference.model.classifier import classify, decide
from services.inference.model.development import write_development_model
from services.inference.model.folder import MANIFEST
from shared.contracts.enums import ArtifactName, Modality, RunQueue, RunState
from shared.contracts.ids import IdPrefix, new_id
from shared.contracts.manifest import ModelManifest, OutOfDistribution, canonical_json
from shared.db.models import Artifact, ModelVersion, Result, Run
from shared.errors import DatabaseUnavailable
from tests.integration.inference.conftest import Ward, photo
from tests.integration.records import claim

LIMITS = OutOfDistribution(method="ppca", components=4, soft=3, hard=5, rule="by hand", fitted_on="nothing")
UNLIKE = (20, 220, 40)  # between the two limits
WHITE = (240, 240, 240)  # beyond both


class Trial:
    """A ward whose cases were answered by `base`, and models that are tried on these cases."""

    def __init__(self, ward: Ward, folder: Path, base: ModelManifest) -> None:
        self.ward = ward
        self.base = base
        self._folder = folder
        self._cache = folder.parent / "cache"

    def candidate(self, **said: Any) -> str:
        """Register a model with the base's weights that says something else; return its id."""
        (self._folder / MANIFEST).write_bytes(canonical_json(self.base.model_copy(update=said)))
        model, _ = registry.register(self.ward.worker, self.ward.store, self._folder)
        return model

    def answered(self, content: bytes, **described: object) -> str:
        case_id = self.ward.submit(content, **described)
        self.ward.work()
        return case_id

    def lose_weights(self) -> None:
        """From here on no model with these weights can be loaded."""
        with self.ward.worker.transaction() as session:
            self.ward.store.delete(session.get_one(ModelVersion, self.ward.model).weights_key)
        for file in (self._cache / "weights").iterdir():
            file.unlink()

    def queue(self, case_id: str, model: str) -> str:
        run_id = new_id(IdPrefix.RUN)
        ids = {"id": run_id, "case_id": case_id, "clinic_id": self.ward.clinic, "model_version_id": model}
        with self.ward.worker.transaction() as session:
            session.add(Run(**ids, queue=RunQueue.BULK, state=RunState.QUEUED))
        return run_id

    def rerun(self, case_id: str, model: str) -> str:
        """Queue a run and work on it; return its id."""
        run_id = self.queue(case_id, model)
        self.ward.pipeline.work(claim(self.ward.worker, queue=RunQueue.BULK))
        return run_id

    def first_run(self, case_id: str) -> str:
        with self.ward.worker.transaction() as session:
            return session.scalars(select(Run.id).where(Run.case_id == case_id).order_by(Run.id)).first() or ""

    def run(self, run_id: str) -> Run:
        with self.ward.worker.transaction() as session:
            return session.get_one(Run, run_id)

    def result(self, run_id: str) -> Result:
        with self.ward.worker.transaction() as session:
            return session.get_one(Result, run_id)

    def artifacts(self, run_id: str) -> dict[str, Artifact]:
        with self.ward.worker.transaction() as session:
            return {row.name: row for row in session.scalars(select(Artifact).where(Artifact.run_id == run_id))}

    def redecided(self, run_id: str) -> bool:
        return "redecided_from" in self.result(run_id).provenance


@pytest.fixture
def trial(ward: Ward, tmp_path: Path) -> Trial:
    base = write_development_model(tmp_path / "base", seed=1, limits=LIMITS)
    model, _ = registry.register(ward.worker, ward.store, tmp_path / "base")
    registry.activate(ward.worker, model)
    return Trial(replace(ward, model=model), tmp_path / "base", base)


def shifted(trial: Trial, malignancy: float) -> dict[str, Any]:
    """What a model says that finds the same scores on the other side of its thresholds."""
    refer = malignancy / 2 if malignancy < trial.base.thresholds.refer else 1.0
    thresholds = trial.base.thresholds.model_copy(update={"refer": refer, "no_refer": refer / 2})
    return {"name": "other-limits", "temperature": 1.25, "thresholds": thresholds}


def test_other_thresholds_are_applied_to_stored_logits_without_the_network(trial: Trial) -> None:
    case_id = trial.answered(photo(), measure_faithfulness=True)
    before = trial.result(trial.first_run(case_id))
    assert before.malignancy is not None
    assert before.logits is not None
    said = shifted(trial, before.malignancy)
    other, manifest = trial.candidate(**said), trial.base.model_copy(update=said)
    trial.lose_weights()
    run_id = trial.rerun(case_id, other)
    after = trial.result(run_id)
    found = classify(before.logits, manifest)
    verdict = decide(
        found.malignancy, Modality.DERMOSCOPY, manifest, distance=(before.out_of_distribution or {})["score"]
    )
    assert (after.logits, after.malignancy) == (before.logits, found.malignancy)
    assert after.probabilities == {str(label): value for label, value in found.probabilities.items()}
    assert (after.decision, after.label) == (verdict.decision, found.label)
    assert after.decision != before.decision
    assert after.malignancy != before.malignancy, "the temperature is another one"
    assert after.thresholds == {"refer": manifest.thresholds.refer, "no_refer": manifest.thresholds.no_refer}
    assert after.model == {**before.model, "name": "other-limits", "version": manifest.digest}
    assert (after.out_of_distribution, after.quality) == (before.out_of_distribution, before.quality)
    assert before.explanation is not None
    assert before.explanation.pop("faithfulness")
    assert after.explanation == before.explanation, "and faithfulness was not measured again"


def test_what_is_told_of_where_an_answer_comes_from(trial: Trial) -> None:
    case_id = trial.answered(photo())
    first = trial.first_run(case_id)
    run_id = trial.rerun(case_id, trial.candidate(temperature=2.0))
    before, after = trial.result(first).provenance, trial.result(run_id).provenance
    assert (after["redecided_from"], after["image_sha256"]) == (first, before["image_sha256"])
    assert (after["backend_checked"], after["attempt"]) == (True, 1)
    assert "network" in before["durations_ms"]
    assert set(after["durations_ms"]) == {"fetch", "decode", "read_stored", "render", "store"}
    again = trial.rerun(case_id, trial.candidate(temperature=3.0))
    assert trial.result(again).provenance["redecided_from"] == first, "the run whose network it was"


def test_control_without_its_weights_no_new_photo_can_be_answered(trial: Trial) -> None:
    trial.answered(photo())
    other = trial.candidate(temperature=2.0)
    trial.lose_weights()
    case_id = replace(trial.ward, model=other).submit(photo())
    trial.ward.work()
    assert trial.ward.case(case_id).error_code == "object_missing"


def test_maps_are_stored_again_byte_by_byte_and_only_the_caption_is_another(trial: Trial) -> None:
    case_id = trial.answered(photo(size=(600, 450)))
    first = trial.first_run(case_id)
    run_id = trial.rerun(case_id, trial.candidate(name="other-limits", temperature=2.0))
    before, after = trial.artifacts(first), trial.artifacts(run_id)
    for name in ArtifactName:
        assert run_id in after[name].key
        assert first in before[name].key
        same = trial.ward.store.get(before[name].key) == trial.ward.store.get(after[name].key)
        assert same == (name is not ArtifactName.OVERLAY)
        assert (before[name].sha256 == after[name].sha256) == same
    pictures = [Image.open(io.BytesIO(trial.ward.store.get(row["overlay"].key))) for row in (before, after)]
    left, top, right, bottom = ImageChops.difference(*pictures).getbbox() or (0, 0, 0, 0)
    shown = 600  # 800 x 600 pixels, the legend below; a JPEG's blocks are 8 wide
    assert bottom > top >= shown - 8
    assert right > left


def test_new_limits_refuse_what_was_answered(trial: Trial) -> None:
    case_id = trial.answered(photo(UNLIKE))
    before = trial.result(trial.first_run(case_id))
    assert before.decision == "review"
    large = trial.candidate(quality=trial.base.quality.model_copy(update={"min_side_px": 300}))
    near = trial.candidate(out_of_distribution=LIMITS.model_copy(update={"soft": 2.0, "hard": 3.0}))
    trial.lose_weights()
    too_small, no_lesion = (trial.rerun(case_id, model) for model in (large, near))
    for run_id, code in ((too_small, "too_small"), (no_lesion, "not_a_lesion")):
        after = trial.result(run_id)
        assert trial.run(run_id).state == RunState.REJECTED
        assert [reason["code"] for reason in after.reasons] == [code]
        assert (after.decision, after.logits, after.probabilities, after.explanation) == (None,) * 4
        assert trial.redecided(run_id)
        assert not trial.artifacts(run_id)
    assert trial.result(too_small).quality["limits"]["min_side_px"] == 300
    assert trial.result(too_small).out_of_distribution is None
    score = (before.out_of_distribution or {})["score"]
    assert trial.result(no_lesion).out_of_distribution == {"score": score, "soft": 2.0, "hard": 3.0}


@pytest.mark.parametrize("content", [photo(WHITE), photo(size=(24, 24))], ids=["not_a_lesion", "too_small"])
def test_what_was_refused_stays_so_without_the_network_and_asks_it_where_new_limits_let_it_pass(
    trial: Trial, content: bytes
) -> None:
    case_id = trial.answered(content)
    assert trial.run(trial.first_run(case_id)).state == RunState.REJECTED
    alike = trial.candidate(temperature=2.0)
    wide = trial.candidate(
        out_of_distribution=LIMITS.model_copy(update={"hard": 99.0}),
        quality=trial.base.quality.model_copy(update={"min_side_px": 8, "pixels": None}),
        wording=_words_without_pixels(trial.base),
    )
    passed = trial.rerun(case_id, wide)
    assert trial.run(passed).state == RunState.SUCCEEDED
    assert not trial.redecided(passed)
    trial.lose_weights()
    refused = trial.rerun(case_id, alike)
    assert trial.run(refused).state == RunState.REJECTED
    assert trial.redecided(refused)


def _words_without_pixels(manifest: ModelManifest) -> Any:
    words = manifest.wording.reasons
    kept = {code: said for code, said in words.items() if code not in {"too_blurred", "too_dark", "glare"}}
    return manifest.wording.model_copy(update={"reasons": kept})


def test_another_network_is_asked(trial: Trial, tmp_path: Path) -> None:
    case_id = trial.answered(photo())
    write_development_model(tmp_path / "seed", seed=2, limits=LIMITS)
    other, _ = registry.register(trial.ward.worker, trial.ward.store, tmp_path / "seed")
    preprocessing = trial.base.preprocessing.model_copy(update={"mean": (0.4, 0.4, 0.4)})
    brighter = trial.candidate(preprocessing=preprocessing)
    before = trial.result(trial.first_run(case_id))
    for model in (other, brighter):
        run_id = trial.rerun(case_id, model)
        assert trial.run(run_id).state == RunState.SUCCEEDED
        assert not trial.redecided(run_id)
        assert trial.result(run_id).logits != before.logits


def test_the_same_model_is_asked_again(trial: Trial) -> None:
    case_id = trial.answered(photo())
    trial.rerun(case_id, trial.candidate(temperature=2.0))
    run_id = trial.rerun(case_id, trial.ward.model)
    assert trial.result(run_id).logits == trial.result(trial.first_run(case_id)).logits
    assert not trial.redecided(run_id), "neither from itself nor from what was decided anew"


@pytest.mark.parametrize("name", [ArtifactName.MAP, ArtifactName.GEOMETRY, ArtifactName.LAYER])
@pytest.mark.parametrize("content", [b"spoiled", None], ids=["spoiled", "gone"])
def test_the_network_is_asked_where_an_artifact_is_lost(trial: Trial, name: str, content: bytes | None) -> None:
    case_id = trial.answered(photo())
    key = trial.artifacts(trial.first_run(case_id))[name].key
    if content is None:
        trial.ward.store.delete(key)
    else:
        trial.ward.store.put(key, content, media_type="application/octet-stream")
    run_id = trial.rerun(case_id, trial.candidate(temperature=2.0))
    assert trial.run(run_id).state == RunState.SUCCEEDED
    assert not trial.redecided(run_id)


def test_an_answer_of_a_backend_that_the_model_was_not_compared_on_does_not_count(trial: Trial) -> None:
    case_id = trial.answered(photo())
    other = trial.candidate(backends=("openvino-cpu-fp32",))
    trial.queue(case_id, other)
    assert trial.ward.pipeline._stored_answers.of(claim(trial.ward.worker, queue=RunQueue.BULK)) == {}


def test_a_photo_that_is_gone_fails_as_ever(trial: Trial) -> None:
    case_id = trial.answered(photo())
    key = trial.ward.case(case_id).image_key
    assert key
    trial.ward.store.delete(key)
    run_id = trial.rerun(case_id, trial.candidate(temperature=2.0))
    assert (trial.run(run_id).state, trial.run(run_id).error_code) == (RunState.FAILED, "object_missing")


def test_in_one_batch_each_goes_its_own_way(trial: Trial) -> None:
    kept, lost, refused = trial.answered(photo()), trial.answered(photo(UNLIKE)), trial.answered(photo(size=(24, 24)))
    trial.ward.store.delete(trial.artifacts(trial.first_run(lost))["map"].key)
    other = trial.candidate(temperature=2.0)
    runs = [trial.queue(case_id, other) for case_id in (kept, lost, refused)]
    batch = claim(trial.ward.worker, queue=RunQueue.BULK)
    assert len(batch) == 3
    trial.ward.pipeline.work(batch)
    assert [trial.run(run_id).state for run_id in runs] == ["succeeded", "succeeded", "rejected"]
    assert [trial.redecided(run_id) for run_id in runs] == [True, False, True]


class _NoDatabase:
    """It stands for one that cannot be reached."""

    def transaction(self) -> None:
        raise DatabaseUnavailable


def test_without_the_record_re_runs_go_back_and_new_photos_do_not_ask_it(trial: Trial) -> None:
    case_id = trial.answered(photo())
    trial.ward.pipeline._stored_answers._database = _NoDatabase()  # type: ignore[assignment]
    run_id = trial.rerun(case_id, trial.candidate(temperature=2.0))
    assert (trial.run(run_id).state, trial.run(run_id).attempts) == (RunState.QUEUED, 0)
    assert trial.ward.case(trial.answered(photo())).state == "completed"
