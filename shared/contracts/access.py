"""Words of the access log: who acts, what is done, how it ends. An action is added here, and nowhere in the schema."""

from enum import StrEnum


class ActorKind(StrEnum):
    """Who acts: a caller by its kind, or what has no key and acts on the machine itself."""

    CLINIC_KEY = "clinic_key"
    OPERATOR_KEY = "operator_key"
    DEVICE = "device"
    COMMAND_LINE = "command_line"
    MAINTENANCE = "maintenance"
    NOBODY = "nobody"


class AccessOutcome(StrEnum):
    DONE = "done"
    REFUSED = "refused"


class AccessAction(StrEnum):
    """What was done. Lower case, up to 40 letters and underscores; a word that was written once is never reused."""

    CASE_SUBMITTED = "case_submitted"
    CASE_CANCELED = "case_canceled"
    CASE_ERASED = "case_erased"
    CASE_RERUN = "case_rerun"
    UPLOAD_OFFERED = "upload_offered"

    CASE_READ = "case_read"
    RUNS_READ = "runs_read"
    EVENTS_READ = "events_read"
    CASES_LISTED = "cases_listed"
    ARTIFACT_READ = "artifact_read"

    RERUN_PLANNED = "rerun_planned"
    RERUN_STARTED = "rerun_started"
    RERUN_PAUSED = "rerun_paused"
    RERUN_RESUMED = "rerun_resumed"
    RERUN_CANCELED = "rerun_canceled"
    RERUN_PROMOTED = "rerun_promoted"
    RERUN_ROLLED_BACK = "rerun_rolled_back"
    REPORT_READ = "report_read"

    ENDPOINT_CREATED = "endpoint_created"
    ENDPOINT_CHANGED = "endpoint_changed"
    ENDPOINT_DELETED = "endpoint_deleted"
    ENDPOINT_ENABLED = "endpoint_enabled"
    ENDPOINT_DISABLED = "endpoint_disabled"
    ENDPOINT_SECRET_ROTATED = "endpoint_secret_rotated"  # noqa: S105 - the name of an action
    ENDPOINT_TESTED = "endpoint_tested"
    DELIVERY_SENT_AGAIN = "delivery_sent_again"
    DELIVERIES_RECOVERED = "deliveries_recovered"
    DELIVERIES_REPLAYED = "deliveries_replayed"

    MODEL_REGISTERED = "model_registered"
    MODEL_ACTIVATED = "model_activated"
    MODEL_RETIRED = "model_retired"

    CLINIC_CREATED = "clinic_created"
    CLINIC_CHANGED = "clinic_changed"
    KEY_CREATED = "key_created"
    KEY_ROTATED = "key_rotated"
    KEY_REVOKED = "key_revoked"
    KEY_USED = "key_used"
    KEY_REFUSED = "key_refused"
    ACCESS_LOG_READ = "access_log_read"
    CONSOLE_SIGNED_IN = "console_signed_in"
    CONSOLE_SIGNED_OUT = "console_signed_out"

    ENROLMENT_CREATED = "enrolment_created"
    DEVICE_ENROLLED = "device_enrolled"
    DEVICE_REFRESHED = "device_refreshed"
    DEVICE_SIGNED_OUT = "device_signed_out"
    DEVICE_REVOKED = "device_revoked"
    DEVICES_LISTED = "devices_listed"
    SUBJECT_EXPORTED = "subject_exported"
    SUBJECT_ERASED = "subject_erased"
    CONSENT_GIVEN = "consent_given"
    CONSENT_WITHDRAWN = "consent_withdrawn"


ONCE_A_VERSION = (AccessAction.CASE_READ, AccessAction.RUNS_READ, AccessAction.EVENTS_READ)
"""Reads of which each caller's first of a version is written, and no other."""
