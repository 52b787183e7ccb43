"""What a Dockerfile says, as far as these tests follow it: stages, and in each the instructions in their order."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
PATHS: Final = {
    "gateway": ROOT / "services" / "gateway" / "Dockerfile",
    "maintenance": ROOT / "services" / "maintenance" / "Dockerfile",
    "backup": ROOT / "services" / "backup" / "Dockerfile",
    "inference": ROOT / "services" / "inference" / "Dockerfile",
    "migrations": ROOT / "migrations" / "Dockerfile",
}


@dataclass(frozen=True)
class Instruction:
    word: str
    rest: str


@dataclass
class Stage:
    """`base` is an image, or the name of an earlier stage."""

    name: str
    base: str
    instructions: list[Instruction] = field(default_factory=list)

    def last(self, word: str) -> str | None:
        found = [each.rest for each in self.instructions if each.word == word]
        return found[-1] if found else None


def stages_of(path: Path) -> dict[str, Stage]:
    """Return the stages by name, in order; one without a name is called by its number."""
    stages: dict[str, Stage] = {}
    for instruction in _instructions(path):
        if instruction.word == "FROM":
            base, _, name = instruction.rest.partition(" AS ")
            stage = Stage(name or str(len(stages)), base)
            stages[stage.name] = stage
        else:
            list(stages.values())[-1].instructions.append(instruction)
    return stages


def lineage(stages: dict[str, Stage], name: str) -> list[Instruction]:
    """Return every instruction that a stage is made by, those of the stages that it is built on first."""
    stage = stages[name]
    before = lineage(stages, stage.base) if stage.base in stages else []
    return before + stage.instructions


def final(stages: dict[str, Stage]) -> str:
    return list(stages)[-1]


def command(instructions: list[Instruction]) -> list[str]:
    """Return what the container runs, by the last CMD in its exec form."""
    words: list[str] = json.loads([each.rest for each in instructions if each.word == "CMD"][-1])
    return words


def _instructions(path: Path) -> list[Instruction]:
    lines = [line for line in path.read_text().splitlines() if line.strip() and not line.lstrip().startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    found = []
    for line in joined.splitlines():
        word, _, rest = line.partition(" ")
        found.append(Instruction(word.upper(), " ".join(rest.split())))
    return found
