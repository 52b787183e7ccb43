"""Writes the OpenAPI document: `python -m services.gateway.openapi [FILE]`. Needs no settings, connects to nothing."""

import argparse
import sys
from pathlib import Path

from services.gateway.description import as_text
from services.gateway.main import make_api


def main(arguments: list[str] | None = None) -> int:
    """Write or compare the file; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m services.gateway.openapi", description=__doc__)
    parser.add_argument("file", nargs="?", type=Path, default=Path("openapi.json"), help="default: openapi.json")
    parser.add_argument("--check", action="store_true", help="write nothing; fail where the file is not up to date")
    options = parser.parse_args(arguments)
    text = as_text(make_api().openapi())
    if not options.check:
        options.file.write_text(text, encoding="utf-8")
        print(f"wrote {options.file}")
        return 0
    if options.file.exists() and options.file.read_text(encoding="utf-8") == text:
        return 0
    print(f"{options.file} is not up to date: run make openapi", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
