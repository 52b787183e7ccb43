"""Campaigns from a shell: `python -m services.gateway.reruns run mdl_...` plans, asks, starts, follows and reports.

It talks to the running product over HTTP, with an operator's key or a clinic's that has `reruns:manage`.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from services.gateway.reruns.remote import NoAnswer, Refused, Remote
from services.gateway.reruns.schemas import PromoteScope, RerunOrder
from shared.contracts.enums import Decision, LesionClass, Reprocess

_OVER: Final = frozenset({"finished", "canceled", "expired"})
_ASK_AGAIN_S: Final = 1.0
_CELLS: Final = 30
_INTERRUPTED: Final = 130
_SELECTOR: Final = (
    "created_from",
    "created_until",
    "model_version",
    "decision",
    "label",
    "clinic_id",
    "sample",
    "seed",
)
_PLAN: Final = ("reprocess", "max_active", "order", "deadline", "max_flip_ratio")


def main(arguments: list[str] | None = None, *, ask: Callable[[str], str] = input) -> int:
    """Run one command; return the exit status. `ask` puts a question to the operator."""
    options = _parser().parse_args(arguments)
    try:
        return _run(options, _remote(options), ask)
    except (Refused, NoAnswer) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m services.gateway.reruns", description="Stored cases run again on another model."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _run_options(commands.add_parser("run", help="plan, ask, start, follow, and write the report"))
    for name, told in (
        ("follow", "show how far a campaign has come, and write its report at the end"),
        ("pause", "stop feeding it"),
        ("resume", "let it go on"),
        ("cancel", "call it off"),
        ("promote", "publish its results"),
        ("rollback", "restore what was published before"),
    ):
        commands.add_parser(name, help=told).add_argument("rerun_id", metavar="RERUN_ID")
    promote = commands.choices["promote"]
    promote.add_argument("--scope", choices=["all", "agreeing"], default=str(PromoteScope.ALL), help="default: all")
    promote.add_argument("--max-flip-ratio", type=float, metavar="R", help="most changed decisions of those compared")
    for command in commands.choices.values():
        command.add_argument("--base-url", help="where the gateway is (default: from the connection file)")
        command.add_argument("--key", help="the key (default: the operator's in the connection file)")
        file = Path(".lesionlens/standalone.json")
        command.add_argument("--connection", type=Path, default=file, help="JSON with both")
        command.add_argument("--output", type=Path, default=Path("runs/reruns"), help="folder for reports")
    return parser


def _run_options(run: argparse.ArgumentParser) -> None:
    run.add_argument("target_model", metavar="MODEL_ID")
    run.add_argument("--case-ids", type=Path, metavar="FILE", help="a file with an id a line")
    run.add_argument("--created-from", metavar="TIME", help="accepted at this time or later, 2026-01-31T00:00:00Z")
    run.add_argument("--created-until", metavar="TIME", help="accepted before this time")
    run.add_argument("--model-version", metavar="VERSION", help="cases that publish a result of this version")
    run.add_argument("--decision", choices=list(map(str, Decision)), help="of the published result")
    run.add_argument("--label", choices=list(map(str, LesionClass)), help="of the published result")
    run.add_argument("--clinic-id", metavar="ID", help="cases of one clinic")
    run.add_argument("--sample", type=int, metavar="N", help="so many of them, always the same for a seed")
    run.add_argument("--seed", type=int, metavar="N")
    run.add_argument("--reprocess", choices=list(map(str, Reprocess)), help="default: missing")
    run.add_argument("--max-active", type=int, metavar="N", help="most runs at one time (default 32)")
    run.add_argument("--order", choices=list(map(str, RerunOrder)), help="default: newest_first")
    run.add_argument("--failure-ratio", type=float, metavar="R", help="pause where so many of the ended have failed")
    run.add_argument("--deadline", metavar="TIME", help="pause at this time")
    run.add_argument("--auto-promote", action="store_true", help="publish at the end; needs --max-flip-ratio")
    run.add_argument("--max-flip-ratio", type=float, metavar="R", help="most changed decisions of those compared")
    run.add_argument("--yes", action="store_true", help="start without asking")


def _remote(options: argparse.Namespace) -> Remote:
    known: dict[str, str] = {}
    if not (options.base_url and options.key):
        try:
            known = json.loads(options.connection.read_text())
        except (OSError, ValueError) as error:
            raise NoAnswer("nothing runs here: start it with `make run`, or give --base-url and --key") from error
    return Remote(options.base_url or known["base_url"], options.key or known["admin_key"])


def _run(options: argparse.Namespace, remote: Remote, ask: Callable[[str], str]) -> int:
    match options.command:
        case "run":
            return _plan_and_start(options, remote, ask)
        case "follow":
            return _follow(options, remote, options.rerun_id)
        case "promote":
            asked: dict[str, Any] = {"scope": options.scope}
            if options.max_flip_ratio is not None:
                asked["max_flip_ratio"] = options.max_flip_ratio
            _show(remote.post(f"/v1/reruns/{options.rerun_id}/promote", asked))
        case "rollback":
            _show(remote.post(f"/v1/reruns/{options.rerun_id}/rollback"))
        case verb:
            print(remote.post(f"/v1/reruns/{options.rerun_id}/{verb}")["state"])
    return 0


def _plan_and_start(options: argparse.Namespace, remote: Remote, ask: Callable[[str], str]) -> int:
    plan = remote.post("/v1/reruns/plan", _asked(options))
    _tell_plan(plan)
    if not plan["counts"]["planned"]:
        print("nothing to run")
        return 0
    if not options.yes and not _agreed(ask):
        print("not started; the plan expires by itself")
        return 0
    rerun = remote.post("/v1/reruns", {"plan_id": plan["id"], "digest": plan["digest"]})
    return _follow(options, remote, rerun["id"])


def _asked(options: argparse.Namespace) -> dict[str, Any]:
    given = {name: value for name, value in vars(options).items() if value is not None}
    selector: dict[str, Any] = {name: given[name] for name in _SELECTOR if name in given}
    if options.case_ids is not None:
        selector["case_ids"] = options.case_ids.read_text().split()
    asked: dict[str, Any] = {name: given[name] for name in _PLAN if name in given}
    if options.failure_ratio is not None:
        asked["stop_when"] = {"failure_ratio": options.failure_ratio}
    return {"target_model": options.target_model, "selector": selector, "auto_promote": options.auto_promote, **asked}


def _tell_plan(plan: dict[str, Any]) -> None:
    counts, estimate = plan["counts"], plan["estimate"]
    print(f"plan      {plan['id']}, to be started before {plan['expires_at']}")
    print(f"model     {plan['target_model']['name']} {plan['target_model']['version'][:12]}")
    print(f"selected  {counts['selected']}, to be run {counts['planned']}")
    for reason, count in counts["skipped"].items():
        print(f"  not run {count}: {reason}")
    if counts["not_found"]:
        print(f"  no case {counts['not_found']} of the named ids")
    print(
        f"estimate  {_seconds(estimate['wall_s'])} by the clock, {_seconds(estimate['device_seconds'])} on the device"
    )
    print(f"first     {' '.join(plan['sample_ids'][:3])}")


def _agreed(ask: Callable[[str], str]) -> bool:
    try:
        return ask("Start it? Type yes: ").strip() == "yes"
    except (EOFError, KeyboardInterrupt):
        return False


def _follow(options: argparse.Namespace, remote: Remote, rerun_id: str) -> int:
    try:
        told = _watch(remote, rerun_id)
    except KeyboardInterrupt:
        command = "python -m services.gateway.reruns"
        print(f"\nit goes on without you; `{command} follow {rerun_id}` shows it again, `{command} cancel {rerun_id}`")
        print("calls it off")
        return _INTERRUPTED
    print(f"{told['state']}{'' if told['stop_reason'] is None else ': ' + told['stop_reason']}")
    if told["state"] == "expired":
        return 1
    folder = options.output / rerun_id
    folder.mkdir(parents=True, exist_ok=True)
    for kind, name in (("", "report.json"), (".csv", "report.csv"), (".html", "report.html")):
        remote.save(f"/v1/reruns/{rerun_id}/report{kind}", folder / name)
    print(f"report    {folder / 'report.html'}")
    return 0


def _watch(remote: Remote, rerun_id: str) -> dict[str, Any]:
    """Draw one line anew until the campaign is over or paused; return how it stands then."""
    while True:
        told = remote.get(f"/v1/reruns/{rerun_id}")
        over = told["state"] in _OVER or told["state"] == "paused"
        if sys.stdout.isatty() or over:
            print(f"\r{_bar(told)}", end="\n" if over else "", flush=True)
        if over:
            return told
        time.sleep(_ASK_AGAIN_S)


def _bar(told: dict[str, Any]) -> str:
    share = told["progress"] or 0.0
    filled = round(_CELLS * share)
    counts = " ".join(f"{state} {count}" for state, count in sorted(told["items"].items()))
    gate = "" if told["gate_open"] else " (live work goes first)"
    return f"[{'#' * filled}{'.' * (_CELLS - filled)}] {share:6.1%} {counts}, {_seconds(told['eta_s'])} left{gate}   "


def _seconds(value: float | None) -> str:
    if value is None:
        return "(not measured)"
    return f"{value:.0f} s" if value < 120 else f"{value / 60:.0f} min"  # noqa: PLR2004  # two minutes


def _show(told: dict[str, Any]) -> None:
    print(", ".join(f"{name.replace('_', ' ')} {count}" for name, count in told.items()))


if __name__ == "__main__":
    sys.exit(main())
