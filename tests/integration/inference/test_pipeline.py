"""One batch from claim to commit, on real servers with a tiny network in place of ResNet-50."""

import hashlib
import io
import json
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import select

from services.inference import registry
from services.inference.model.development import write_development_model
from services.inference.model.explain import PoolLinearHead
from services.inference.shelf import Shelf
from services.inference.turns import Turns
from shared.contracts.enums import ArtifactName, CaseState, LesionClass
from shared.contracts.manifest import OutOfDistribution
from shared.db.models import Artifact, Result, Run
from shared.errors import StoreUnavailable
from shared.storage import keys
from tests.integration.inference.conftest import Ward, photo
from tests.integration.records import claim

WHITE = (240, 240, 240)  # all but glaring


def test_a_photo_ends_completed_with_everything_stored_and_digests_that_match(ward: Ward) -> None:
    case_id = ward.submit(photo())
    ward.work()
    case = ward.case(case_id)
    assert case.state == CaseState.COMPLETED
    with ward.worker.transaction() as session:
        result = session.get_one(Result, case.published_run_id)
        rows = session.scalars(select(Artifact).where(Artifact.run_id == case.published_run_id)).all()
    assert {row.name for row in rows} == set(ArtifactName)
    for row in rows:
        content = ward.store.get(row.key)
        assert hashlib.sha256(content).hexdigest() == row.sha256
        assert len(content) == row.size
    assert result.probabilities is not None
    assert set(result.probabilities) == set(LesionClass)
    assert sum(result.probabilities.values()) == pytest.approx(1, abs=1e-6)
    assert result.model["status"] == "development"
    assert result.provenance["image_sha256"] == case.image_sha256


def test_the_stored_map_is_the_evidence_behind_the_logits(ward: Ward) -> None:
    """mean(map) + bias = logit, with the bias taken from the model file itself."""
    case_id = ward.submit(photo())
    ward.work()
    with ward.worker.transaction() as session:
        case = ward.case(case_id)
        result = session.get_one(Result, case.published_run_id)
        row = session.get_one(Artifact, (case.published_run_id, ArtifactName.MAP))
    maps = np.load(io.BytesIO(ward.store.get(row.key)))
    assert maps.dtype == np.float16
    head = ward.loaded()._head
    assert isinstance(head, PoolLinearHead)
    bias = head.bias.numpy()
    assert result.logits is not None
    assert maps.astype(np.float64).mean(axis=(1, 2)) + bias == pytest.approx(np.array(result.logits), abs=2e-3)


def test_faithfulness_is_measured_for_those_who_ask(ward: Ward) -> None:
    asked, again, other = (ward.submit(photo(), measure_faithfulness=wanted) for wanted in (True, True, False))
    ward.work()
    with ward.worker.transaction() as session:
        told = [
            session.get_one(Result, ward.case(case_id).published_run_id).explanation
            for case_id in (asked, again, other)
        ]
    first, second, none = (explanation and explanation.get("faithfulness") for explanation in told)
    assert none is None
    assert first is not None
    assert first == second, "the same photo gives the same areas"
    assert set(first) == {"deletion", "insertion", "random_deletion", "random_insertion", "whole", "blurred"}
    assert all(0 <= value <= 1 for value in first.values())


def test_the_photo_as_it_was_sent_is_gone_and_its_clean_image_is_stored(ward: Ward) -> None:
    case_id = ward.submit(photo())
    ward.work()
    case = ward.case(case_id)
    assert ward.store.head(keys.incoming(case_id)) is None
    assert case.incoming_key is None
    assert case.image_key is not None
    assert hashlib.sha256(ward.store.get(case.image_key)).hexdigest() == case.image_sha256
    assert (case.image_width, case.image_height) == (340, 256)


def test_a_broken_photo_fails_alone_and_lies_in_quarantine(ward: Ward) -> None:
    good = [ward.submit(photo()) for _ in range(3)]
    broken = ward.submit(photo()[:-600])
    more = [ward.submit(photo(fmt="PNG")) for _ in range(3)]
    assert ward.work() == 1, "all seven in one batch"
    assert ward.states([*good, *more]) == [CaseState.COMPLETED] * 6
    assert ward.case(broken).state == CaseState.FAILED
    assert ward.case(broken).error_code == "undecodable_image"
    assert ward.store.head(keys.incoming(broken)) is None
    assert ward.store.get(keys.quarantine(broken)) == photo()[:-600]


