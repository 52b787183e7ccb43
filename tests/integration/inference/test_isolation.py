"""No photo decides over another: batches that fail in the network or in the commit; a device or database gone."""

import dataclasses
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import pytest
from sqlalchemy import select

from services.inference.model.engine import LoadedModel, Prediction
from services.inference.outcomes import Answered
from services.inference.results import Results
from services.inference.watchdog import Watchdog
from shared.contracts.enums import CaseState
from shared.db.models import Run
from shared.db.session import Database, DatabaseRole, make_engine
from shared.errors import DatabaseUnavailable, DeviceLost
from tests.integration.conftest import database_settings
from tests.integration.inference.conftest import Ward, photo
from tests.integration.records import claim, some_answer, some_artifacts


class Picky:
    """The real model, except that it asks `check` about each batch first. Stands in for the loaded models too."""

    def __init__(self, model: LoadedModel, check: Callable[[Sequence[bytes]], None]) -> None:
        self._model = model
        self._check = check

    def loaded(self) -> dict[str, "Picky"]:
        return {}

    @contextmanager
    def using(self, _: str, __: object) -> Iterator["Picky"]:
        yield self

    def predict(self, crops: Sequence[bytes]) -> list[Prediction]:
        self._check(crops)
        return self._model.predict(crops)

    def __getattr__(self, name: str) -> object:
        return getattr(self._model, name)


def green(crop: bytes) -> bool:
    return crop[1] > 200 and crop[0] < 60


def test_a_batch_that_fails_in_the_network_is_halved_until_one_photo_stands_alone(ward: Ward) -> None:
    good = [ward.submit(photo()) for _ in range(6)]
    bad = ward.submit(photo(color=(20, 230, 20)))

    def check(crops: Sequence[bytes]) -> None:
        if any(green(crop) for crop in crops):
            raise ValueError("not this one")

    ward.pipeline._models = Picky(ward.loaded(), check)  # type: ignore[assignment]
    assert ward.work() == 1
    assert ward.states(good) == [CaseState.COMPLETED] * 6
    assert (ward.case(bad).state, ward.case(bad).error_code) == (CaseState.FAILED, "internal_error")


def test_a_lost_device_gives_the_batch_back_without_costing_an_attempt(ward: Ward) -> None:
    case_ids = [ward.submit(photo()) for _ in range(3)]

    def check(_: Sequence[bytes]) -> None:
        raise DeviceLost

    ward.pipeline._models = Picky(ward.loaded(), check)  # type: ignore[assignment]
    with pytest.raises(DeviceLost):
        ward.pipeline.work(claim(ward.worker))
    with ward.worker.transaction() as session:
        runs = session.scalars(select(Run).where(Run.case_id.in_(case_ids))).all()
        assert {(run.state, run.attempts) for run in runs} == {("queued", 0)}


def test_an_outcome_that_cannot_be_written_fails_alone(ward: Ward) -> None:
    case_ids = [ward.submit(photo()) for _ in range(3)]
    runs = claim(ward.worker)
    unwritable = dataclasses.replace(some_answer(), provenance={"text": "\0"})  # Postgres takes no such character
    answers = [some_answer(), unwritable, some_answer()]
    ward.pipeline._results.record(
        [Answered(run, answer, None, some_artifacts(run)) for run, answer in zip(runs, answers, strict=True)]
    )
    assert ward.states(case_ids) == [CaseState.COMPLETED, CaseState.FAILED, CaseState.COMPLETED]
    assert ward.case(case_ids[1]).error_code == "internal_error"


@pytest.mark.parametrize("stopping", [False, True])
def test_a_commit_waits_for_a_database_that_is_away_unless_the_process_is_to_stop(
    ward: Ward, database_url: str, *, stopping: bool
) -> None:
    away = Database(make_engine(database_settings(database_url.rsplit("/", 1)[0] + "/not_there"), DatabaseRole.WORKER))
    stop = threading.Event()
    if stopping:
        stop.set()
    results = Results(away, ward.store, stop, Watchdog(60), retry_delay_s=0, patience_s=1.0)
    ward.submit(photo())
    (run,) = claim(ward.worker)
    began = time.monotonic()
    with Watchdog(60).watching(), pytest.raises(DatabaseUnavailable):
        results.record([Answered(run, some_answer(), None, some_artifacts(run))])
    assert (time.monotonic() - began < 1.0) is stopping
    away.close()
