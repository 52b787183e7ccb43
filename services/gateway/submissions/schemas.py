"""What a caller may say about a photo. All of it is optional; nothing of it is ever logged."""

import json
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator

from services.gateway.consents.schemas import GivenConsent
from services.gateway.refusals import FieldProblem, Forbidden, ValidationFailed
from shared.contracts.enums import Modality, Sex
from shared.contracts.ids import IdPrefix, id_pattern
from shared.contracts.moment import Moment

Reference = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:-]{1,64}$")]
_EARLIEST: Final = datetime(1900, 1, 1, tzinfo=UTC)
_LONGEST_DEADLINE_S: Final = 30 * 24 * 3600


class Metadata(BaseModel):
    """The optional part `metadata` of a submission, as JSON. Unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    client_ref: Reference | None = Field(default=None, description="Your own name for this photo; need not be unique")
    subject_ref: Reference | None = Field(default=None, description="A pseudonym of the patient, never a name")
    lesion_ref: Reference | None = Field(default=None, description="The same lesion over time")
    body_site: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ,./_-]{0,63}$")] | None = None
    age: Annotated[int, Field(ge=0, le=120)] | None = None
    sex: Sex | None = None
    captured_at: Moment | None = Field(default=None, description="RFC 3339, with an offset")
    modality: Modality = Modality.UNKNOWN
    deadline_s: Annotated[int, Field(ge=1, le=_LONGEST_DEADLINE_S)] | None = Field(
        default=None, description="Give up where the photo is not done after so many seconds; default: never"
    )

    measure_faithfulness: bool = Field(
        default=False, description="Also measure how far the map explains the answer; the result comes a second later"
    )

    consent: GivenConsent | None = Field(
        default=None,
        description="That the subject has agreed to be screened: recorded for `subject_ref`, or for this photo alone",
    )

    @field_validator("captured_at")
    @classmethod
    def _within_reason(cls, value: datetime | None) -> datetime | None:
        if value is not None and value < _EARLIEST:
            raise ValueError("before 1900")
        return value

    def of_subject(self, subject_ref: str | None) -> "Metadata":
        """Return what a device says, with its subject filled in. None is a clinic, which may name any.

        Raises Forbidden for another subject.
        """
        if subject_ref is None:
            return self
        if self.subject_ref not in {None, subject_ref}:
            raise Forbidden("a device submits photos of its own subject only")
        return self.model_copy(update={"subject_ref": subject_ref})

    def canonical(self) -> bytes:
        """Return the same bytes for everything that means the same, whatever the order and spelling it came in."""
        plain: dict[str, Any] = self.model_dump(mode="json", exclude_none=True)
        if not self.measure_faithfulness:
            # As if the field were not known: requests made before it was stay the same ones.
            del plain["measure_faithfulness"]
        if self.captured_at is not None:
            plain["captured_at"] = self.captured_at.astimezone(UTC).isoformat()
        return json.dumps(plain, sort_keys=True, separators=(",", ":")).encode()


class UploadedCase(Metadata):
    """A photo that was uploaded directly, with what may be said about any."""

    upload_id: Annotated[str, StringConstraints(pattern=id_pattern(IdPrefix.UPLOAD))]

    def metadata(self) -> Metadata:
        return Metadata.model_construct(**{name: getattr(self, name) for name in Metadata.model_fields})


def read_metadata(raw: bytes | None) -> Metadata:
    """Return the metadata of a submission; without the part, all unknown. Raises ValidationFailed."""
    if raw is None:
        return Metadata()
    try:
        return Metadata.model_validate_json(raw)
    except ValidationError as error:
        # Neither the value nor pydantic's context leaves: both may hold what the caller wrote.
        found = error.errors(include_url=False, include_context=False, include_input=False)
        problems = [_problem(item["loc"], item["type"], item["msg"]) for item in found]
        raise ValidationFailed("the metadata does not fit", problems) from None


def _problem(loc: tuple[int | str, ...], code: str, message: str) -> FieldProblem:
    if code == "json_invalid":
        message = "not valid JSON"
    named = tuple(str(part)[:64] for part in loc)
    return FieldProblem(loc=("body", "metadata", *named), code=code, message=message)
