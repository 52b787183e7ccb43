"""What became of one run in this process: an answer, a failure or a return. Values only; `results` writes them."""

from dataclasses import dataclass, field

from shared.db.models import Artifact
from shared.db.records import Answer, ClaimedRun, CleanImage


@dataclass(frozen=True, slots=True)
class Answered:
    """A result, or a refusal with its reasons. Whatever it names lies in the object store already (I7)."""

    run: ClaimedRun
    answer: Answer
    image: CleanImage | None
    artifacts: list[Artifact] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Failed:
    """The cause lies in the photo or in the model; `code` is public."""

    run: ClaimedRun
    code: str
    image: CleanImage | None = None


@dataclass(frozen=True, slots=True)
class Returned:
    """The cause lies outside the photo; the run goes back to the queue with its attempt refunded."""

    run: ClaimedRun
    code: str


Outcome = Answered | Failed | Returned
