"""Clinics and keys from a shell: `python -m services.gateway.clinics create --name "Practice Dr. Example"`."""

import argparse
import json
import sys
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from pydantic import BaseModel, ValidationError

from services.gateway.clinics import service
from services.gateway.clinics.schemas import CLINIC_SCOPES, ClinicBody, ClinicChange, CreatedKey, KeyLine
from services.gateway.refusals import ValidationFailed
from shared.contracts.enums import Scope
from shared.db.session import Database, DatabaseRole, make_engine
from shared.errors import LesionlensError
from shared.settings import DatabaseSettings

Answer: TypeAlias = CreatedKey | ClinicBody | list[KeyLine] | None
_NONE = "none"


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return the exit status."""
    options = _parser().parse_args(arguments)
    database = Database(make_engine(DatabaseSettings.of_environment(), DatabaseRole.GATEWAY))
    try:
        answer = _run(options, database)
    except LesionlensError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    finally:
        database.close()
    _show(answer, as_json=options.json)
    return 0


Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001  # it has no other name


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m services.gateway.clinics",
        description="Clinics and their keys. A key is printed once, when it is made; only its hash is stored.",
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    _add_clinics(commands)
    _add_keys(commands)
    for command in commands.choices.values():
        command.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print JSON")
    return parser


def _add_clinics(commands: Commands) -> None:
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

    change = commands.add_parser("change", help="change what a clinic asks for and how long it keeps its cases")
    change.add_argument("clinic_id", metavar="CLINIC_ID")
    for command in (create, change):
        command.add_argument(
            "--consent", metavar="TEXT", help="take photos only with consent to this version of a text; `none`: without"
        )
        command.add_argument(
            "--retention-days", metavar="N", help="erase cases N days after they were accepted; `none`: keep them"
        )


def _add_keys(commands: Commands) -> None:
    admin = commands.add_parser("create-admin", help="create an operator's key, which opens the console")
    admin.add_argument("--name", default="operator", help="who holds it")
    admin.add_argument("--expires-days", type=int, metavar="N", help="let the key end after N days")

    rotate = commands.add_parser("rotate", help="make a successor for a key")
    rotate.add_argument("key_id", metavar="KEY_ID")
    rotate.add_argument("--overlap-s", type=int, default=0, metavar="N", help="let the old key count N more seconds")

    revoke = commands.add_parser("revoke", help="end a key for good; it stops counting within 5 seconds")
    revoke.add_argument("key_id", metavar="KEY_ID")

    commands.add_parser("list", help="show every key, without its text")


def _run(options: argparse.Namespace, database: Database) -> Answer:
    match options.command:
        case "create":
            scopes, expires_in = tuple(options.scopes), _days(options.expires_days)
            return service.create_clinic(database, options.name, scopes, expires_in, _terms(options))
        case "change":
            return service.change_clinic(database, options.clinic_id, _terms(options))
        case "create-admin":
            return service.create_admin(database, options.name, _days(options.expires_days))
        case "rotate":
            return service.rotate(database, options.key_id, timedelta(seconds=max(0, options.overlap_s)))
        case "revoke":
            service.revoke(database, options.key_id)
            return None
        case _:
            return service.list_keys(database)


def _terms(options: argparse.Namespace) -> ClinicChange:
    """Raises ValidationFailed where a value does not fit."""
    terms: dict[str, object] = {}
    if options.consent is not None:
        asked = None if options.consent == _NONE else options.consent
        terms |= {"consent_required": asked is not None, "consent_text_version": asked}
    if options.retention_days is not None:
        days = options.retention_days
        terms["retention_days"] = None if days == _NONE else int(days) if days.isdecimal() else days
    try:
        return ClinicChange.model_validate(terms)
    except ValidationError as error:
        raise ValidationFailed(f"{error.errors()[0]['loc'][0]}: {error.errors()[0]['msg']}", []) from None


def _days(count: int | None) -> timedelta | None:
    return None if count is None else timedelta(days=count)


def _show(answer: Answer, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(_plain(answer), indent=2))
    elif isinstance(answer, ClinicBody):
        kept = f"for {answer.retention_days} days" if answer.retention_days else "until they are asked to be erased"
        print(f"clinic   {answer.name} ({answer.id})")
        print(f"consent  {f'to {answer.consent_text_version}' if answer.consent_required else 'not asked for'}")
        print(f"cases    kept {kept}")
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


def _plain(answer: Answer) -> object:
    if isinstance(answer, BaseModel):
        return answer.model_dump(mode="json")
    return {"revoked": True} if answer is None else [line.model_dump(mode="json") for line in answer]


def _standing(line: KeyLine) -> str:
    if line.revoked_at is not None:
        return "revoked"
    return "expired" if line.expires_at is not None and line.expires_at <= datetime.now(UTC) else "active"


if __name__ == "__main__":
    sys.exit(main())
