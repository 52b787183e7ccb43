"""`python3 deploy/environment.py`: write .env from .env.example, with a random value for every secret that is empty.

Standard library only: it is used before anything is installed. Refuses to touch a file that is there already.
"""

import base64
import os
import secrets
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]


def filled(example: str) -> str:
    """Return the file with a fresh secret, safe in URLs, in every line that ends in `=`."""
    lines = example.splitlines()
    return "\n".join(line + _secret(line) if line.endswith("=") else line for line in lines) + "\n"


def _secret(line: str) -> str:
    if line == "SECRETS_KEYS=":
        return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode("ascii")  # the form of a Fernet key
    return secrets.token_hex(20)


def main(folder: Path = PROJECT) -> int:
    """Return the exit status."""
    target = folder / ".env"
    try:
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        print(f"{target} is there already; its secrets belong to the data in the volumes", file=sys.stderr)
        return 1
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(filled((PROJECT / ".env.example").read_text(encoding="utf-8")))
    print(f"{target} written, readable by you alone: keep a copy in a safe place")
    return 0


if __name__ == "__main__":
    sys.exit(main())
