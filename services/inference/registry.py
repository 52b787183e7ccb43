"""`python -m services.inference.registry`: puts model folders into the registry. Weights to the store, then the row."""

import argparse
import json
import sys
from pathlib import Path

from sqlalchemy import func, select, update

from services.inference.model.engine import load_model
from services.inference.model.folder import MANIFEST, ModelFolder, read_folder
from services.inference.settings import RegistrySettings
from shared.contracts.enums import ModelState
from shared.contracts.ids import IdPrefix, new_id
from shared.db.models import ModelVersion
from shared.db.session import Database, DatabaseRole, make_engine
from shared.errors import LesionlensError
from shared.storage import keys
from shared.storage.base import ObjectStore
from shared.storage.s3 import S3Store


def register(database: Database, store: ObjectStore, folder: Path) -> tuple[str, bool]:
    """Register a model folder; return its id and whether it is new. The same folder twice is one version.

    The model is loaded once, so that nothing is registered that a worker would refuse: raises ModelInvalid.
    """
    model = read_folder(folder)
    version = model.manifest.digest
    with database.transaction() as session:
        known = session.scalar(select(ModelVersion.id).where(ModelVersion.version == version))
    if known is not None and store.head(keys.weights(model.manifest.weights.sha256)) is not None:
        return known, False
    load_model(model)
    key = keys.weights(model.manifest.weights.sha256)
    store.put(key, model.weights, media_type="application/octet-stream")
    if known is not None:
        return known, False
    return _insert(database, model, folder, key), True


def _insert(database: Database, model: ModelFolder, folder: Path, key: str) -> str:
    model_id = new_id(IdPrefix.MODEL)
    with database.transaction() as session:
        session.add(
            ModelVersion(
                id=model_id,
                name=model.manifest.name,
                version=model.manifest.digest,
                state=ModelState.CANDIDATE,
                manifest=json.loads((folder / MANIFEST).read_bytes()),
                weights_sha256=model.manifest.weights.sha256,
                weights_key=key,
            )
        )
    return model_id


def activate(database: Database, model_id: str, *, if_none: bool = False) -> bool:
    """Make the model the one that new cases are run on; with `if_none` only where no other is. Return whether it is."""
    with database.transaction() as session:
        active = session.scalar(
            select(ModelVersion.id).where(ModelVersion.state == ModelState.ACTIVE).with_for_update()
        )
        if active == model_id:
            return True
        if active is not None and if_none:
            return False
        session.execute(
            update(ModelVersion)
            .where(ModelVersion.state == ModelState.ACTIVE)
            .values(state=ModelState.RETIRED, retired_at=func.now())
        )
        session.execute(
            update(ModelVersion)
            .where(ModelVersion.id == model_id)
            .values(state=ModelState.ACTIVE, activated_at=func.now(), retired_at=None)
        )
        return True


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m services.inference.registry", description="The model registry.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verb = verbs.add_parser("register", help="register a model folder: weights to the store, a row to the registry")
    verb.add_argument("folder", type=Path)
    which = verb.add_mutually_exclusive_group()
    which.add_argument("--activate", action="store_true", help="use it for new cases from now on")
    which.add_argument("--activate-if-none", action="store_true", help="the same, unless another is in use")
    given = parser.parse_args(arguments)
    settings = RegistrySettings()
    database = Database(make_engine(settings, DatabaseRole.WORKER))
    store = S3Store(settings)
    try:
        store.ensure_bucket()
        model_id, is_new = register(database, store, given.folder)
        active = (given.activate or given.activate_if_none) and activate(
            database, model_id, if_none=given.activate_if_none
        )
    except LesionlensError as error:
        print(f"{given.folder}: {error.detail}", file=sys.stderr)
        return 1
    finally:
        database.close()
    print(f"{model_id} {'registered' if is_new else 'known already'}, {'active' if active else 'not active'}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