def test_a_photo_too_small_is_rejected_with_words_and_without_numbers(ward: Ward) -> None:
    case_id = ward.submit(photo(size=(9, 9)))
    ward.work()
    case = ward.case(case_id)
    assert case.state == CaseState.REJECTED
    with ward.worker.transaction() as session:
        result = session.get_one(Result, case.published_run_id)
        assert [reason["code"] for reason in result.reasons] == ["too_small"]
        assert result.reasons[0]["message"]
        assert result.probabilities is None
        assert not session.scalars(select(Artifact).where(Artifact.case_id == case_id)).all()


def test_a_photo_is_rejected_for_its_pixels_before_the_network_sees_it(ward: Ward) -> None:
    flat = {name: io.BytesIO() for name in ("grey", "black")}
    Image.new("RGB", (340, 256), (120, 120, 120)).save(flat["grey"], "JPEG")
    Image.new("RGB", (340, 256)).save(flat["black"], "JPEG")
    case_ids = [ward.submit(content.getvalue()) for content in flat.values()]
    beside = ward.submit(photo())
    assert ward.work() == 1, "all in one batch"
    assert ward.states([*case_ids, beside]) == [CaseState.REJECTED, CaseState.REJECTED, CaseState.COMPLETED]
    with ward.worker.transaction() as session:
        grey, black, whole = (
            session.get_one(Result, ward.case(case_id).published_run_id) for case_id in (*case_ids, beside)
        )
    assert [[reason["code"] for reason in each.reasons] for each in (grey, black)] == [
        ["too_blurred"],
        ["too_blurred", "too_dark"],
    ]
    assert all(reason["message"] for reason in black.reasons)
    assert "network" not in grey.provenance["durations_ms"]
    assert (grey.probabilities, grey.quality["accepted"], grey.quality["sharpness"]) == (None, False, 0.0)
    assert (black.quality["mean_grey"], black.quality["dark_share"]) == (0.0, 1.0)
    assert whole.quality["accepted"]
    assert whole.quality["sharpness"] > whole.quality["limits"]["min_sharpness"]


def test_a_photo_outside_the_validated_use_goes_to_review(ward: Ward) -> None:
    case_id = ward.submit(photo(), modality="unknown")
    ward.work()
    with ward.worker.transaction() as session:
        result = session.get_one(Result, ward.case(case_id).published_run_id)
    assert result.decision == "review"
    assert [reason["code"] for reason in result.reasons] == ["outside_validated_use"]


@pytest.fixture
def limited(ward: Ward, tmp_path: Path) -> Ward:
    """The ward with a model that measures how unlike its training a photo is."""
    limits = OutOfDistribution(method="ppca", components=4, soft=3, hard=5, rule="by hand", fitted_on="nothing")
    write_development_model(tmp_path / "limited", seed=1, limits=limits)
    model, _ = registry.register(ward.worker, ward.store, tmp_path / "limited")
    registry.activate(ward.worker, model)
    return replace(ward, model=model)


def test_a_photo_of_no_lesion_is_rejected_with_its_distance_alone(limited: Ward) -> None:
    case_id = limited.submit(photo(WHITE))
    beside = limited.submit(photo())
    assert limited.work() == 1, "both in one batch"
    assert limited.states([case_id, beside]) == [CaseState.REJECTED, CaseState.COMPLETED]
    case = limited.case(case_id)
    with limited.worker.transaction() as session:
        result = session.get_one(Result, case.published_run_id)
        run = session.get_one(Run, case.published_run_id)
        assert not session.scalars(select(Artifact).where(Artifact.case_id == case_id)).all()
    assert run.state == "rejected"
    assert [reason["code"] for reason in result.reasons] == ["not_a_lesion"]
    assert result.reasons[0]["message"]
    numbers = (result.decision, result.label, result.probabilities, result.logits, result.malignancy)
    assert (*numbers, result.thresholds, result.explanation) == (None,) * 7
    assert result.out_of_distribution is not None
    assert result.out_of_distribution["score"] >= 5
    assert result.provenance["durations_ms"]["network"] > 0
    assert list(limited.store.list_keys(f"cases/{case_id}/")) == [case.image_key], "the clean image, and nothing drawn"
    assert limited.store.head(keys.incoming(case_id)) is None


def test_a_photo_unlike_the_training_goes_to_review(limited: Ward) -> None:
    unlike, usual, both = (
        limited.submit(photo((20, 220, 40))),
        limited.submit(photo()),
        limited.submit(photo((20, 220, 40)), modality="clinical"),
    )
    limited.work()
    with limited.worker.transaction() as session:
        told = [session.get_one(Result, limited.case(case_id).published_run_id) for case_id in (unlike, usual, both)]
    codes = [[reason["code"] for reason in result.reasons] for result in told]
    assert (told[0].decision, codes[0]) == ("review", ["unlike_training"])
    assert "unlike_training" not in codes[1]
    assert (told[2].decision, codes[2]) == ("review", ["outside_validated_use", "unlike_training"])
    distances = [result.out_of_distribution for result in told]
    assert [(item["soft"], item["hard"]) for item in distances if item] == [(3, 5)] * 3
    assert [3 <= item["score"] < 5 for item in distances if item] == [True, False, True]
    assert told[0].probabilities is not None


