"""Show one photo's way through the service in the terminal: start a server if none runs, submit, print the result.

What is said about the picture (decision, reasons, model, notice) is what the server answered. This file only lays it
out; the one thing it adds is the full name of each class.
"""

from __future__ import annotations

import argparse
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from samples.lesionlens_client import Case, Client, NoAnswer, Problem
from samples.stack import Server, data_dir, running, started

if TYPE_CHECKING:
    from collections.abc import Iterator

SAMPLE: Final = Path(__file__).with_name("lesion.jpg")
BAR_CELLS: Final = 30
STEPS: Final = {"queued": (1, "queued"), "inferring": (2, "running"), "done": (3, "done")}
NAMES: Final = {
    "akiec": "Actinic keratosis / Bowen's disease",
    "bcc": "Basal cell carcinoma",
    "bkl": "Benign keratosis",
    "df": "Dermatofibroma",
    "mel": "Melanoma",
    "nv": "Melanocytic nevus",
    "vasc": "Vascular lesion",
}


def main() -> None:
    console = Console(highlight=False)
    options = _options()
    photo = _readable(options.image or SAMPLE)
    modality = options.modality or ("unknown" if options.image else "dermoscopy")
    try:
        with _server(options, console) as server, Client(server.base_url, server.key) as clinic:
            _show(clinic, photo, modality, console)
    except KeyboardInterrupt:
        console.print("\ninterrupted; an accepted photo is kept and finishes when a server runs")
        raise SystemExit(130) from None
    except NoAnswer as error:
        raise SystemExit(f"the server does not answer: {error}") from None
    except Problem as problem:
        raise SystemExit(str(problem)) from None


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Submit a photo and show the result.")
    parser.add_argument("image", type=Path, nargs="?", help="a photo (default: a synthetic sample picture)")
    parser.add_argument(
        "--modality",
        choices=("dermoscopy", "clinical", "unknown"),
        help="how the photo was taken (default: unknown; dermoscopy for the sample picture)",
    )
    parser.add_argument("--base-url", help="use this server instead of one on this machine")
    parser.add_argument("--key", help="a clinic's API key for --base-url")
    options = parser.parse_args()
    if bool(options.base_url) != bool(options.key):
        parser.error("--base-url and --key go together")
    return options


def _readable(photo: Path) -> Path:
    """Return the path; leave with the reason if there is no file to send. What is in it, the server judges."""
    try:
        with photo.open("rb") as file:
            file.read(1)
    except OSError as error:
        raise SystemExit(f"cannot read {photo}: {error.strerror}") from None
    return photo


@contextmanager
def _server(options: argparse.Namespace, console: Console) -> Iterator[Server]:
    if options.base_url:
        yield Server(options.base_url, options.key)
        return
    folder = data_dir()
    found = running(folder)
    if found is not None:
        console.print(f"using the server at {found.base_url}")
        yield found
        return
    console.print("no server runs here: starting one for this photo")
    with started(folder, console.print) as server:
        console.print(f"ready at {server.base_url}")
        yield server


def _show(clinic: Client, photo: Path, modality: str, console: Console) -> None:
    with _progress(console) as progress:
        task = progress.add_task("sending", total=3)

        def step(case: Case) -> None:
            done, words = STEPS[case.body["progress"]["phase"]]
            progress.update(task, completed=done, description=words)

        case = clinic.submit(photo, {"modality": modality})
        step(case)
        case = clinic.wait(case, on_change=step)
    console.print(f"{case.id}  {photo}  submitted as modality “{modality}”", soft_wrap=True)
    if case.result is None:
        raise SystemExit(_why(case))
    _print_result(case.result, console)
    if modality == "unknown":
        console.print(
            "Is it a dermoscopic picture? Then say so: MODALITY=dermoscopy, or --modality dermoscopy", style="dim"
        )
    folder = photo.parent if os.access(photo.parent, os.W_OK) else Path()
    _save(clinic.overlay(case), folder / f"{photo.stem}.overlay.jpg", console)
    _save(clinic.layer(case), folder / f"{photo.stem}.heatmap.png", console)


def _progress(console: Console) -> Progress:
    bar = BarColumn(bar_width=BAR_CELLS)
    return Progress(SpinnerColumn(), TextColumn("{task.description:8}"), bar, TimeElapsedColumn(), console=console)


def _why(case: Case) -> str:
    """Return why there is no result, in the server's words."""
    head = "rejected, no result is given" if case.state == "rejected" else case.state
    reasons = [f"  {reason['code']}: {reason.get('message') or reason.get('detail') or ''}" for reason in case.reasons]
    return "\n".join([f"{head}:" if reasons else head, *reasons])


def _print_result(result: dict[str, Any], console: Console) -> None:
    table = Table(title=Text("What the model sees"), title_justify="left")
    for heading in ("", "class", "probability"):
        table.add_column(heading)
    table.add_column("", justify="right")
    for code, probability in sorted(result["probabilities"].items(), key=lambda item: -item[1]):
        style = "bold" if code == result["label"] else ""
        bar = "█" * round(probability * BAR_CELLS) or "▏"
        table.add_row(code, NAMES.get(code, code), Text(bar, style="cyan"), f"{probability:.1%}", style=style)
    console.print(table)
    model = result["model"]
    reasons = [f"{reason['code']}: {reason['message']}" for reason in result["reasons"]]
    facts = Table.grid(padding=(0, 2))
    for heading, words, style in (
        ("decision", "\n".join([result["decision"], *reasons]), "bold"),
        ("malignant", f"{result['malignancy']:.1%} in all", ""),
        ("model", f"{model['name']}, status {model['status']}, version {model['version'][:16]}", ""),
        ("notice", result["notice"], "yellow"),
    ):
        facts.add_row(heading, Text(words), style=style)
    console.print(facts)


def _save(picture: bytes, target: Path, console: Console) -> None:
    target.write_bytes(picture)
    console.print(Text(f"saved      {target}"), soft_wrap=True)


if __name__ == "__main__":
    main()
