"""`python -m services.maintenance.access_log`: was anything in the access log changed? Status 0 if not, 1 if it was.

Status 2 where it cannot be read. Only reads, as the auditor. `audit.py` is another audit, which looks for lost work.
"""

import argparse
import json
import re
import sys
import time
from dataclasses import asdict
from typing import Final

from services.maintenance.access_verifier import MOST_FINDINGS, Verdict, verify
from services.maintenance.settings import AuditSettings
from shared.db.session import Database, DatabaseRole, make_engine
from shared.errors import DatabaseUnavailable

_LONGEST_STATEMENT_MS: Final = 600_000
_HEAD: Final = re.compile(r"([0-9]{1,18}):([0-9a-f]{64})")
_SHOWN: Final = 50
_CELLS: Final = 30
_QUIET_S: Final = 1.0
# Sealing comes every second; a tail that is older says that nobody seals, or that a transaction is left open.
_STALE_S: Final = 60.0


def main(arguments: list[str] | None = None) -> int:
    """Print what was found; return the exit status."""
    options = _parser().parse_args(arguments)
    try:
        verdict = _read(dict(options.head), show=sys.stderr.isatty() and not options.json)
    except DatabaseUnavailable as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    if options.json:
        print(json.dumps(asdict(verdict), indent=2))
    else:
        _show(verdict)
    return 1 if verdict.violations else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m services.maintenance.access_log",
        description="Walk the seals over the access log: every edit, gap and later addition; what is not sealed yet.",
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")
    parser.add_argument(
        "--head",
        type=_head,
        action="append",
        default=[],
        metavar="SEQ:HASH",
        help="a head of the chain from the log: it has to be in the chain still; may be given several times",
    )
    return parser


def _head(told: str) -> tuple[int, str]:
    match = _HEAD.fullmatch(told)
    if match is None:
        raise argparse.ArgumentTypeError("a head is a number, a colon and 64 hexadecimal digits")
    return int(match[1]), match[2]


def _read(heads: dict[int, str], *, show: bool) -> Verdict:
    settings = AuditSettings.of_environment()
    patient = settings.model_copy(update={"database_statement_timeout_ms": _LONGEST_STATEMENT_MS})
    database = Database(make_engine(patient, DatabaseRole.AUDITOR))
    bar = _Bar() if show else None
    try:
        with database.transaction() as session:
            return verify(session, heads) if bar is None else verify(session, heads, bar.draw)
    finally:
        if bar is not None:
            bar.wipe()
        database.close()


class _Bar:
    """Drawn anew four times a second, once the walk takes more than one."""

    def __init__(self) -> None:
        self._next_at = time.monotonic() + _QUIET_S
        self._drawn = False

    def draw(self, done: int, count: int) -> None:
        if time.monotonic() < self._next_at:
            return
        self._next_at, self._drawn = time.monotonic() + 0.25, True
        share = done / count if count else 1.0
        filled = round(_CELLS * share)
        bar = "#" * filled + "." * (_CELLS - filled)
        print(f"\r[{bar}] {share:6.1%} {done} of {count} seals", end="", file=sys.stderr, flush=True)

    def wipe(self) -> None:
        if self._drawn:
            print("\r\033[K", end="", file=sys.stderr, flush=True)


def _show(verdict: Verdict) -> None:
    eras = f", {verdict.eras} eras" if verdict.eras > 1 else ""
    print(f"sealed    {verdict.rows} rows in {verdict.seals} seals{eras}")
    print(f"head      {verdict.head or '-'}")
    print(f"unsealed  {_tail(verdict)}")
    if verdict.tail_oldest_s > _STALE_S:
        print("          sealed is every second: is maintenance running, or is a transaction left open?")
    print()
    for found in verdict.findings[:_SHOWN]:
        row = "-" if found.row_id is None else f"row {found.row_id}"
        print(f"{found.kind:15} seal {found.seq:<8} {row:14} {found.detail}")
    if verdict.violations > _SHOWN:
        print(f"... {verdict.violations} in all; --json prints the first {MOST_FINDINGS}")
    if verdict.violations:
        print(f"{verdict.violations} violation{'s' if verdict.violations > 1 else ''}: see docs/access-log.md")
    else:
        print("no violations: every sealed row is as it was, and none is missing or was added")


def _tail(verdict: Verdict) -> str:
    if not verdict.tail:
        return "none"
    waiting = f"; {verdict.tail_waiting} wait for a transaction that is open" if verdict.tail_waiting else ""
    return f"{verdict.tail} rows, the oldest for {verdict.tail_oldest_s:.1f} s{waiting}"


if __name__ == "__main__":
    sys.exit(main())
