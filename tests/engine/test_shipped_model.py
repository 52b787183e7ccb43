"""The model that the project ships, loaded as a worker loads it."""

import torch

from services.inference.model.engine import load_model
from services.inference.model.folder import ModelFolder


def test_the_shipped_model_answers(shipped: ModelFolder) -> None:
    model = load_model(shipped)
    size = model.framing.input_size
    skin = bytes((205, 150, 145)) * size * size
    [prediction] = model.predict([skin])
    assert (model.layer, prediction.maps[0].width, model.manifest.status) == ("layer4", 6, "research")
    assert torch.isfinite(torch.tensor(prediction.logits)).all()
