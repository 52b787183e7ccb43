"""Submit one photo to a Lesionlens server, wait for the result and save the overlay and the heatmap.

An example for users of the API: plain httpx, nothing of this project is imported. Copy what you need.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import httpx

if TYPE_CHECKING:
    from collections.abc import Iterator

Case: TypeAlias = dict[str, Any]
FINAL = {"completed", "rejected", "failed", "canceled", "expired"}
NOT_NOW = {409, 429, 503}


def submit(api: httpx.Client, photo: Path, metadata: dict[str, str]) -> Case:
    """Upload the photo once, however often the network makes us try, and return the accepted case."""
    key = str(uuid.uuid4())  # the same key on each attempt: a repeated upload is answered with the first one's case
    image = (photo.name, photo.read_bytes(), "application/octet-stream")  # the server looks at the bytes, not the type
    details = ("metadata.json", json.dumps(metadata).encode(), "application/json")
    for attempt in range(5):
        time.sleep(2**attempt - 1)
        try:
            files = {"image": image, "metadata": details}
            answer = api.post("/v1/cases", files=files, headers={"Idempotency-Key": key})
        except httpx.TransportError as error:
            print(f"no answer ({error}), trying again", file=sys.stderr)
            continue
        if answer.status_code not in NOT_NOW:
            return checked(answer)
    raise SystemExit("the server did not accept the photo after 5 attempts")


def follow(api: httpx.Client, case: Case, timeout: float) -> Iterator[Case]:
    """Yield the case whenever it changed, last in its final state; the server says how often to ask."""
    give_up = time.monotonic() + timeout
    yield case
    while case["state"] not in FINAL:
        if time.monotonic() > give_up:
            raise SystemExit(f"{case['id']} is still {case['state']}; it is safe on the server, ask again later")
        answer = api.get(case["links"]["self"], headers={"If-None-Match": f'W/"{case["version"]}"'})
        if answer.status_code not in {httpx.codes.NOT_MODIFIED, *NOT_NOW}:
            newer = checked(answer)
            if newer["version"] > case["version"]:  # each visible change raises it: never go back
                case = newer
                yield case
        if case["state"] not in FINAL:
            time.sleep(float(answer.headers.get("Retry-After", "1")))


def checked(answer: httpx.Response) -> Case:
    """Return the JSON of a good answer; leave with the server's own words on a bad one."""
    if answer.is_error:
        try:
            problem = answer.json()
        except ValueError:
            raise SystemExit(f"{answer.status_code}: {answer.text[:200]}") from None
        raise SystemExit(f"{answer.status_code} {problem['code']}: {problem.get('detail', problem['title'])}")
    body: Case = answer.json()
    return body


def save(api: httpx.Client, link: str, target: Path) -> None:
    answer = api.get(link)
    if answer.is_error:
        checked(answer)
    target.write_bytes(answer.content)
    print(f"saved {target}")


def report(case: Case) -> None:
    result = case["result"]
    for label, probability in sorted(result["probabilities"].items(), key=lambda item: -item[1]):
        print(f"{label:6} {probability:6.1%}")
    print(f"decision: {result['decision']} {', '.join(reason['code'] for reason in result['reasons'])}")
    print(f"model:    {result['model']['name']} ({result['model']['status']}) {result['model']['version'][:12]}")
    print(result["notice"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photo", type=Path)
    parser.add_argument("--base-url", help="where the server is (default: from the connection file)")
    parser.add_argument("--key", help="a clinic's API key (default: from the connection file)")
    parser.add_argument("--connection", type=Path, default=Path(".lesionlens/standalone.json"), help="JSON with both")
    parser.add_argument("--modality", choices=("dermoscopy", "clinical", "unknown"), default="unknown")
    parser.add_argument("--client-ref", help="your own reference for this photo")
    parser.add_argument("--output", type=Path, default=Path(), help="folder for overlay and heatmap (default: here)")
    parser.add_argument("--timeout", type=float, default=120, help="seconds to wait for the result (default 120)")
    options = parser.parse_args()
    known: dict[str, str] = {}
    if not (options.base_url and options.key):
        known = json.loads(options.connection.read_text())
    headers = {"Authorization": f"Bearer {options.key or known['clinic_key']}"}
    metadata = {"modality": options.modality} | ({"client_ref": options.client_ref} if options.client_ref else {})
    with httpx.Client(base_url=options.base_url or known["base_url"], headers=headers, timeout=30) as api:
        accepted = submit(api, options.photo, metadata)
        for case in follow(api, accepted, options.timeout):
            print(f"{case['id']} version {case['version']}: {case['state']}")
        if case["state"] != "completed":
            raise SystemExit(f"{case['state']}: {json.dumps(case['rejection'] or case['error'])}")
        report(case)
        save(api, case["links"]["overlay"], options.output / f"{options.photo.stem}.overlay.jpg")
        # The layer is the map as a picture to lay over the photo; links["heatmap"] holds the bare numbers behind it.
        save(api, case["links"]["layer"], options.output / f"{options.photo.stem}.heatmap.png")


if __name__ == "__main__":
    main()
