"""The state machines as data. `shared.db.lifecycle` writes by them; Postgres holds the same tables in triggers."""

from typing import Final

from shared.contracts.enums import CaseState, EventType, ModelState, RerunItemState, RerunState, RunState

RUN_TRANSITIONS: Final[dict[RunState, frozenset[RunState]]] = {
    # Set with the case. A worker's claim moves it on, a caller may cancel it, its deadline may pass.
    RunState.QUEUED: frozenset({RunState.RUNNING, RunState.CANCELED, RunState.EXPIRED}),
    # Set by a claim. The worker ends it under its fence, or it goes back to the queue while attempts are left.
    RunState.RUNNING: frozenset(
        {
            RunState.QUEUED,
            RunState.SUCCEEDED,
            RunState.REJECTED,
            RunState.FAILED,
            RunState.TIMED_OUT,
            RunState.CANCELED,
        }
    ),
    RunState.SUCCEEDED: frozenset(),
    RunState.REJECTED: frozenset(),
    RunState.FAILED: frozenset(),
    RunState.TIMED_OUT: frozenset(),
    RunState.CANCELED: frozenset(),
    RunState.EXPIRED: frozenset(),
}

TERMINAL_RUN_STATES: Final = frozenset(state for state, exits in RUN_TRANSITIONS.items() if not exits)

CASE_TRANSITIONS: Final[dict[CaseState, frozenset[CaseState]]] = {
    # The 202. The first claim moves it on, for good: a run that is given back leaves its case in `processing`.
    CaseState.ACCEPTED: frozenset({CaseState.PROCESSING, CaseState.CANCELED, CaseState.EXPIRED, CaseState.ERASED}),
    CaseState.PROCESSING: frozenset(
        {
            CaseState.COMPLETED,
            CaseState.REJECTED,
            CaseState.FAILED,
            CaseState.CANCELED,
            CaseState.EXPIRED,
            CaseState.ERASED,
        }
    ),
    # From here on only a promotion or its roll back changes the state, and always together with the published run.
    # Its owner may erase it from wherever it is.
    CaseState.COMPLETED: frozenset({CaseState.REJECTED, CaseState.FAILED, CaseState.EXPIRED, CaseState.ERASED}),
    CaseState.REJECTED: frozenset({CaseState.COMPLETED, CaseState.FAILED, CaseState.EXPIRED, CaseState.ERASED}),
    CaseState.FAILED: frozenset({CaseState.COMPLETED, CaseState.REJECTED, CaseState.ERASED}),
    CaseState.EXPIRED: frozenset({CaseState.COMPLETED, CaseState.REJECTED, CaseState.ERASED}),
    CaseState.CANCELED: frozenset({CaseState.ERASED}),
    CaseState.ERASED: frozenset(),
}

OPEN_CASE_STATES: Final = frozenset({CaseState.ACCEPTED, CaseState.PROCESSING})

CASE_STATE_OF_FIRST_RUN: Final[dict[RunState, CaseState]] = {
    RunState.SUCCEEDED: CaseState.COMPLETED,
    RunState.REJECTED: CaseState.REJECTED,
    RunState.FAILED: CaseState.FAILED,
    RunState.TIMED_OUT: CaseState.FAILED,
    RunState.CANCELED: CaseState.CANCELED,
    RunState.EXPIRED: CaseState.EXPIRED,
}

EVENT_OF_CASE_STATE: Final[dict[CaseState, EventType]] = {
    CaseState.ACCEPTED: EventType.CASE_ACCEPTED,
    CaseState.PROCESSING: EventType.CASE_PROCESSING,
    CaseState.COMPLETED: EventType.CASE_COMPLETED,
    CaseState.REJECTED: EventType.CASE_REJECTED,
    CaseState.FAILED: EventType.CASE_FAILED,
    CaseState.CANCELED: EventType.CASE_CANCELED,
    CaseState.EXPIRED: EventType.CASE_EXPIRED,
    CaseState.ERASED: EventType.CASE_ERASED,
}

MODEL_TRANSITIONS: Final[dict[ModelState, frozenset[ModelState]]] = {
    # As registered. It is activated, or retired without ever having been.
    ModelState.CANDIDATE: frozenset({ModelState.ACTIVE, ModelState.RETIRED}),
    # Only the activation of another ends it.
    ModelState.ACTIVE: frozenset({ModelState.RETIRED}),
    # A roll back.
    ModelState.RETIRED: frozenset({ModelState.ACTIVE}),
}

RERUN_TRANSITIONS: Final[dict[RerunState, frozenset[RerunState]]] = {
    # Its members are being written down. Whoever dies over that leaves it to expire.
    RerunState.PLANNING: frozenset({RerunState.PLANNED, RerunState.EXPIRED}),
    # Started, called off, or forgotten.
    RerunState.PLANNED: frozenset({RerunState.RUNNING, RerunState.CANCELING, RerunState.EXPIRED}),
    # Maintenance feeds it. Its stop rules or an administrator pause it.
    RerunState.RUNNING: frozenset({RerunState.PAUSED, RerunState.CANCELING, RerunState.FINISHED}),
    RerunState.PAUSED: frozenset({RerunState.RUNNING, RerunState.CANCELING}),
    # Nothing is begun any more; what is at work ends. Then it is canceled, in the transaction that sees the last end.
    RerunState.CANCELING: frozenset({RerunState.CANCELED}),
    RerunState.CANCELED: frozenset(),
    RerunState.FINISHED: frozenset(),
    RerunState.EXPIRED: frozenset(),
}

ITEM_STATE_OF_RUN: Final[dict[RunState, RerunItemState]] = {
    RunState.SUCCEEDED: RerunItemState.SUCCEEDED,
    RunState.REJECTED: RerunItemState.REJECTED,
    RunState.FAILED: RerunItemState.FAILED,
    RunState.TIMED_OUT: RerunItemState.FAILED,
    RunState.EXPIRED: RerunItemState.FAILED,
    RunState.CANCELED: RerunItemState.CANCELED,
}
