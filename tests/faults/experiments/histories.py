"""R14: random histories of the whole life of cases, each step checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from pydantic import SecretStr

from services.gateway.clinics.tenant import Tenant
from services.gateway.main import create_app
from services.gateway.settings import GatewaySettings
from services.standalone.secret_files import new_fernet_key, new_password
from shared.contracts.access import ActorKind
from shared.contracts.ids import IdPrefix, new_id
from shared.db.access_log import Origin
from shared.db.session import Database, DatabaseRole, make_engine
from tests.faults.histories import Ground, Histories
from tests.faults.lab import database_settings
from tests.faults.memory_store import MemoryStore
from tests.faults.row import Row
from tests.faults.world import World, open_world

if TYPE_CHECKING:
    from services.gateway.parts import Parts
    from tests.faults.experiment import Setting


def random_histories(setting: Setting) -> Row:
    """R14. A history that breaks an invariant is shown step by step; the same ones run every time."""
    row = Row("R14", "random histories: API, workers, sweeps, clock")
    size = setting.size
    with open_world(setting.lab, "r14") as world:
        worker = Database(make_engine(database_settings(world.database_url), DatabaseRole.WORKER))
        ground = _ground(world, worker)
        machine = type("History", (Histories,), {"ground": ground})
        try:
            run_state_machine_as_test(
                machine,
                settings=settings(
                    max_examples=size.histories,
                    stateful_step_count=size.history_steps,
                    deadline=None,
                    database=None,
                    derandomize=True,
                    phases=(Phase.generate,),  # shortening a failure takes minutes
                    suppress_health_check=list(HealthCheck),
                ),
            )
        except Exception as error:  # noqa: BLE001 - whatever it is, the steps that lead there are in its notes
            steps = "\n".join(getattr(error, "__notes__", []))
            row.problems.append(f"a history breaks an invariant: {str(error)[:500]}\n{steps[-3000:]}")
        finally:
            worker.close()
            ground.parts.database.close()
            ground.parts.doorbell.close()
    row.submitted = sum(ground.ends.values())
    row.notes.append(f"{ground.histories} histories, {ground.steps} steps, {ground.stale} writes under a stale fence")
    row.notes.append(f"ends: {dict(sorted(ground.ends.items()))}")
    row.require("enough histories ran", row.problems or ground.histories >= size.histories)
    return row


def _ground(world: World, worker: Database) -> Ground:
    storage = world.lab.storage()
    gateway_settings = GatewaySettings(
        database_url=SecretStr(world.database_url),
        redis_url=SecretStr(world.lab.valkey.url),
        s3_endpoint=storage.s3_endpoint,
        s3_access_key=storage.s3_access_key,
        s3_secret_key=storage.s3_secret_key,
        secrets_keys=SecretStr(new_fernet_key()),
        address_key=SecretStr(new_password()),
        longest_wait_s=1_000_000,
    )
    store = MemoryStore()
    parts: Parts = create_app(gateway_settings, store=store).state.parts
    return Ground(parts, _tenant(world, parts), worker, store, world.rows, world.change)


def _tenant(world: World, parts: Parts) -> Tenant:
    clinic_id = world.lab.clinic_id
    return Tenant(
        clinic_id, parts.database, Origin(ActorKind.CLINIC_KEY, clinic_id=clinic_id, key_id=new_id(IdPrefix.KEY))
    )
