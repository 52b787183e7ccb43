"""Decides whether a photo may be looked at, as far as the consent of its subject goes.

A withdrawal counts in every clinic, also in one that asks for no consent. What was given before it never lifts it.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from services.gateway.consents import repository
from services.gateway.consents.repository import Position
from services.gateway.consents.schemas import GivenConsent
from services.gateway.refusals import ConsentRequired, ConsentWithdrawn, SubjectBeingErased
from shared.contracts.enums import ConsentPurpose
from shared.db import lifecycle


@dataclass(frozen=True, slots=True)
class Whose:
    """Of which photo, and of which subject if one is named."""

    clinic_id: str
    subject_ref: str | None
    case_id: str


def look(session: Session, clinic_id: str, subject_ref: str | None, given: GivenConsent | None) -> bool:
    """Let a photo in, and return whether the consent that came with it is to be kept.

    Without holding the subject this spares the store a photo that would not be taken, and promises nothing.
    Raises ConsentRequired, ConsentWithdrawn, SubjectBeingErased.
    """
    found = repository.position(session, clinic_id, subject_ref, ConsentPurpose.SCREENING)
    if found.being_erased:
        raise SubjectBeingErased
    counts = given is not None and is_later(given, found)
    if found.withdrawn and not counts:
        raise ConsentWithdrawn("the subject has withdrawn its consent, and given none since")
    to_current = counts and given is not None and given.text_version == found.text_version
    if found.required and not found.stands_to_current and not to_current:
        raise ConsentRequired(f"the clinic asks for the subject's consent to the text {found.text_version}")
    return counts


def admit(session: Session, clinic_id: str, subject_ref: str | None, given: GivenConsent | None) -> GivenConsent | None:
    """Let a photo in as `look` does, so that it holds until the commit; return the consent that is to be kept.

    A withdrawal that is about to be committed is waited for, and one that comes later finds the case.
    """
    if subject_ref is not None:
        lifecycle.hold_subject(session, clinic_id, subject_ref)
    return given if look(session, clinic_id, subject_ref, given) else None


def keep(session: Session, whose: Whose, given: GivenConsent, key_id: str) -> None:
    """Record the consent that came with a photo: for its subject or, where none is named, for the case alone."""
    of = {"subject_ref": whose.subject_ref} if whose.subject_ref else {"case_id": whose.case_id}
    repository.add(session, **of, **values_of(whose.clinic_id, ConsentPurpose.SCREENING, given, key_id))


def is_later(given: GivenConsent, found: Position) -> bool:
    """Whether it was given after the last withdrawal. A phone may send much later what was agreed to before."""
    return found.withdrawn_at is None or given.given_at is None or given.given_at > found.withdrawn_at


def values_of(clinic_id: str, purpose: ConsentPurpose, given: GivenConsent, key_id: str) -> dict[str, Any]:
    """Return the columns of a consent, but for whose it is. Without a time it is given now."""
    at = {} if given.given_at is None else {"given_at": given.given_at}
    text = given.text_version
    return {"clinic_id": clinic_id, "purpose": purpose, "text_version": text, "recorded_by": key_id, **at}