def test_without_limits_no_distance_is_told(ward: Ward) -> None:
    case_id = ward.submit(photo(WHITE))
    ward.work()
    with ward.worker.transaction() as session:
        result = session.get_one(Result, ward.case(case_id).published_run_id)
    assert (ward.case(case_id).state, result.out_of_distribution) == (CaseState.COMPLETED, None)


def test_a_missing_photo_fails_and_says_so(ward: Ward) -> None:
    case_id = ward.submit(photo())
    ward.store.delete(keys.incoming(case_id))
    ward.work()
    assert ward.case(case_id).error_code == "object_missing"


class _BrokenStore:
    """The real store, except that objects whose key holds `word` cannot be put while it is broken."""

    def __init__(self, store: object, word: str) -> None:
        self._store = store
        self._word = word
        self.broken = True

    def put(self, key: str, data: bytes, *, media_type: str) -> None:
        if self.broken and self._word in key:
            raise StoreUnavailable("down")
        self._store.put(key, data, media_type=media_type)  # type: ignore[attr-defined]

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)


@pytest.mark.parametrize(
    ("word", "size", "end"),
    [
        ("layer.png", (340, 256), CaseState.COMPLETED),
        ("image.", (340, 256), CaseState.COMPLETED),
        ("image.", (9, 9), CaseState.REJECTED),
    ],
)
def test_a_store_that_fails_midway_costs_a_retry_and_no_attempt(
    ward: Ward, word: str, size: tuple[int, int], end: CaseState
) -> None:
    case_id = ward.submit(photo(size=size))
    breaking = _BrokenStore(ward.store, word)
    shelf = Shelf(breaking)  # type: ignore[arg-type]
    ward.pipeline._shelf = ward.pipeline._photos._shelf = shelf
    ward.pipeline.work(claim(ward.worker))
    with ward.worker.transaction() as session:
        run = session.scalars(select(Run).where(Run.case_id == case_id)).one()
        assert (run.state, run.attempts, run.fence) == ("queued", 0, 1)
        assert not session.scalars(select(Artifact)).all()
    assert (ward.case(case_id).state, ward.case(case_id).image_key) == (CaseState.PROCESSING, None)
    breaking.broken = False
    ward.work()
    assert ward.case(case_id).state == end
    shelf.close()


class _Telling:
    """The real turns, which tell when the network is about to work."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self.begun = threading.Event()

    def turn(self, alive: Callable[[], None], *, live: bool) -> AbstractContextManager[None]:
        self.begun.set()
        return self._turns.turn(alive, live=live)


class _WaitingStore(_BrokenStore):
    """The real store, except that clean images arrive once the network works."""

    def __init__(self, store: object, begun: threading.Event) -> None:
        super().__init__(store, "-")
        self._begun = begun

    def put(self, key: str, data: bytes, *, media_type: str) -> None:
        assert "image." not in key or self._begun.wait(20), "the network waits for the store"
        super().put(key, data, media_type=media_type)


def test_the_network_does_not_wait_for_the_clean_image(ward: Ward) -> None:
    case_id = ward.submit(photo())
    turns = _Telling(ward.pipeline._turns)
    shelf = Shelf(_WaitingStore(ward.store, turns.begun))  # type: ignore[arg-type]
    ward.pipeline._turns, ward.pipeline._photos._shelf = turns, shelf  # type: ignore[assignment]
    ward.work()
    case = ward.case(case_id)
    assert (case.state, case.image_key is not None) == (CaseState.COMPLETED, True)
    with ward.worker.transaction() as session:
        durations = session.get_one(Result, case.published_run_id).provenance["durations_ms"]
    assert set(durations) == {"fetch", "decode", "store_image", "network", "render", "store"}
    shelf.close()


def test_the_same_bytes_give_the_same_logits_in_a_second_case(ward: Ward) -> None:
    first, second = (ward.submit(photo()) for _ in range(2))
    ward.work()
    with ward.worker.transaction() as session:
        logits = [session.get_one(Result, ward.case(case_id).published_run_id).logits for case_id in (first, second)]
    assert json.dumps(logits[0]) == json.dumps(logits[1])
