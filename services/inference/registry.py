"""`python -m services.inference.registry`: the registry of models from a shell."""

import argparse
import json
import sys
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import select
from sqlalchemy.orm import defer

from services.inference.model.folder import CARD, read_folder
from services.inference.settings import RegistrySettings
from shared.contracts.access import AccessAction
from shared.db import lifecycle
from shared.db.access_log import COMMAND_LINE, Access, record_access
from shared.db.models import ModelVersion
from shared.db.session import Database, DatabaseRole, make_engine
from shared.errors import LesionlensError, RegistryChanged
from shared.storage import keys
from shared.storage.base import ObjectStore
from shared.storage.s3 import S3Store

if TYPE_CHECKING:
    from collections.abc import Callable

_COLUMNS: Final = ("id", "state", "name", "version", "registered", "activated", "retired")
_SHOWN_OF_VERSION: Final = 12


def register(database: Database, store: ObjectStore, folder: Path) -> tuple[str, bool]:
    """Register a model folder; return its id and whether it is new. The same folder twice is one version.

    Weights and card go to the store, then the row to the registry. The model is loaded once, so that nothing is
    registered that a worker would refuse: raises ModelInvalid.
    """
    model = read_folder(folder)
    version, sha256 = model.manifest.digest, model.manifest.weights.sha256
    with database.transaction() as session:
        known = session.scalar(select(ModelVersion.id).where(ModelVersion.version == version))
    if known is not None and store.head(keys.weights(sha256)) is not None:
        return known, False
    # Only here: whoever lists or switches models need not wait for torch.
    from services.inference.model.engine import load_model  # noqa: PLC0415

    load_model(model)
    store.put(keys.weights(sha256), model.weights, media_type="application/octet-stream")
    with suppress(FileNotFoundError):
        store.put(keys.card(version), (folder / CARD).read_bytes(), media_type="text/markdown")
    with database.transaction() as session:
        model_id, is_new = lifecycle.register_model(session, model.manifest, keys.weights(sha256))
        record_access(session, COMMAND_LINE, Access(AccessAction.MODEL_REGISTERED, subject=model_id))
    return model_id, is_new


def activate(database: Database, model_id: str, *, if_none: bool = False) -> bool:
    """Give new cases to the model; with `if_none` only where no other has them. Return whether it is so.

    Raises ModelUnknown.
    """
    with database.transaction() as session:
        lifecycle.hold_registry(session)
        active = lifecycle.active_model_id(session)
        if if_none and active is not None:
            return active == model_id
        lifecycle.activate_model(session, model_id)
        record_access(session, COMMAND_LINE, Access(AccessAction.MODEL_ACTIVATED, subject=model_id))
    return True


def switch(database: Database, model_id: str, expected: str | None) -> lifecycle.Activation:
    """Give new cases to the model, from the one that has them; `expected`, where given, has to be that one.

    Raises RegistryChanged where it is another, ModelUnknown.
    """
    with database.transaction() as session:
        lifecycle.hold_registry(session)
        active = lifecycle.active_model_id(session)
        if expected is not None and active != expected:
            raise RegistryChanged(f"not {expected} is active, but {active or 'none'}: nothing was changed")
        switched = lifecycle.activate_model(session, model_id)
        record_access(session, COMMAND_LINE, Access(AccessAction.MODEL_ACTIVATED, subject=model_id))
    return switched


def retire(database: Database, model_id: str) -> None:
    """Say that a model is not to be used again. Raises ModelActive, ModelUnknown."""
    with database.transaction() as session:
        lifecycle.retire_model(session, model_id)
        record_access(session, COMMAND_LINE, Access(AccessAction.MODEL_RETIRED, subject=model_id))


def main(arguments: list[str]) -> int:
    """Run one command; return the exit status."""
    given = _parser().parse_args(arguments)
    settings = RegistrySettings.of_environment()
    database = Database(make_engine(settings, DatabaseRole.WORKER))
    command: Callable[[Database, RegistrySettings, argparse.Namespace], str] = given.run
    try:
        print(command(database, settings, given))
    except LesionlensError as error:
        print(f"{given.subject or 'registry'}: {error.detail}", file=sys.stderr)
        return 1
    finally:
        database.close()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m services.inference.registry", description="The model registry.")
    parser.set_defaults(subject=None)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="COMMAND")
    verb = verbs.add_parser("register", help="take a model folder in: weights to the store, a row to the registry")
    verb.add_argument("subject", type=Path, metavar="FOLDER", help="manifest.json, its weights, MODEL_CARD.md")
    which = verb.add_mutually_exclusive_group()
    which.add_argument("--activate", action="store_true", help="use it for new cases from now on")
    which.add_argument("--activate-if-none", action="store_true", help="the same, unless another is in use")
    verb.set_defaults(run=_register)
    verb = verbs.add_parser("list", help="every model, newest first")
    verb.add_argument("--json", action="store_true", help="print JSON instead of a table")
    verb.set_defaults(run=_list)
    verb = verbs.add_parser(
        "activate", help="give new cases to a model; the one that had them is retired. A retired one: roll back"
    )
    verb.add_argument("subject", metavar="MODEL", help="mdl_...")
    verb.add_argument("--from", dest="expected", metavar="MODEL", help="change nothing unless this one is active")
    verb.set_defaults(run=_activate)
    verb = verbs.add_parser("retire", help="say that a model that is not active is not to be used again")
    verb.add_argument("subject", metavar="MODEL", help="mdl_...")
    verb.set_defaults(run=_retire)
    return parser


def _register(database: Database, settings: RegistrySettings, given: argparse.Namespace) -> str:
    store = S3Store(settings)
    store.ensure_bucket()
    model_id, is_new = register(database, store, given.subject)
    active = (given.activate or given.activate_if_none) and activate(database, model_id, if_none=given.activate_if_none)
    return f"{model_id} {'registered' if is_new else 'known already'}, {'active' if active else 'not active'}"


def _activate(database: Database, _: RegistrySettings, given: argparse.Namespace) -> str:
    switched = switch(database, given.subject, given.expected)
    if switched.before == switched.after:
        return f"{switched.after} is active already"
    return f"new cases go to {switched.after} from now on; before: {switched.before or 'none'}"


def _retire(database: Database, _: RegistrySettings, given: argparse.Namespace) -> str:
    retire(database, given.subject)
    return f"{given.subject} is retired"


def _list(database: Database, _: RegistrySettings, given: argparse.Namespace) -> str:
    with database.transaction() as session:
        query = select(ModelVersion).options(defer(ModelVersion.manifest)).order_by(ModelVersion.id.desc())
        lines = [_line(model) for model in session.scalars(query)]
    if given.json:
        return json.dumps(lines)
    for line in lines:
        line["version"] = line["version"][:_SHOWN_OF_VERSION]
    rows = [dict(zip(_COLUMNS, _COLUMNS, strict=True)), *lines]
    widths = {column: max(len(row[column]) for row in rows) for column in _COLUMNS}
    return "\n".join("  ".join(row[column].ljust(widths[column]) for column in _COLUMNS).rstrip() for row in rows)


def _line(model: ModelVersion) -> dict[str, str]:
    return {
        "id": model.id,
        "state": model.state,
        "name": model.name,
        "version": model.version,
        "registered": _time(model.created_at),
        "activated": _time(model.activated_at),
        "retired": _time(model.retired_at),
    }


def _time(moment: datetime | None) -> str:
    return "-" if moment is None else f"{moment:%Y-%m-%dT%H:%M:%SZ}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
