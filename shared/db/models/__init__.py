"""Every table, one file a noun. Importing this package registers all of them on the metadata."""

from shared.db.models.access import AccessEntry, AccessSeal
from shared.db.models.artifact import Artifact
from shared.db.models.case import Case
from shared.db.models.clinic import ApiKey, Clinic
from shared.db.models.consent import Consent
from shared.db.models.console_session import ConsoleSession
from shared.db.models.delivery import Delivery, DeliveryAttempt
from shared.db.models.device import Device, DeviceToken
from shared.db.models.enrolment import Enrolment, EnrolmentFailure
from shared.db.models.erasure import Erasure
from shared.db.models.event import Event
from shared.db.models.idempotency import IdempotencyRecord
from shared.db.models.model_registry import ModelRegistry
from shared.db.models.model_version import ModelVersion
from shared.db.models.rerun import BulkGate, Rerun, RerunItem
from shared.db.models.restore import Restore
from shared.db.models.result import Result
from shared.db.models.run import Run
from shared.db.models.subject_erasure import SubjectErasure
from shared.db.models.upload import Upload
from shared.db.models.webhook import WebhookEndpoint, WebhookSecret
from shared.db.models.worker import Worker

__all__ = [
    "AccessEntry",
    "AccessSeal",
    "ApiKey",
    "Artifact",
    "BulkGate",
    "Case",
    "Clinic",
    "Consent",
    "ConsoleSession",
    "Delivery",
    "DeliveryAttempt",
    "Device",
    "DeviceToken",
    "Enrolment",
    "EnrolmentFailure",
    "Erasure",
    "Event",
    "IdempotencyRecord",
    "ModelRegistry",
    "ModelVersion",
    "Rerun",
    "RerunItem",
    "Restore",
    "Result",
    "Run",
    "SubjectErasure",
    "Upload",
    "WebhookEndpoint",
    "WebhookSecret",
    "Worker",
]
