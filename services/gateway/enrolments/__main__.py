"""A code from a shell: `python -m services.gateway.enrolments --subject anna` asks a running server for one.

It uses the key of a clinic, by default the one that `make run` made.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any, Final
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, Request, build_opener

_PATIENCE_S: Final = 10


def main(arguments: list[str] | None = None) -> int:
    """Print a code; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m services.gateway.enrolments", description=__doc__)
    parser.add_argument("--subject", required=True, help="whose device: your pseudonym for a person, never a name")
    parser.add_argument("--seconds", type=int, default=900, metavar="N", help="for how long the code counts")
    parser.add_argument("--connection", type=Path, required=True, metavar="FILE", help="what `make run` wrote")
    options = parser.parse_args(arguments)
    try:
        facts = json.loads(options.connection.read_text(encoding="utf-8"))
        made = _ask(facts, {"subject_ref": options.subject, "expires_in_s": options.seconds})
    except HTTPError as error:
        print(f"error: {_reason(error)}", file=sys.stderr)
        return 1
    except (OSError, URLError, ValueError, KeyError):
        print(f"error: no server that runs is told of in {options.connection}; make run starts one", file=sys.stderr)
        return 1
    print(f"code     {made['code']}")
    print(f"subject  {made['subject_ref']}")
    print(f"until    {made['expires_at']}, once")
    print(f"server   {facts['base_url']}")
    return 0


def _ask(facts: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {facts['clinic_key']}", "Content-Type": "application/json"}
    request = Request(f"{facts['base_url']}/v1/enrolments", json.dumps(body).encode(), headers)  # noqa: S310  # our own
    with build_opener(ProxyHandler({})).open(request, timeout=_PATIENCE_S) as answer:
        told: dict[str, Any] = json.load(answer)
    return told


def _reason(error: HTTPError) -> str:
    try:
        return str(json.load(error)["detail"])
    except (ValueError, KeyError, TypeError):
        return f"status {error.code}"


if __name__ == "__main__":
    sys.exit(main())
