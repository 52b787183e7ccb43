"""What must be true before the services start: roles, schema, bucket, a model, two keys. Every step may be repeated."""

import json
from collections.abc import Mapping
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from services.standalone.child import StartFailed
from services.standalone.database_roles import create_owner_role, create_service_logins
from services.standalone.object_store import StoreAddress
from services.standalone.settings import StandaloneSettings
from services.standalone.stack import DATABASE, GATEWAY, WORKER, Addresses, environment, module, shipped_model
from services.standalone.supervisor import Supervisor

_MADE_ALREADY = ("BucketAlreadyOwnedByYou", "BucketAlreadyExists")


def ensure_bucket(store: StoreAddress) -> None:
    """Create the bucket unless it is there. Raises botocore's errors if the server refuses or does not answer."""
    client = boto3.client(
        "s3",
        endpoint_url=store.endpoint,
        aws_access_key_id=store.access_key,
        aws_secret_access_key=store.secret_key,
        region_name="us-east-1",
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}, connect_timeout=5, read_timeout=10),
    )
    try:
        client.head_bucket(Bucket=store.bucket)
    except ClientError:
        try:
            client.create_bucket(Bucket=store.bucket)
        except ClientError as error:
            if error.response["Error"]["Code"] not in _MADE_ALREADY:
                raise
    finally:
        client.close()


def prepare(supervisor: Supervisor, settings: StandaloneSettings, addresses: Addresses) -> None:
    """Roles, migrations, logins, bucket, model. Raises StartFailed with the words of the step that failed."""
    owner = environment(settings, addresses, addresses.owner_url)
    if addresses.superuser_url:
        create_owner_role(addresses.superuser_url, database=DATABASE, password=_password(addresses.owner_url))
    supervisor.run(module("migrations", env=owner, label="migrations"))
    if addresses.superuser_url:
        logins = {f"{role}_login": (role, _password(url)) for role, url in addresses.logins.items()}
        create_service_logins(addresses.superuser_url, database=DATABASE, logins=logins)
    ensure_bucket(addresses.store)
    worker = environment(settings, addresses, addresses.database_for(WORKER))
    arguments = ("register", str(shipped_model()), "--activate-if-none")
    supervisor.run(module("services.inference.registry", *arguments, env=worker, label="registry"))


def _password(url: str) -> str:
    return url.partition("//")[2].rpartition("@")[0].partition(":")[2]


def make_keys(
    supervisor: Supervisor, settings: StandaloneSettings, addresses: Addresses, known: Mapping[str, Any]
) -> dict[str, str]:
    """Return `clinic_key` and `admin_key`: the known ones, or, for a database without them, new ones."""
    env = environment(settings, addresses, addresses.database_for(GATEWAY))
    listed = _answer(supervisor, env, "list")
    current = {line["key_id"] for line in listed if line["revoked_at"] is None}
    keys: dict[str, str] = {}
    for name, arguments in (("clinic", ("create", "--name", "demo")), ("admin", ("create-admin",))):
        if known.get(f"{name}_key_id") not in current:
            made = _answer(supervisor, env, *arguments)
            keys |= {f"{name}_key": made["key"], f"{name}_key_id": made["key_id"]}
        else:
            keys |= {part: known[part] for part in (f"{name}_key", f"{name}_key_id")}
    return keys


def _answer(supervisor: Supervisor, env: Mapping[str, str], *arguments: str) -> Any:
    command = module("services.gateway.clinics", *arguments, "--json", env=env, label="clinics")
    said = supervisor.run(command, show=False)  # it says a key
    try:
        return json.loads(said)
    except ValueError:
        raise StartFailed("services.gateway.clinics did not answer in JSON") from None
