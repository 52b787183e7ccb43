"""What a run left in the object store. The row names the winner's object and its digest."""

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from shared.contracts.enums import ArtifactName
from shared.db.base import Base

_NAMES = ", ".join(f"'{name}'" for name in ArtifactName)


class Artifact(Base):
    __tablename__ = "artifacts"
    __table_args__ = (CheckConstraint(f"name IN ({_NAMES})", name="name_known"),)

    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    clinic_id: Mapped[str] = mapped_column(ForeignKey("clinics.id"))
    key: Mapped[str] = mapped_column(unique=True)
    sha256: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    media_type: Mapped[str]
