"""Clinics and keys from a shell: `python -m services.gateway.clinics create --name "Practice Dr. Example"`."""

import argparse
import json
import sys
from datetime import UTC, datetime, timedelta

from pydantic import BaseModel

from services.gateway.clinics import service
from services.gateway.clinics.schemas import CLINIC_SCOPES, CreatedKey, KeyLine
from shared.contracts.enums import Scope
from shared.db.session import Database, DatabaseRole, make_engine
from shared.errors import LesionlensError
from shared.settings import DatabaseSettings


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return the exit status."""
    options = _parser().parse_args(arguments)
    database = Database(make_engine(DatabaseSettings(), DatabaseRole.GATEWAY))
    try:
        answer = _run(options, database)
    except LesionlensError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    finally:
        database.close()
    _show(answer, as_json=options.json)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m services.gateway.clinics",
        description="Clinics and their keys. A key is printed once, when it is made; only its hash is stored.",
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    create = commands.add_parser("create", help="create a clinic and its first key")
    create.add_argument("--name", required=True, help="what people call the clinic")
    create.add_argument(
        "--scopes",
        nargs="+",
        type=Scope,
        choices=[scope for scope in Scope if scope is not Scope.ADMIN],
        default=list(CLINIC_SCOPES),
        metavar="SCOPE",
        help=f"what the key may do (default: {' '.join(CLINIC_SCOPES)})",
    )
    create.add_argument("--expires-days", type=int, metavar="N", help="let the key end after N days")

    admin = commands.add_parser("create-admin", help="create an operator's key; it sees no clinic's photos")
    admin.add_argument("--name", default="operator", help="who holds it")
    admin.add_argument("--expires-days", type=int, metavar="N", help="let the key end after N days")

    rotate = commands.add_parser("rotate", help="make a successor for a key")
    rotate.add_argument("key_id", metavar="KEY_ID")
    rotate.add_argument("--overlap-s", type=int, default=0, metavar="N", help="let the old key count N more seconds")

    revoke = commands.add_parser("revoke", help="end a key for good; it stops counting within 5 seconds")
    revoke.add_argument("key_id", metavar="KEY_ID")

    commands.add_parser("list", help="show every key, without its text")
    for command in commands.choices.values():
        command.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print JSON")
    return parser


def _run(options: argparse.Namespace, database: Database) -> CreatedKey | list[KeyLine] | None:
    match options.command:
        case "create":
            return service.create_clinic(database, options.name, tuple(options.scopes), _days(options.expires_days))
        case "create-admin":
            return service.create_admin(database, options.name, _days(options.expires_days))
        case "rotate":
            return service.rotate(database, options.key_id, timedelta(seconds=max(0, options.overlap_s)))
        case "revoke":
            service.revoke(database, options.key_id)
            return None
        case _:
            return service.list_keys(database)


def _days(count: int | None) -> timedelta | None:
    return None if count is None else timedelta(days=count)


def _show(answer: CreatedKey | list[KeyLine] | None, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(_plain(answer), indent=2))
    elif isinstance(answer, CreatedKey):
        print(f"clinic   {answer.clinic or '-'} ({answer.clinic_id or 'operator'})")
        print(f"key id   {answer.key_id}")
        print(f"scopes   {' '.join(answer.scopes)}")
        print(f"expires  {answer.expires_at or 'never'}")
        print(f"key      {answer.key}")
        print("Keep the key now: it is not shown again.")
    elif answer is None:
        print("revoked; it stops counting within 5 seconds")
    else:
        for line in answer:
            print(f"{line.key_id}  {_standing(line):8} {line.clinic or '(operator)'}: {' '.join(line.scopes)}")


def _plain(answer: CreatedKey | list[KeyLine] | None) -> object:
    if isinstance(answer, BaseModel):
        return answer.model_dump(mode="json")
    return {"revoked": True} if answer is None else [line.model_dump(mode="json") for line in answer]


def _standing(line: KeyLine) -> str:
    if line.revoked_at is not None:
        return "revoked"
    return "expired" if line.expires_at is not None and line.expires_at <= datetime.now(UTC) else "active"


if __name__ == "__main__":
    sys.exit(main())
