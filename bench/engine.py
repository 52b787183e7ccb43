"""What an explained photo costs, by backend and batch, beside the same backend's forward pass and others' Grad-CAM.

`python -m bench.engine [--quick | --full] [--device cuda]`. Ours is what the worker calls: from the bytes of the crops
to logits and the maps of all classes, as they are stored. A forward pass alone begins with pixels that lie ready and
ends with logits. The others begin with floating-point images that lie ready, on a GPU if that is where they run, and
make the map of one class, the likeliest. All answers end in the machine's own memory, and all run on the weights of the
model that the project ships. On a busy machine set OMP_NUM_THREADS=1: threads that wait for each other lose far more
time than their share.
"""

import argparse
from collections.abc import Callable, Collection
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor

from bench import engine_tables, machine, record
from bench.paired import Spread, Times, interleave, ratio
from bench.peers import HEAD, PEERS, Explain, network_of
from samples.lesion_photo import draw_lesion
from services.inference.model.backends.backend import Normalisation
from services.inference.model.backends.choice import available
from services.inference.model.engine import LoadedModel, load_model
from services.inference.model.folder import ModelFolder, read_folder
from services.inference.model.preprocess import CHANNELS, cut, place
from services.standalone.stack import shipped_model
from shared.contracts.enums import BackendName
from shared.imaging.geometry import Size

USUAL_SIZE: Final = 224
PHOTO: Final = (341, 256)
Contestants = dict[str, Callable[[], object]]


class Subject:
    """The shipped model at one input size: on backends of one device, and there as a plain network for the others."""

    def __init__(self, folder: ModelFolder, backends: tuple[BackendName, ...]) -> None:
        self._device = torch.device(backends[0].device)
        plain, layer = network_of(folder)
        plain = plain.to(self._device)
        self.classifier = plain.get_submodule(HEAD)
        self.peers = {name: make(plain, layer) for name, make in PEERS.items()}
        self.models = {name: load_model(folder, backend=name) for name in backends}
        self.normalise = Normalisation(folder.manifest.preprocessing)
        self.framing = self.models[backends[0]].framing

    def contestants(self, batch: int) -> Contestants:
        placement = place(Size(*PHOTO), self.framing)
        crops = [cut(draw_lesion(seed, PHOTO), placement) for seed in range(batch)]
        size = self.framing.input_size
        pixels = torch.frombuffer(bytearray(b"".join(crops)), dtype=torch.uint8).reshape(-1, size, size, CHANNELS)
        images = self.normalise(pixels).contiguous().to(self._device)
        found: Contestants = {}
        for backend, model in self.models.items():
            found[f"plain {backend}"] = self._plain(model, pixels)
            found[f"ours {backend}"] = partial(model.predict, crops)
        for name, explain in self.peers.items():
            found[name] = partial(_in_hand, explain, images)
        return found

    def _plain(self, model: LoadedModel, pixels: Tensor) -> Callable[[], object]:
        """The body and its pooled logits, without explanation and without anything that a result holds besides."""
        body = model._backend  # noqa: SLF001 - no caller of the product has a use for the body alone

        def forward() -> Tensor:
            with torch.inference_mode():
                logits: Tensor = self.classifier(body.features(pixels).mean(dim=(2, 3)))
                return logits.cpu()

        return forward


def _in_hand(explain: Explain, images: Tensor) -> Tensor:
    """The maps in the machine's own memory: until then a GPU may still be at work."""
    return explain(images, None).cpu()


def at_size(folder: ModelFolder, size: int) -> ModelFolder:
    """The same weights fed with larger or smaller crops."""
    given = folder.manifest.preprocessing
    short = round(given.resize_short_side * size / given.input_size)
    changed = given.model_copy(update={"input_size": size, "resize_short_side": short})
    return ModelFolder(folder.manifest.model_copy(update={"preprocessing": changed}), folder.weights)


def compare(times: dict[str, Times], batch: int, rule: BackendName, reference: BackendName) -> dict[str, Any]:
    """Milliseconds a photo of each, and ratios round by round."""
    backends = [name.removeprefix("ours ") for name in times if name.startswith("ours ")]

    def over(name: str, other: str) -> dict[str, float]:
        return asdict(ratio(times[name].clock, times[other].clock))

    return {
        "ms_per_photo": {name: asdict(_per_photo(each.clock, batch)) for name, each in times.items()},
        "core_ms_per_photo": {name: asdict(_per_photo(each.processor, batch)) for name, each in times.items()},
        "ours_over_plain": {name: over(f"ours {name}", f"plain {name}") for name in backends},
        "over_ours": {name: over(name, f"ours {rule}") for name in PEERS},
        "over_ours_in_torch": {name: over(name, f"ours {reference}") for name in PEERS},
    }


def _per_photo(seconds: list[float], batch: int) -> Spread:
    return Spread.of([1000 * each / batch for each in seconds])


def on(device: str, possible: Collection[BackendName]) -> tuple[BackendName, ...]:
    """Those of a device. Ends the program if there are none."""
    backends = tuple(name for name in possible if name.device == device)
    if not backends:
        raise SystemExit(f"nothing on this machine runs a network on {device}")
    return backends


def measure(folder: ModelFolder, device: str, sizes: list[int], batches: list[int], rounds: int) -> dict[str, Any]:
    backends = on(device, available())
    rule, reference = backends[0], BackendName(f"torch-{device}-fp32")
    groups = []
    for size in sizes:
        subject = Subject(at_size(folder, size), backends)
        for batch in batches:
            times = interleave(subject.contestants(batch), rounds)
            groups.append({"input_size": size, "batch": batch, **compare(times, batch, rule, reference)})
            print(f"{size} x {size}, batch {batch}: {rounds} rounds done", flush=True)
    gpu = torch.cuda.get_device_name() if device == "cuda" else None
    about = {"model": folder.manifest.name, "rule": rule, "reference": reference, "gpu": gpu}
    return about | {"threads": torch.get_num_threads(), "groups": groups}


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, help="model folder; by default the one that is shipped")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--rounds", type=int, default=15)
    extent = parser.add_mutually_exclusive_group()
    extent.add_argument("--quick", action="store_true", help="3 rounds of batch 1 at the model's own size")
    extent.add_argument("--full", action="store_true", help="batches of 32 too")
    return parser


def main() -> None:
    options = arguments().parse_args()
    folder = read_folder(options.model or shipped_model())
    own = folder.manifest.preprocessing.input_size
    sizes = [own] if options.quick else sorted({own, USUAL_SIZE})
    batches = [1] if options.quick else [1, 8, 32] if options.full else [1, 8]
    rounds = 3 if options.quick else options.rounds
    figures = record.begin(quick=options.quick) | {"rounds": rounds}
    figures |= measure(folder, options.device, sizes, batches, rounds)
    figures["load_at_end"] = machine.load()
    for table in engine_tables.tables(figures):
        table.show()
    print(f"written to {record.save('engine' if options.device == 'cpu' else 'engine_gpu', figures)}")


if __name__ == "__main__":
    main()
