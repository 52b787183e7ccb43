"""What a photo costs the inference worker beside the network's body: `python -m bench.photo_cost [ROUNDS]`.

Core-milliseconds a photo, by phase: CPU time of this process and, where it decodes, of the decoder processes; of no
server. Each round takes a batch of drawn photos of each kind, in turn, through the worker's own code, with Postgres and
an S3 server of this minute; medians of the rounds. The body is replaced by feature maps that are ready. One thread; the
worker has four, whose switching is not in the figures.
"""

import argparse
import io
import json
import os
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any, TypeVar, cast

import torch
from PIL import Image

from bench.photo_ward import BATCH, Ward, open_ward
from samples.lesion_photo import draw_lesion
from services.inference import answers, artifacts
from services.inference.decode import CleanImage, Decoder
from services.inference.freed_memory import KEPT_FOR_PICTURES, keep_freed_memory
from services.inference.model.engine import LoadedModel, Prediction
from services.inference.model.explain import HEADS
from services.inference.model.folder import read_folder
from services.inference.model.networks import build_body
from services.inference.model.quality import assess
from services.inference.model.weights import read_tensors
from services.inference.outcomes import Answered, Outcome
from services.inference.photos import Photo, Photos
from services.inference.results import Results
from services.inference.shelf import Shelf
from services.inference.watchdog import Watchdog
from shared.contracts.enums import ArtifactName
from shared.db.records import ClaimedRun
from shared.imaging.heat import render_layer
from shared.imaging.map_file import write_maps
from shared.imaging.overlay import render_overlay

ROOT = Path(__file__).parents[1]
TARGET_MS = 35.0
KINDS = {"341x256": (341, 256), "12 megapixels": (4000, 3000)}
_PHOTOS = 4
_DRAWN_AT = 1000

Made = TypeVar("Made")


@dataclass
class Meter:
    """CPU seconds by phase, of this process and of `others`."""

    others: Callable[[], list[int]]
    spent: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    @contextmanager
    def phase(self, name: str, name_of_others: str | None = None) -> Iterator[None]:
        own, theirs = time.process_time(), self._theirs()
        yield
        self.spent[name] += time.process_time() - own
        if name_of_others:
            self.spent[name_of_others] += self._theirs() - theirs

    def _theirs(self) -> float:
        # clock_getcpuclockid(3) for a process: /proc/<pid>/stat counts in steps of 10 ms, which is too coarse.
        return sum(time.clock_gettime((~pid << 3) | 2) for pid in self.others())


class ReadyFeatures:
    """Stands where the body does, and has its answer already."""

    name = "none"

    def __init__(self, channels: int, cells: int) -> None:
        self._features = torch.rand((BATCH, channels, cells, cells), generator=torch.Generator().manual_seed(1))

    def features(self, pixels: torch.Tensor) -> torch.Tensor:
        return self._features[: len(pixels)]


