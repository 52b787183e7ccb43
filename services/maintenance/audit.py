"""`python -m services.maintenance.audit`: does the record add up? Status 0 if so, 1 if not, 2 if it cannot be read.

Only reads, as the auditor, who can do nothing else.
"""

import argparse
import json
import sys
from dataclasses import asdict

from services.maintenance import repository
from services.maintenance.repository import Balance, Violation
from services.maintenance.settings import AuditSettings
from shared.db.session import Database, DatabaseRole, make_engine
from shared.errors import DatabaseUnavailable

_LONGEST_STATEMENT_MS = 600_000
_SHOWN = 50
_HEAD = ("clinic", "name", "accepted", "open", "terminal")


def main(arguments: list[str] | None = None) -> int:
    """Print the balance of every clinic and all violations; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m services.maintenance.audit",
        description="Accepted, open and ended cases of each clinic, and every violation of what always holds.",
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    options = parser.parse_args(arguments)
    try:
        balances, violations = _read()
    except DatabaseUnavailable as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    if options.json:
        body = {"balances": [asdict(each) for each in balances], "violations": [asdict(each) for each in violations]}
        print(json.dumps(body, indent=2))
    else:
        _show(balances, violations)
    return 1 if violations else 0


def _read() -> tuple[list[Balance], list[Violation]]:
    settings = AuditSettings.of_environment()
    patient = settings.model_copy(update={"database_statement_timeout_ms": _LONGEST_STATEMENT_MS})
    database = Database(make_engine(patient, DatabaseRole.AUDITOR))
    try:
        with database.transaction() as session:
            return repository.balances(session), repository.violations(session)
    finally:
        database.close()


def _show(balances: list[Balance], violations: list[Violation]) -> None:
    rows: list[tuple[str, ...]] = [_HEAD]
    rows += ((b.clinic_id, b.clinic, f"{b.accepted}", f"{b.open}", f"{b.terminal}") for b in balances)
    total = [sum(numbers) for numbers in zip(*((b.accepted, b.open, b.terminal) for b in balances), strict=True)]
    rows.append(("all", "", *(f"{number}" for number in total or (0, 0, 0))))
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    for row in rows:
        words = [cell.ljust(width) for cell, width in zip(row[:2], widths[:2], strict=True)]
        numbers = [cell.rjust(width) for cell, width in zip(row[2:], widths[2:], strict=True)]
        print("  ".join([*words, *numbers]))
    print()
    for violation in violations[:_SHOWN]:
        print(f"{violation.invariant:6} {violation.case_id or '-':31} {violation.detail}")
    if len(violations) > _SHOWN:
        print(f"... and {len(violations) - _SHOWN} more; --json prints all")
    if violations:
        print(f"{len(violations)} violation{'s' if len(violations) > 1 else ''}")
    else:
        print("no violations: accepted = open + terminal, and I1 to I9 hold")


if __name__ == "__main__":
    sys.exit(main())
