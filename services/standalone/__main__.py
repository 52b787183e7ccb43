"""`python -m services.standalone [start [--detach] | stop | status]`: the whole product on one machine, in one command.

For evaluation, on a machine without other users. Refuses to adopt servers that merely happen to listen somewhere.
"""

import argparse
import sys

from services.standalone.background import run_beside, show_status, start_in_background, stop_running
from services.standalone.servers_alone import run_alone
from services.standalone.session import make_data_folder, run_stack
from services.standalone.settings import StandaloneSettings


def main(arguments: list[str] | None = None) -> int:
    """Return the exit status."""
    options = parser().parse_args(arguments)
    settings = StandaloneSettings.of_environment()
    make_data_folder(settings.folder)
    return _do(options, settings)


def _do(options: argparse.Namespace, settings: StandaloneSettings) -> int:
    if options.command == "status":
        return show_status(settings.folder)
    if options.command == "stop":
        return stop_running(settings.folder)
    if options.command == "beside":
        return run_beside(settings.folder, options.words)
    if options.command == "alone":
        return run_alone(settings, options.words)
    if options.detach:
        return start_in_background(settings.folder)
    return run_stack(settings)


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="python -m services.standalone",
        description="Run everything on this machine until Ctrl-C. PORT, DATA_DIR, DATABASE_URL, REDIS_URL, S3_ENDPOINT "
        "and its keys are read from the environment; a URL replaces the embedded server.",
    )
    top.set_defaults(command="start", detach=False)
    commands = top.add_subparsers(dest="command", metavar="COMMAND")
    start = commands.add_parser("start", help="start it (the default)")
    detach = "start in the background and return when it is ready"
    top.add_argument("--detach", action="store_true", help=detach)
    start.add_argument("--detach", action="store_true", default=argparse.SUPPRESS, help=detach)
    commands.add_parser("stop", help="stop what runs in DATA_DIR")
    commands.add_parser("status", help="say whether it runs; status 0 if it is ready")
    alone = commands.add_parser("alone", help="run a command beside database and store, and nothing else")
    alone.add_argument("words", nargs=argparse.REMAINDER, metavar="...", help="the command")
    beside = commands.add_parser("beside", help="run a command that is told the addresses of what runs")
    beside.add_argument("words", nargs=argparse.REMAINDER, metavar="...", help="the command")
    return top


if __name__ == "__main__":
    sys.exit(main())
