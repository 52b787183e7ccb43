"""Submit one photo, wait for the result and save the overlay and the heatmap: `python -m samples.submit photo.jpg`.

An example of the client for clinics, samples/lesionlens_client.py; nothing else of this project is imported.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from samples.lesionlens_client import Case, Client, Problem


def show(case: Case) -> None:
    print(f"{case.id} version {case.version}: {case.state}")


def report(case: Case) -> None:
    """Print the result, or leave with the reasons why there is none."""
    result = case.result
    if result is None:
        raise SystemExit(f"{case.state}: {json.dumps(case.reasons)}")
    for label, probability in sorted(result["probabilities"].items(), key=lambda item: -item[1]):
        print(f"{label:6} {probability:6.1%}")
    print(f"decision: {result['decision']} {', '.join(reason['code'] for reason in result['reasons'])}")
    print(f"model:    {result['model']['name']} ({result['model']['status']}) {result['model']['version'][:12]}")
    print(result["notice"])


def save(content: bytes, target: Path) -> None:
    target.write_bytes(content)
    print(f"saved {target}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photo", type=Path)
    parser.add_argument("--base-url", help="where the server is (default: from the connection file)")
    parser.add_argument("--key", help="a clinic's API key (default: from the connection file)")
    parser.add_argument("--connection", type=Path, default=Path(".lesionlens/standalone.json"), help="JSON with both")
    parser.add_argument("--modality", choices=("dermoscopy", "clinical", "unknown"), default="unknown")
    parser.add_argument("--client-ref", help="your own reference for this photo")
    parser.add_argument("--output", type=Path, default=Path(), help="folder for overlay and heatmap (default: here)")
    parser.add_argument("--timeout", type=float, default=120, help="seconds to wait for the result (default 120)")
    return parser.parse_args()


def main() -> None:
    options = _options()
    known: dict[str, str] = {}
    if not (options.base_url and options.key):
        known = json.loads(options.connection.read_text())
    metadata = {"modality": options.modality} | ({"client_ref": options.client_ref} if options.client_ref else {})
    with Client(options.base_url or known["base_url"], options.key or known["clinic_key"]) as clinic:
        try:
            case = clinic.submit(options.photo, metadata)
            show(case)
            case = clinic.wait(case, options.timeout, on_change=show)
            report(case)
            save(clinic.overlay(case), options.output / f"{options.photo.stem}.overlay.jpg")
            # The layer is the map as a picture to lay over the photo; `heatmap` gives the bare numbers behind it.
            save(clinic.layer(case), options.output / f"{options.photo.stem}.heatmap.png")
        except Problem as problem:
            raise SystemExit(str(problem)) from None


if __name__ == "__main__":
    main()
