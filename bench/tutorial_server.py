"""A server as tutorials have it: the model in the process, Grad-CAM by hooks, the answer when all is done.

`python -m bench.tutorial_server PORT`. It stores nothing, asks nobody for a key, and does one photo at a time.
"""

import argparse
import base64
import io
from pathlib import Path
from typing import Annotated, Any

import torch
import uvicorn
from fastapi import FastAPI, File
from PIL import Image

from bench.peers import network_of
from bench.tutorial import TutorialGradCam, overlay
from services.inference.model.folder import ModelFolder, read_folder
from services.inference.model.preprocess import CHANNELS
from services.standalone.stack import shipped_model


class Tutorial:
    """Photo in, label, probabilities and overlay out; the same preprocessing as the product's."""

    def __init__(self, folder: ModelFolder) -> None:
        self._manifest = folder.manifest
        network, layer = network_of(folder)
        self._cam = TutorialGradCam(network, network.get_submodule(layer))

    def predict(self, content: bytes) -> dict[str, Any]:
        photo = Image.open(io.BytesIO(content)).convert("RGB")
        crop = self._crop(photo)
        size = crop.width
        given = self._manifest.preprocessing
        pixels = torch.frombuffer(bytearray(crop.tobytes()), dtype=torch.uint8).reshape(1, size, size, CHANNELS)
        image = (pixels.permute(0, 3, 1, 2) / 255 - _channels(given.mean)) / _channels(given.std)
        logits, evidence = self._cam(image)
        probabilities = torch.softmax(logits, dim=0).tolist()
        return {
            "label": self._manifest.labels[int(logits.argmax())],
            "probabilities": dict(zip(self._manifest.labels, probabilities, strict=True)),
            "overlay": base64.b64encode(overlay(crop, evidence)).decode(),
        }

    def _crop(self, photo: Image.Image) -> Image.Image:
        given = self._manifest.preprocessing
        factor = given.resize_short_side / min(photo.size)
        photo = photo.resize((round(photo.width * factor), round(photo.height * factor)), Image.Resampling.BILINEAR)
        left, top = ((side - given.input_size) // 2 for side in photo.size)
        return photo.crop((left, top, left + given.input_size, top + given.input_size))


def _channels(values: tuple[float, ...]) -> torch.Tensor:
    return torch.tensor(values).reshape(1, 3, 1, 1)


def create_app(tutorial: Tutorial) -> FastAPI:
    app = FastAPI()

    # The object that holds the hooks serves one photo at a time, so the work is done in the event loop, as it often is.
    @app.post("/predict")
    async def predict(image: Annotated[bytes, File()]) -> dict[str, Any]:
        return tutorial.predict(image)

    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    return app


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("--model", type=Path)
    options = parser.parse_args()
    app = create_app(Tutorial(read_folder(options.model or shipped_model())))
    uvicorn.run(app, host="127.0.0.1", port=options.port, log_level="warning")


if __name__ == "__main__":
    main()
