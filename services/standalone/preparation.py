"""What must be true before the services start: roles, schema, bucket, a model, two keys. Every step may be repeated."""

import json
from contextlib import closing

import boto3
import psycopg2
from botocore.config import Config
from botocore.exceptions import ClientError

from services.standalone.child import StartFailed
from services.standalone.database_roles import create_owner_role, create_service_logins
from services.standalone.object_store import StoreAddress
from services.standalone.settings import StandaloneSettings
from services.standalone.stack import DATABASE, GATEWAY, WORKER, Addresses, environment, module, shipped_model
from services.standalone.supervisor import Step, Supervisor

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


def prepare_database(supervisor: Supervisor, settings: StandaloneSettings, addresses: Addresses) -> None:
    """Owner, schema, logins. Raises StartFailed with the words of the step that failed."""
    make_owner(addresses)
    supervisor.run(module("migrations", env=environment(settings, addresses, addresses.owner_url), label="migrations"))
    if addresses.superuser_url:
        logins = {f"{role}_login": (role, _password(url)) for role, url in addresses.logins.items()}
        create_service_logins(addresses.superuser_url, database=DATABASE, logins=logins)
    if backup := unfinished_restore(addresses.owner_url):
        raise StartFailed(
            f"the restore of {backup} has not finished: run `make restore` again, nothing is served before"
        )


def make_owner(addresses: Addresses) -> None:
    """Make the owner and the database where the Postgres is ours."""
    if addresses.superuser_url:
        create_owner_role(addresses.superuser_url, database=DATABASE, password=_password(addresses.owner_url))


def unfinished_restore(owner_url: str) -> str | None:
    """Return the backup whose restore was cut off, None where there is none."""
    with closing(psycopg2.connect(owner_url, connect_timeout=5)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT backup FROM restores WHERE finished_at IS NULL")
        row = cursor.fetchone()
    return None if row is None else str(row[0])


def _password(url: str) -> str:
    return url.partition("//")[2].rpartition("@")[0].partition(":")[2]


def begin_registration(supervisor: Supervisor, settings: StandaloneSettings, addresses: Addresses) -> Step:
    """Put the shipped model into the registry, and into service if no other is."""
    env = environment(settings, addresses, addresses.database_for(WORKER))
    arguments = ("register", str(shipped_model()), "--activate-if-none")
    return supervisor.begin(module("services.inference.registry", *arguments, env=env, label="registry"))


def make_keys(supervisor: Supervisor, settings: StandaloneSettings, addresses: Addresses) -> dict[str, str]:
    """Create the clinic "demo" and an operator; return `clinic_key` and `admin_key`."""
    env = environment(settings, addresses, addresses.database_for(GATEWAY))
    asked = {"clinic_key": ("create", "--name", "demo"), "admin_key": ("create-admin",)}
    steps = {
        name: supervisor.begin(
            module("services.gateway.clinics", *arguments, "--json", env=env, label="clinics"), show=False
        )
        for name, arguments in asked.items()
    }
    return {name: _key(supervisor.finish(step)) for name, step in steps.items()}


def _key(said: str) -> str:
    try:
        return str(json.loads(said)["key"])
    except (ValueError, KeyError, TypeError):
        raise StartFailed("services.gateway.clinics did not answer with a key in JSON") from None