def ready_model(folder: Path) -> LoadedModel:
    """The shipped model's head, manifest and words, with no body to run."""
    model = read_folder(folder)
    manifest, network = model.manifest, build_body(model.manifest.architecture)
    tensors = read_tensors(model.weights, manifest.weights.sha256)
    head = HEADS[manifest.head].from_tensors(tensors, classes=len(manifest.labels), features=network.features)
    body = ReadyFeatures(network.features, manifest.preprocessing.input_size // 32)
    return LoadedModel(manifest, cast("Any", body), head, network.layer, distance=None)


def drawn_photos(size: tuple[int, int]) -> list[bytes]:
    """Drawn lesions as JPEG files of `size`; large ones are enlarged drawings with a camera's grain."""
    photos = []
    for seed in range(_PHOTOS):
        scale = min(1.0, _DRAWN_AT / max(size))
        picture = draw_lesion(seed, (round(size[0] * scale), round(size[1] * scale)))
        if picture.size != size:
            grain = Image.effect_noise(size, 12).convert("RGB")
            picture = Image.blend(picture.resize(size, Image.Resampling.BICUBIC), grain, 0.05)
        out = io.BytesIO()
        picture.save(out, "JPEG", quality=92)
        photos.append(out.getvalue())
    return photos


@dataclass
class Bench:
    """The worker's parts, and one batch through them after the other."""

    ward: Ward
    model: LoadedModel
    decoder: Decoder
    shelf: Shelf

    def batch(self, photos: Sequence[bytes]) -> dict[str, float]:
        """Core-milliseconds a photo by phase, of one batch."""
        self.ward.submit([photos[number % len(photos)] for number in range(BATCH)])
        meter = Meter(self.decoder.process_ids)
        with meter.phase("claim"):
            runs = self.ward.claims.take()
        assert len(runs) == BATCH, f"{len(runs)} runs are due, not {BATCH}"
        opened = [self._open(run, meter) for run in runs]
        with meter.phase("head, softmax, maps"):
            predictions = self.model.predict([photo.pixels.crop for photo in opened])
        outcomes = [self._conclude(*pair, meter) for pair in zip(opened, predictions, strict=True)]
        with meter.phase("commit, delete what was sent"):
            self._record(outcomes)
        return {name: 1000 * seconds / BATCH for name, seconds in meter.spent.items()}

    def _open(self, run: ClaimedRun, meter: Meter) -> Photo:
        """As `Photos.open` does, with the decoder measured apart."""
        decoder = _Metered(self.decoder, meter)
        with meter.phase("fetch, store clean photo"):
            photo = Photos(self.ward.store, cast("Any", decoder), self.shelf).open(run, self.model.framing)
            photo.settle()
        meter.spent["fetch, store clean photo"] -= decoder.own
        return photo

    def _conclude(self, photo: Photo, prediction: Prediction, meter: Meter) -> Outcome:
        """As the pipeline does, with each picture measured apart."""
        model, run = self.model, photo.run
        geometry = model.geometry(photo.pixels.placement)
        evidence = prediction.maps[model.label_index(prediction.classification.label)]
        words = artifacts.caption(model, prediction)
        steps: dict[str, tuple[ArtifactName, Callable[[], bytes]]] = {
            "map": (ArtifactName.MAP, partial(write_maps, prediction.maps)),
            "geometry": (ArtifactName.GEOMETRY, geometry.to_json),
            "layer": (ArtifactName.LAYER, partial(render_layer, evidence, geometry)),
            "overlay": (
                ArtifactName.OVERLAY,
                partial(render_overlay, photo.pixels.display, evidence, geometry, words),
            ),
        }
        contents = {}
        for name, (artifact, draw) in steps.items():
            with meter.phase(f"render: {name}"):
                contents[artifact] = draw()
        with meter.phase("store four artifacts"):
            rows = self.shelf.put(run, contents)
        with meter.phase("quality, answer"):
            quality = assess(photo.pixels.measures, model.manifest)
            answer = answers.result(run, model, prediction, quality, geometry, {"image_sha256": photo.image.sha256})
        return Answered(run, answer, photo.image, rows)

    def _record(self, outcomes: Sequence[Outcome]) -> None:
        Results(self.ward.database, self.ward.store, Event(), Watchdog(60), retry_delay_s=0).record(outcomes)


class _Metered:
    """A decoder that measures itself."""

    def __init__(self, decoder: Decoder, meter: Meter) -> None:
        self._decoder, self._meter, self.own = decoder, meter, 0.0

    def decode(self, *asked: Any) -> CleanImage:
        before = self._meter.spent["decode: this side of the pipe"]
        with self._meter.phase("decode: this side of the pipe", "decode: decoder process"):
            image = self._decoder.decode(*asked)
        self.own = self._meter.spent["decode: this side of the pipe"] - before
        return image


def table(measured: dict[str, dict[str, float]]) -> str:
    """A row a phase, and their sum."""
    heads = [f"| core-ms a photo | {' | '.join(measured)} |", "|---|" + "---|" * len(measured)]
    rows = {phase: [of_kind[phase] for of_kind in measured.values()] for phase in next(iter(measured.values()))}
    rows["sum"] = [sum(of_kind.values()) for of_kind in measured.values()]
    return "\n".join([*heads, *(f"| {name} | {' | '.join(f'{ms:.2f}' for ms in row)} |" for name, row in rows.items())])


def measure(bench: Bench, rounds: int) -> dict[str, dict[str, float]]:
    """Medians by kind and phase, of `rounds` after one to warm up."""
    photos = {kind: drawn_photos(size) for kind, size in KINDS.items()}
    taken: dict[str, list[dict[str, float]]] = {kind: [] for kind in KINDS}
    for number in range(rounds + 1):
        for kind in KINDS:
            spent = bench.batch(photos[kind])
            if number:
                taken[kind].append(spent)
    return {
        kind: {phase: statistics.median(of_round[phase] for of_round in of_kind) for phase in of_kind[0]}
        for kind, of_kind in taken.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.photo_cost", description=__doc__)
    parser.add_argument("rounds", type=int, nargs="?", default=9, help=f"batches of {BATCH} photos of each kind")
    parser.add_argument("--output", type=Path, default=ROOT / "bench" / "results" / "photo_cost.json")
    options = parser.parse_args()
    torch.set_num_threads(1)
    keep_freed_memory(KEPT_FOR_PICTURES)  # as the worker does
    with ExitStack() as stack:
        ward = stack.enter_context(open_ward(ROOT / "models" / "lesionlens-dermoscopy"))
        decoder = stack.enter_context(Decoder())
        model, shelf = ready_model(ROOT / "models" / "lesionlens-dermoscopy"), Shelf(ward.store)
        stack.callback(shelf.close)
        measured = measure(Bench(ward, model, decoder, shelf), options.rounds)
    print(table(measured))
    print(f"target: {TARGET_MS:.0f} for 341x256; beside it ran other work by a load of {os.getloadavg()[0]:.1f}")
    facts = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "cores": os.cpu_count(), "load": os.getloadavg()[0]}
    options.output.parent.mkdir(parents=True, exist_ok=True)
    content = {**facts, "rounds": options.rounds, "batch": BATCH, "target_ms": TARGET_MS, "core_ms": measured}
    options.output.write_text(json.dumps(content, indent=2) + "\n")


if __name__ == "__main__":
    main()
