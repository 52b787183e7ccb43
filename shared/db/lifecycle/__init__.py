"""The lives of a case, its news, a model and a campaign. The only code that writes states, versions and events.

It never commits.

Workers act under the fence that they claimed (I3): where another has taken over since, a call changes nothing and
says so. Every change of a case takes the next version and writes the one event that carries it, in the caller's
transaction (I5, I6). Rows are locked in one order, campaign before run before case, so that no two of these calls wait
for each other.
"""

from shared.db.lifecycle.accept import accept_case, utc_deadline
from shared.db.lifecycle.cancel import cancel_case
from shared.db.lifecycle.claim import claim_runs, extend_leases
from shared.db.lifecycle.deliver import claim_deliveries, lapse_deliveries, record_attempts
from shared.db.lifecycle.erase import erase_case
from shared.db.lifecycle.gate import set_gate
from shared.db.lifecycle.models import (
    Activation,
    activate_model,
    active_model_id,
    hold_registry,
    register_model,
    registry_revision,
    retire_model,
)
from shared.db.lifecycle.promote import promote_items, roll_back_items
from shared.db.lifecycle.record import forget_incoming, give_back, record_answer, record_failure
from shared.db.lifecycle.rerun import (
    Step,
    advance_rerun,
    cancel_rerun,
    end_auto_promotion,
    expire_reruns,
    pause_rerun,
    resume_rerun,
)
from shared.db.lifecycle.rerun_plan import (
    Frozen,
    Window,
    among,
    between,
    close_plan,
    freeze_members,
    open_plan,
    start_rerun,
)
from shared.db.lifecycle.send_again import recover, redeliver, replay_missing, send_test
from shared.db.lifecycle.subject import (
    Stopped,
    consent_withdrawn,
    erase_next_of_subject,
    hold_subject,
    open_subject_erasure,
    stop_subject,
)
from shared.db.lifecycle.sweep import end_overdue, lapse_leases

__all__ = [
    "Activation",
    "Frozen",
    "Step",
    "Stopped",
    "Window",
    "accept_case",
    "activate_model",
    "active_model_id",
    "advance_rerun",
    "among",
    "between",
    "cancel_case",
    "cancel_rerun",
    "claim_deliveries",
    "claim_runs",
    "close_plan",
    "consent_withdrawn",
    "end_auto_promotion",
    "end_overdue",
    "erase_case",
    "erase_next_of_subject",
    "expire_reruns",
    "extend_leases",
    "forget_incoming",
    "freeze_members",
    "give_back",
    "hold_registry",
    "hold_subject",
    "lapse_deliveries",
    "lapse_leases",
    "open_plan",
    "open_subject_erasure",
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
    "set_gate",
    "start_rerun",
    "stop_subject",
    "utc_deadline",
]
