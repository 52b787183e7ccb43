"""The lives of a case, of its news and of a model. The only code that writes states, versions, events and deliveries.

It never commits.

Workers act under the fence that they claimed (I3): where another has taken over since, a call changes nothing and
says so. Every change of a case takes the next version and writes the one event that carries it, in the caller's
transaction (I5, I6). Rows are locked in one order, run before case, so that no two of these calls wait for each other.
"""

from shared.db.lifecycle.accept import accept_case, utc_deadline
from shared.db.lifecycle.cancel import cancel_case
from shared.db.lifecycle.claim import claim_runs, extend_leases
from shared.db.lifecycle.deliver import claim_deliveries, lapse_deliveries, record_attempts
from shared.db.lifecycle.models import (
    Activation,
    activate_model,
    active_model_id,
    register_model,
    registry_revision,
    retire_model,
)
from shared.db.lifecycle.promote import promote_items, roll_back_items
from shared.db.lifecycle.record import forget_incoming, give_back, record_answer, record_failure
from shared.db.lifecycle.rerun_plan import (
    Frozen,
    Window,
    among,
    between,
    cancel_rerun,
    close_plan,
    freeze_members,
    open_plan,
    pause_rerun,
    resume_rerun,
    start_rerun,
)
from shared.db.lifecycle.send_again import recover, redeliver, replay_missing, send_test
from shared.db.lifecycle.sweep import end_overdue, lapse_leases

__all__ = [
    "Activation",
    "Frozen",
    "Window",
    "accept_case",
    "activate_model",
    "active_model_id",
    "among",
    "between",
    "cancel_case",
    "cancel_rerun",
    "claim_deliveries",
    "claim_runs",
    "close_plan",
    "end_overdue",
    "extend_leases",
    "forget_incoming",
    "freeze_members",
    "give_back",
    "lapse_deliveries",
    "lapse_leases",
    "open_plan",
    "pause_rerun",
    "promote_items",
    "record_answer",
    "record_attempts",
    "record_failure",
    "recover",
    "redeliver",
    "register_model",
    "registry_revision",
    "replay_missing",
    "resume_rerun",
    "retire_model",
    "roll_back_items",
    "send_test",
    "start_rerun",
    "utc_deadline",
]
