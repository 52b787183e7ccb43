from shared.contracts.enums import CaseState, EventType, ModelState, RerunState, RunState
from shared.contracts.lifecycle import (
    CASE_STATE_OF_FIRST_RUN,
    CASE_TRANSITIONS,
    EVENT_OF_CASE_STATE,
    ITEM_STATE_OF_RUN,
    MODEL_TRANSITIONS,
    OPEN_CASE_STATES,
    RERUN_TRANSITIONS,
    RUN_TRANSITIONS,
    TERMINAL_RUN_STATES,
)


def test_every_state_has_its_row_and_every_end_its_case_state() -> None:
    assert set(RUN_TRANSITIONS) == set(RunState)
    assert set(CASE_TRANSITIONS) == set(CaseState)
    assert set(CASE_STATE_OF_FIRST_RUN) == TERMINAL_RUN_STATES
    assert set(RERUN_TRANSITIONS) == set(RerunState)
    assert set(ITEM_STATE_OF_RUN) == TERMINAL_RUN_STATES
    assert not OPEN_CASE_STATES & set(CASE_STATE_OF_FIRST_RUN.values())


def test_every_case_state_has_the_event_of_its_name() -> None:
    assert {state: EventType(f"case.{state}") for state in CaseState} == EVENT_OF_CASE_STATE


def test_a_model_never_goes_back_to_being_a_candidate_and_one_ends_only_by_another() -> None:
    assert set(MODEL_TRANSITIONS) == set(ModelState)
    assert not any(ModelState.CANDIDATE in exits for exits in MODEL_TRANSITIONS.values())
    assert MODEL_TRANSITIONS[ModelState.ACTIVE] == {ModelState.RETIRED}
