"""What only a person can say of the training photos: their name, licence and origin. Goes into manifest and card."""

import json
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.trainer.faults import BadOption

KNOWN = {"ham10000": Path(__file__).with_name("ham10000.json")}


class Source(BaseModel):
    """One collection of photos."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1)
    licence: str = Field(min_length=1)
    attribution: str = Field(min_length=1, max_length=600)
    notes: str = Field(min_length=1, max_length=600)


class About(BaseModel):
    """The content of an `--about` file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    training_data: tuple[Source, ...] = Field(min_length=1)


def read_about(named: str) -> About:
    """Read `ham10000` or a JSON file. Raises BadOption naming the field that is wrong."""
    path = KNOWN.get(named, Path(named))
    try:
        return About.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise BadOption(f"--about {named}: neither {', '.join(KNOWN)} nor a file that can be read: {error}") from error
    except ValidationError as error:
        fields = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        raise BadOption(f"--about {named}: {fields}") from error
    except ValueError as error:
        raise BadOption(f"--about {named}: no JSON: {error}") from error
