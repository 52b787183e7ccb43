"""`python -m services.standalone.s3_check`: what an S3 server can do of what we need, and what to do without.

Reads the S3_* settings. Writes only under `s3-check/` and into buckets of its own, and removes both.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError
from urllib3.exceptions import HTTPError

from services.standalone import s3_probes as probes
from services.standalone.s3_probes import Bench, Missing, code_of, status_of
from shared.settings import StorageSettings


@dataclass(frozen=True)
class Check:
    """`without` says what to do where it is missing; a needed one leaves no choice but another server."""

    name: str
    probe: Callable[[Bench], None]
    needed: bool
    without: str


_ANOTHER: Final = "Photos cannot be kept safely: take another server"
_DIRECT: Final = "Leave S3_PUBLIC_ENDPOINT unset: photos then come through the gateway"
CHECKS: Final = (
    Check("bucket", probes.bucket, needed=True, without="Make the bucket by hand, or give the key the right to"),
    Check("15 MB in, out, deleted", probes.objects, needed=True, without=_ANOTHER),
    Check("content type kept", probes.content_type, needed=True, without=_ANOTHER),
    Check(
        "encryption at rest",
        probes.encryption,
        needed=False,
        without="Leave S3_SERVER_SIDE_ENCRYPTION at none, and encrypt the disks under the store",
    ),
    Check("part of an object (Range)", probes.byte_range, needed=False, without="Nothing yet: no service reads parts"),
    Check("list in pages", probes.listing, needed=True, without="What is left over is not found: take another server"),
    Check("copy", probes.copy, needed=True, without="Photos of failed cases cannot be set aside: take another server"),
    Check(
        "wrong secret key refused",
        probes.wrong_secret,
        needed=True,
        without="The secret protects nothing: for evaluation only, on loopback",
    ),
    Check("strangers refused", probes.anonymous, needed=True, without="Make the bucket private before it is used"),
    Check("copy only if unchanged", probes.conditional_copy, needed=False, without=_DIRECT),
    Check("form with limits (presigned POST)", probes.form, needed=False, without=_DIRECT),
    Check("links that expire", probes.links, needed=False, without=_DIRECT),
    Check("CORS", probes.cors, needed=False, without="Browsers cannot upload directly; apps and servers can"),
    Check(
        "lifecycle rules",
        probes.lifecycle,
        needed=False,
        without="Nothing expires by itself: delete what is older than a day under `uploads/` by other means",
    ),
    Check(
        "old versions can be deleted",
        probes.versions,
        needed=False,
        without="Never switch versioning on: what is deleted would stay",
    ),
    Check(
        "bucket without versioning",
        probes.unversioned,
        needed=False,
        without="Switch versioning off, or expire old versions by a rule: deleted photos stay as old versions",
    ),
)


def tried(check: Check, bench: Bench) -> str | None:
    """Return what is missing, or None. Raises BotoCoreError and urllib3's errors where the server does not answer."""
    try:
        check.probe(bench)
    except Missing as missing:
        return str(missing)
    except ClientError as error:
        return f"answered with {status_of(error)} {code_of(error)}"
    return None


def show(results: list[tuple[Check, str | None]]) -> None:
    width = max(len(check.name) for check, _ in results)
    for check, missing in results:
        words = "ok" if missing is None else ("MISSING" if check.needed else "missing")
        print(f"  {words:8} {check.name:{width}}  {missing or ''}".rstrip())
    lacking = [check for check, missing in results if missing is not None]
    if lacking:
        print("\nWhat to do without:")
    for advice in dict.fromkeys(check.without for check in lacking):
        print(f"  - {advice}  [{', '.join(check.name for check in lacking if check.without == advice)}]")


def run(settings: StorageSettings) -> int:
    """Return 0 where all that is needed is there, 1 where something is not, 2 where the server does not answer."""
    bench = Bench(settings)
    print(f"{settings.s3_endpoint}, bucket {settings.s3_bucket}")
    results: list[tuple[Check, str | None]] = []
    try:
        for check in CHECKS:
            results.append((check, tried(check, bench)))
            if check.probe is probes.bucket and results[-1][1] is not None:
                break
    except (BotoCoreError, HTTPError) as error:
        print(f"the server does not answer: {type(error).__name__}", file=sys.stderr)
        return 2
    finally:
        bench.clear()
    show(results)
    return int(any(check.needed and missing is not None for check, missing in results))


def main() -> int:
    return run(StorageSettings.of_environment())


if __name__ == "__main__":
    sys.exit(main())
