"""What an audit says. It names cases by id, and nothing that a clinic wrote."""

from pydantic import BaseModel, Field


class Balance(BaseModel):
    """One clinic: accepted = open + terminal, at every moment."""

    clinic_id: str
    accepted: int
    open: int
    terminal: int


class Violation(BaseModel):
    """Something that must not be. `invariant` is a name of docs/architecture.md, or `stuck`."""

    invariant: str
    case_id: str | None
    detail: str


class AuditBody(BaseModel):
    balances: list[Balance]
    violations: list[Violation] = Field(description="Each one is a defect of this software")
