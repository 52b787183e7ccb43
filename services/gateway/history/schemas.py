"""What a clinic may ask of its history. A name that is not listed here is refused: a typo must not widen the answer."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from shared.contracts.enums import CaseState, Decision, LesionClass
from shared.contracts.moment import Moment

Reference = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:-]{1,64}$")]
_CURSOR = Field(default=None, max_length=200, description="`next_cursor` of the page before, with the same filters")
_LIMIT = Field(default=20, ge=1, le=100, description="Most cases in the answer")
_PAGING = {"limit", "cursor"}
_OF_RESULT = {"decision", "label"}


class Order(StrEnum):
    """What a list is sorted by: ids are in the order of acceptance; the others are times, then ids."""

    ACCEPTED = "accepted"
    CREATED = "created"
    UPDATED = "updated"


class HistoryQuery(BaseModel):
    """Filters of the history; several narrow it together."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    limit: int = _LIMIT
    cursor: str | None = _CURSOR
    state: CaseState | None = None
    client_ref: Reference | None = None
    subject_ref: Reference | None = None
    lesion_ref: Reference | None = None
    decision: Decision | None = Field(default=None, description="Decision of the published result")
    label: LesionClass | None = Field(default=None, description="Most likely class of the published result")
    created_after: Moment | None = Field(default=None, description="Accepted at this time or later")
    created_before: Moment | None = Field(default=None, description="Accepted before this time")
    updated_after: Moment | None = Field(
        default=None, description="Last changed at this time or later; the list is then sorted by the last change"
    )
    updated_before: Moment | None = Field(default=None, description="Last changed before this time")

    @property
    def order(self) -> Order:
        if self.updated_after is not None or self.updated_before is not None:
            return Order.UPDATED
        return Order.CREATED if self.created_after is not None or self.created_before is not None else Order.ACCEPTED

    @property
    def by_result(self) -> bool:
        """Whether what was found narrows the history the most. Any reference or time is expected to do so more."""
        given = set(self.model_dump(exclude=_PAGING, exclude_none=True))
        return bool(given & _OF_RESULT) and given <= {*_OF_RESULT, "state"}

    def within(self, subject_ref: str | None) -> Self:
        """Return the question of a device: the same, of its subject. None is a clinic, which asks what it likes.

        One about another subject stays as it is: to the device there is none such.
        """
        if subject_ref is None or self.subject_ref is not None:
            return self
        return self.model_copy(update={"subject_ref": subject_ref})

    def filters(self) -> dict[str, Any]:
        """Return the filters as JSON values; two spellings of one moment are the same."""
        given = self.model_dump(exclude=_PAGING, exclude_none=True)
        return {name: value.timestamp() if isinstance(value, datetime) else value for name, value in given.items()}


class LineQuery(BaseModel):
    """A page of a lesion's line."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    limit: int = _LIMIT
    cursor: str | None = _CURSOR
