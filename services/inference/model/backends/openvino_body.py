"""The body run by OpenVINO on a CPU, in float32 or bfloat16.

One photo gives the same bits alone and in a batch of any size, at any number of streams: its kernels go through a batch
photo by photo (tested). What was compiled is kept on disk, so that a worker's next start does without compiling.
"""

from queue import Empty, SimpleQueue
from typing import Any, Literal

import torch
from torch import Tensor, nn

from services.inference.model.backends.compiled_cache import CompiledCache
from services.inference.model.backends.openvino_graph import graph_of
from services.inference.model.backends.openvino_import import openvino
from shared.contracts.manifest import Preprocessing

Precision = Literal["fp32", "bf16"]
_HINTS: dict[Precision, str] = {"fp32": "f32", "bf16": "bf16"}
_DEVICE = "CPU"


class OpenVinoBody:
    """See `Backend`."""

    def __init__(
        self, body: nn.Module, preprocessing: Preprocessing, precision: Precision, cache: CompiledCache | None = None
    ) -> None:
        self.name = f"openvino-cpu-{precision}"
        properties = {
            "INFERENCE_PRECISION_HINT": _HINTS[precision],
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_NUM_THREADS": torch.get_num_threads(),
            # Decoders and renderers want the same cores: threads that cannot move would wait for them.
            "ENABLE_CPU_PINNING": False,
        }
        self._compiled = _compiled(body, preprocessing, properties, cache)
        self._idle: SimpleQueue[Any] = SimpleQueue()

    def features(self, pixels: Tensor) -> Tensor:
        """See `Backend`. The result is on the CPU."""
        request = self._request()
        # The answer's memory belongs to the request, which the next caller will use.
        (answer,) = request.infer({0: pixels.numpy()}, share_inputs=True, share_outputs=False).values()
        self._idle.put(request)
        return torch.from_numpy(answer)

    def _request(self) -> Any:
        """A request serves one caller at a time; as many are made as there ever are callers at once."""
        try:
            return self._idle.get_nowait()
        except Empty:
            return self._compiled.create_infer_request()


def computes_bf16() -> bool:
    """Whether this CPU multiplies bfloat16 in hardware (AVX512_BF16 or AMX), by OpenVINO's own account."""
    return "BF16" in openvino().Core().get_property(_DEVICE, "OPTIMIZATION_CAPABILITIES")


def _compiled(
    body: nn.Module, preprocessing: Preprocessing, properties: dict[str, Any], cache: CompiledCache | None
) -> Any:
    library = openvino()
    core = library.Core()
    # Compiled code fits one kind of CPU, one version of the library and one set of properties.
    about = (library.get_version(), core.get_property(_DEVICE, "FULL_DEVICE_NAME"), str(sorted(properties.items())))
    kept = cache.get(about) if cache else None
    if kept is not None:
        return core.import_model(kept, _DEVICE, properties)
    compiled = core.compile_model(graph_of(body, preprocessing), _DEVICE, properties)
    if cache:
        cache.put(about, compiled.export_model().getvalue())
    return compiled
