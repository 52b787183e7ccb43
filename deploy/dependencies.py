"""`python deploy/dependencies.py`: known holes in what we depend on, held against a list of those that are accepted.

Asks pip-audit about every package of constraints.txt and of the S3 emulator's environment, and npm about each committed
package-lock.json. Ends with status 0 where nothing is open, 1 where something is, 75 where a source could not be asked:
it says which and why, and that is no success.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    Source = tuple[str, Callable[[], list["Finding"]]]

ROOT: Final = Path(__file__).resolve().parents[1]
LIST: Final = ROOT / "deploy" / "accepted_findings.toml"
NOT_AUDITED: Final = os.EX_TEMPFAIL  # 75, which no test runner ends with
_PATIENCE_S: Final = 240  # pip-audit asks about one package after the other
_SILENCE_S: Final = 5  # of one question: where nobody answers, nobody waits for long
_NPM_PATIENCE_S: Final = 15  # npm asks once; its own limits do not count while a proxy is silent
_WORDS: Final = 200


class NotAudited(Exception):
    """A source could not be asked; the message says why."""


@dataclass(frozen=True, order=True)
class Finding:
    """A known hole. `names`: what other lists call it."""

    package: str
    id: str
    version: str = ""
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Accepted:
    id: str
    package: str
    reason: str
    look_again: date


def accepted(text: str) -> list[Accepted]:
    """Return the list as it is written. Raises ValueError where an entry lacks something."""
    try:
        found = [Accepted(**entry) for entry in tomllib.loads(text).get("finding", [])]
    except TypeError as error:
        raise ValueError(
            f"accepted_findings.toml: each finding has id, package, reason and look_again: {error}"
        ) from None
    for each in found:
        if not each.reason.strip() or type(each.look_again) is not date:
            raise ValueError(f"accepted_findings.toml: {each.id} needs a reason, and a day without quotes")
    return found


def judge(found: Sequence[Finding], known: Sequence[Accepted], today: date, *, whole: bool) -> list[str]:
    """Return what is wrong, in words. `whole`: every source was asked, so what was not found is not there."""
    wrong, met = [], set()
    for finding in sorted(set(found)):
        names = {finding.id, *finding.names}
        match = next((each for each in known if each.id in names and each.package == finding.package), None)
        if match is None:
            wrong.append(f"{finding.package} {finding.version}: {finding.id} is not accepted".replace(" :", ":"))
            continue
        met.add(match.id)
        if match.look_again <= today:
            wrong.append(f"{match.package}: {match.id} was accepted until {match.look_again}: look again")
    if whole:
        gone = [each for each in known if each.id not in met]
        wrong += [f"{each.package}: {each.id} is accepted and occurs no more: strike it off" for each in gone]
    return wrong


def of_python(*arguments: str, program: Sequence[str] = (sys.executable, "-m", "pip_audit")) -> list[Finding]:
    """Return what pip-audit finds. Raises NotAudited where it cannot ask."""
    options = ["--format", "json", "--progress-spinner", "off", "--strict", "--timeout", str(_SILENCE_S)]
    told = _answer([*program, *arguments, *options], ROOT)
    return [
        Finding(each["name"].lower(), hole["id"], each["version"], tuple(hole.get("aliases", [])))
        for each in told.get("dependencies", [])
        for hole in each.get("vulns", [])
    ]


def of_npm(folder: Path, program: Sequence[str] = ("npm",), patience_s: float = _NPM_PATIENCE_S) -> list[Finding]:
    """Return what npm finds for the lock file in the folder. Raises NotAudited where it cannot ask."""
    told = _answer([*program, "audit", "--json", "--package-lock-only", "--fetch-retries=0"], folder, patience_s)
    if "error" in told or "vulnerabilities" not in told:
        problem = told.get("error", told)
        raise NotAudited(
            str(problem.get("summary") or problem.get("code") or told.get("message") or "no answer")[:_WORDS]
        )
    holes = [via for each in told["vulnerabilities"].values() for via in each["via"] if isinstance(via, dict)]
    return [Finding(via["name"], via["url"].rsplit("/", 1)[-1], via.get("range", "")) for via in holes]


def _answer(command: Sequence[str], folder: Path, patience_s: float = _PATIENCE_S) -> dict[str, Any]:
    """Return what the tool tells as JSON; both end with status 1 where they find something."""
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=patience_s, check=False)
    except FileNotFoundError:
        raise NotAudited(f"{command[0]} is not installed") from None
    except subprocess.TimeoutExpired:
        raise NotAudited(f"{command[0]} did not end within {patience_s} s") from None
    try:
        told = json.loads(done.stdout)
    except ValueError:
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise NotAudited(f"status {done.returncode}: {last[-_WORDS:]}") from None
    if not isinstance(told, dict):
        raise NotAudited("an answer that is none")
    return told


def locks() -> list[Path]:
    """Return the folders with a committed package-lock.json."""
    listed = subprocess.run(
        ["git", "ls-files", "*package-lock.json"],  # noqa: S607  # the git of whoever calls
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [(ROOT / line).parent for line in listed.stdout.splitlines()]


def sources() -> Iterator[Source]:
    """Yield what is asked about, and how."""
    yield "constraints.txt", lambda: of_python("-r", str(_pinned()), "--no-deps", "--disable-pip")
    for packages in sorted(ROOT.glob(".venv-s3/lib/python3*/site-packages")):
        yield "the S3 emulator's environment", partial(of_python, "--path", str(packages))
    for folder in locks():
        yield f"{folder.relative_to(ROOT)}/package-lock.json", partial(of_npm, folder)


def _pinned() -> Path:
    """The versions alone: what follows them (a build, a comment) is for pip."""
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = [line.partition("#")[0].strip() for line in lines]
    path = Path(tempfile.mkdtemp(prefix="lesionlens-audit-")) / "requirements.txt"
    path.write_text("\n".join(pin for pin in pins if pin) + "\n")
    return path


def audit(asked: Iterable[Source], known: Sequence[Accepted], today: date) -> int:
    """Ask all sources at once, say what is open and what could not be asked, and return the status to end with."""
    found, silent = list[Finding](), list[str]()
    with ThreadPoolExecutor() as threads:
        running = [(name, threads.submit(ask)) for name, ask in asked]
    for name, answer in running:
        try:
            here = answer.result()
        except NotAudited as reason:
            silent.append(f"{name}: {reason}")
        else:
            found += here
            print(f"audited: {name}: {len(here)} known holes")
    wrong = judge(found, known, today, whole=not silent)
    for line in wrong:
        print(f"OPEN: {line}")
    for line in silent:
        print(f"NOT AUDITED: {line}", file=sys.stderr)
    if silent:
        print(f"NOT AUDITED: {len(silent)} of {len(running)} sources: nothing is known of them", file=sys.stderr)
    return 1 if wrong else NOT_AUDITED if silent else os.EX_OK


if __name__ == "__main__":
    sys.exit(audit(sources(), accepted(LIST.read_text(encoding="utf-8")), datetime.now(UTC).date()))
