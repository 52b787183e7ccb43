"""Make the README's picture: the sample beside the overlay that a running server returns for it.

Run it while `make run` runs: `python -m samples.result_picture docs/images/result.jpg`.
"""

from __future__ import annotations

import argparse
import io
from pathlib import Path

from PIL import Image

from samples.demo import SAMPLE
from samples.lesionlens_client import Client
from samples.stack import data_dir, running

HEIGHT = 520
GAP = 16


def overlay_of(clinic: Client, photo: Path) -> Image.Image:
    """Submit the photo as dermoscopy, wait, and return the overlay."""
    case = clinic.wait(clinic.submit(photo, {"modality": "dermoscopy"}))
    if case.result is None:
        raise SystemExit(f"{case.id} is {case.state}")
    return Image.open(io.BytesIO(clinic.overlay(case)))


def beside(left: Image.Image, right: Image.Image) -> Image.Image:
    """Return both on one page; the photo is as wide as it is under the map."""
    scale = HEIGHT / right.height
    right = right.resize((round(right.width * scale), HEIGHT), Image.Resampling.LANCZOS)
    left = left.resize((right.width, round(right.width * left.height / left.width)), Image.Resampling.LANCZOS)
    page = Image.new("RGB", (left.width + GAP + right.width, HEIGHT), (250, 249, 247))
    page.paste(left, (0, 0))
    page.paste(right, (left.width + GAP, 0))
    return page


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=Path, help="file to write")
    output: Path = parser.parse_args().output
    server = running(data_dir())
    if server is None:
        raise SystemExit("no server runs here: make run")
    with Client(server.base_url, server.key) as clinic, Image.open(SAMPLE) as sample:
        page = beside(sample.convert("RGB"), overlay_of(clinic, SAMPLE))
    output.parent.mkdir(parents=True, exist_ok=True)
    page.save(output, quality=88, subsampling=0, optimize=True)


if __name__ == "__main__":
    main()
