"""What a clinic says when it wants to enrol a patient's device, and the code that it is given."""

from datetime import datetime
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

_USUAL_S: Final = 900
_LONGEST_S: Final = 86_400

Subject = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:-]{1,64}$")]


class NewEnrolment(BaseModel):
    """A code to be."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    subject_ref: Subject = Field(description="Whose cases the device may see and add to: your pseudonym, never a name")
    expires_in_s: int = Field(default=_USUAL_S, ge=1, le=_LONGEST_S, description="Seconds for which the code counts")


class EnrolmentBody(BaseModel):
    """A code to show to the patient. It is shown this once, counts once, and until `expires_at`."""

    id: str
    code: str = Field(repr=False)
    subject_ref: str
    expires_at: datetime
