"""`python -m tests.mobile.strip FOLDER`: the pictures of docs/ from those of `make mobile-e2e SCREENSHOTS=FOLDER`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from PIL import Image

TARGET: Final = Path(__file__).resolve().parents[2] / "docs" / "images"
PHONES: Final = ("phone-light-body", "phone-light-result", "phone-light-map", "phone-side-comparison", "phone-dark-map")
TALL, GAP = 700, 16
GROUND: Final = (200, 196, 190)


def strip(folder: Path) -> Image.Image:
    """Return the phones side by side."""
    shots = [Image.open(folder / f"{name}.png").convert("RGB") for name in PHONES]
    small = [shot.resize((round(shot.width * TALL / shot.height), TALL), Image.Resampling.LANCZOS) for shot in shots]
    whole = Image.new("RGB", (sum(shot.width + GAP for shot in small) + GAP, TALL + 2 * GAP), GROUND)
    left = GAP
    for shot in small:
        whole.paste(shot, (left, GAP))
        left += shot.width + GAP
    return whole


def main(folder: Path) -> None:
    strip(folder).save(TARGET / "app.jpg", quality=82, optimize=True)
    with Image.open(folder / "tablet-result.png") as tablet:
        tablet.convert("RGB").resize((768, 1024), Image.Resampling.LANCZOS).save(
            TARGET / "app-tablet.jpg", quality=82, optimize=True
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
