"""From fastai's `learn.export()` to tensors of ours.

Such a file is a pickle: to load it is to run it. So it is loaded in a process of its own, fenced in as far as the
machine allows, and what comes back is a safetensors file and plain JSON that are checked here like a stranger's.
"""

import hashlib
import json
import os
import signal
import stat
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from safetensors.torch import save as safetensors_bytes
from torch import Tensor

from services.inference.model.weights import read_tensors
from services.trainer.confinement import FILE_LIMIT
from services.trainer.fastai_reader import FAULT, FOUND, LACKING, TENSORS
from services.trainer.faults import BadModel, BadOption, TrainerFault
from services.trainer.network import TRAINED, HeadKind, build_network, shipped_tensors
from services.trainer.photos import CLASSES
from shared.errors import ModelInvalid

SOURCE = "source.json"
LIMIT_S = 300.0
_ROOT = Path(__file__).resolve().parents[2]
_SHOWN = 600
_TEXT_LIMIT = 1 << 20
_LAST_LAYER = ("fc.weight", "fc.bias", "head.fc2.weight")
_Channels = tuple[float, float, float]
_Words = TypeAdapter(list[Annotated[str, Field(max_length=100)]])


class Found(BaseModel):
    """What the learner says of itself. `vocab`: its classes in its own order. The rest is null if it does not say."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    architecture: Annotated[str, Field(max_length=64)]
    head: HeadKind
    vocab: Annotated[tuple[Annotated[str, Field(max_length=200)], ...], Field(max_length=10_000)]
    input_size: Annotated[int, Field(ge=8, le=1024)] | None
    mean: _Channels | None
    std: _Channels | None


@dataclass(frozen=True, slots=True)
class ImportedLearner:
    """The folder that was written, what was found, and what the reading process could not be kept from, in words."""

    folder: Path
    found: Found
    lacking: tuple[str, ...]


def import_learner(path: Path, out: Path, *, trust: bool, limit_s: float = LIMIT_S) -> ImportedLearner:
    """Write `trained.safetensors` and `source.json` into `out`, with the classes in our order.

    Without `trust` nothing is opened. Raises BadModel for a file that is no learner of ours to read, BadOption for an
    `out` that holds weights already, TrainerFault if `out` cannot be written. Then `out` is as it was.
    """
    digest = _digest(path)
    if not trust:
        raise BadModel(_refusal(path, digest))
    if (out / TRAINED).exists():
        raise BadOption(f"{out}: there is a {TRAINED} already; name another folder")
    with TemporaryDirectory(prefix="lesionlens-import-") as name:
        workspace = Path(name)
        lacking = _read_apart(path, workspace, limit_s)
        found = _found(path, workspace)
        tensors = _in_our_order(path, found, _tensors(path, workspace, found))
    about = {"format": "fastai", "file": path.name, "sha256": digest} | found.model_dump(mode="json")
    _write(out, safetensors_bytes(tensors), json.dumps(about, indent=2) + "\n")
    return ImportedLearner(out, found, lacking)


def _refusal(path: Path, digest: str) -> str:
    return (
        f"{path}: an exported learner is a pickle, and loading a pickle can run any code that its author put into it. "
        "Make sure that you know who made this file, and that it is the one they made: compare its sha256 with theirs "
        f"({digest}). If you trust it as you would trust a program of theirs, add --trust."
    )


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise BadModel(f"{path}: cannot be read: {error.strerror}") from error


def _read_apart(path: Path, workspace: Path, limit_s: float) -> tuple[str, ...]:
    """Let the reader's process work in `workspace`. Raises BadModel saying how it failed."""
    # An environment of our own making: no credential of the caller's is in it, and no GPU.
    environment = {
        "PYTHONPATH": str(_ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PATH": os.defpath,
        "LANG": "C.UTF-8",
        "CUDA_VISIBLE_DEVICES": "",
        "MALLOC_ARENA_MAX": "2",
    } | dict.fromkeys(("HOME", "TMPDIR", "MPLCONFIGDIR", "XDG_CACHE_HOME"), str(workspace))
    process = subprocess.Popen(
        [sys.executable, "-m", "services.trainer.fastai_reader", str(path.resolve()), str(workspace), str(os.getpid())],
        cwd=workspace,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        status = process.wait(limit_s)
    except subprocess.TimeoutExpired:
        raise BadModel(f"{path}: loading it did not end within {limit_s:g} s and was stopped") from None
    finally:
        _end(process)
    lacking = _lacking(path, workspace)
    if status != 0:
        meanwhile = f" (meanwhile {' and '.join(lacking)})" if lacking else ""
        raise BadModel(f"{path}: {_fault(workspace, status)}{meanwhile}")
    return lacking


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the process and what it started, however it stands."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _fault(workspace: Path, status: int) -> str:
    if (workspace / FAULT).exists():
        told = _content(workspace / FAULT, _TEXT_LIMIT).decode(errors="replace")
        return "".join(each if each.isprintable() else " " for each in told[:_SHOWN])
    how = f"was ended by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"
    return f"the process that loaded it {how}"


def _lacking(path: Path, workspace: Path) -> tuple[str, ...]:
    try:
        return tuple(_Words.validate_json(_content(workspace / LACKING, _TEXT_LIMIT)))
    except (OSError, ValidationError):
        raise BadModel(f"{path}: loading it left no result") from None


def _found(path: Path, workspace: Path) -> Found:
    try:
        return Found.model_validate_json(_content(workspace / FOUND, _TEXT_LIMIT))
    except OSError:
        raise BadModel(f"{path}: loading it left no result") from None
    except ValidationError as error:
        fields = ", ".join(".".join(map(str, each["loc"])) for each in error.errors())
        raise BadModel(f"{path}: says what cannot be of {fields}") from None


def _tensors(path: Path, workspace: Path, found: Found) -> dict[str, Tensor]:
    """Exactly the values of the network that was found, finite. Raises BadModel."""
    try:
        content = _content(workspace / TENSORS, FILE_LIMIT)
        tensors = read_tensors(content, hashlib.sha256(content).hexdigest())
    except (OSError, ModelInvalid) as error:
        raise BadModel(f"{path}: its values cannot be used: {error}") from error
    wanted = shipped_tensors(build_network(found.architecture, found.head))
    odd = sorted(tensors.keys() ^ wanted.keys())
    if odd:
        raise BadModel(f"{path}: {odd[0]} is missing or does not belong to {found.architecture} with {found.head}")
    return tensors


def _in_our_order(path: Path, found: Found, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """The last layer's rows in our classes' order, and every shape as it has to be."""
    names = [name.lower() for name in found.vocab]
    if sorted(names) != sorted(CLASSES):
        told = ", ".join(name if name.isprintable() else repr(name) for name in found.vocab)[:_SHOWN]
        raise BadModel(f"{path}: its classes are {told or 'none'}, not {', '.join(CLASSES)} in some order")
    wanted = shipped_tensors(build_network(found.architecture, found.head))
    for name, tensor in tensors.items():
        if tensor.shape != wanted[name].shape:
            raise BadModel(f"{path}: {name} is {list(tensor.shape)}, not {list(wanted[name].shape)}")
    order = [names.index(each) for each in CLASSES]
    return {name: tensor[order].contiguous() if name in _LAST_LAYER else tensor for name, tensor in tensors.items()}


def _content(path: Path, limit: int) -> bytes:
    """A plain file's bytes. Raises OSError for anything else: the reader's process may have left a link or a pipe."""
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode) or status.st_size > limit:
            raise OSError(f"{path.name} is no plain file of at most {limit} bytes")
        return file.read(limit)


def _write(out: Path, weights: bytes, about: str) -> None:
    parts = {out / TRAINED: weights, out / SOURCE: about.encode()}
    beside = {path: path.with_suffix(".part") for path in parts}
    try:
        out.mkdir(parents=True, exist_ok=True)
        for path, content in parts.items():
            beside[path].write_bytes(content)
        for path, written in beside.items():
            written.rename(path)
    except OSError as error:
        for written in beside.values():
            written.unlink(missing_ok=True)
        raise TrainerFault(f"{out}: the imported weights cannot be written: {error}") from error
