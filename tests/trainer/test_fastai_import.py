"""Exported learners, ours and hostile ones, through the process that opens them."""

import json
import pickle
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - its customary name
from fastai.vision.all import (
    CategoryBlock,
    DataBlock,
    ImageBlock,
    Learner,
    Normalize,
    Resize,
    parent_label,
    resnet50,
    vision_learner,
)
from PIL import Image
from safetensors.torch import load_file
from torch import Tensor, nn

from services.inference.model.networks import build_body
from services.inference.model.weights import fill
from services.trainer.fastai_import import import_learner
from services.trainer.faults import BadModel, BadOption, TrainerFault
from services.trainer.network import build_network, shipped_tensors
from shared.contracts.enums import LesionClass

SHUFFLED: Final = ("nv", "MEL", "bcc", "akiec", "df", "bkl", "vasc")
OURS: Final = list(LesionClass)
MEAN, STD = (0.7, 0.5, 0.6), (0.1, 0.2, 0.3)

REPORTING: Final = """
import os, socket
done = []
print("printed by a pickle")
try:
    open({outside!r}, "w").write("x")
    done.append("wrote")
except OSError:
    pass
try:
    socket.create_connection(("127.0.0.1", {port}), 2)
    done.append("connected")
except OSError:
    pass
done += [name for name in os.environ if "SECRET" in name]
done.append("home " + os.path.basename(os.path.expanduser("~"))[:10])
raise RuntimeError("did: " + ", ".join(done))
"""

Export = Callable[..., Path]


class Running:
    """A pickle of this runs the code where it is loaded."""

    def __init__(self, code: str) -> None:
        self._code = code

    def __reduce__(self) -> tuple[Any, ...]:
        return exec, (self._code,)


@pytest.fixture(scope="session")
def export(tmp_path_factory: pytest.TempPathFactory) -> Export:
    """Export a learner of a network for classes in the order given, each with two grey pictures."""

    def make(network: Callable[[Any], Any], vocab: tuple[str, ...]) -> Path:
        folder = tmp_path_factory.mktemp("learner")
        for name in vocab:
            (folder / name).mkdir()
            for shade in (60, 180):
                Image.new("RGB", (50, 40), (shade, shade, shade)).save(folder / name / f"{shade}.png")
        block = DataBlock(
            blocks=(ImageBlock, CategoryBlock(vocab=list(vocab), sort=False)),
            get_items=lambda source: sorted(source.glob("*/*.png")),
            get_y=parent_label,
            item_tfms=Resize(48),
            batch_tfms=Normalize.from_stats(MEAN, STD, cuda=False),
        )
        learner = network(block.dataloaders(folder, bs=2, num_workers=0))
        learner.export(folder / "export.pkl")
        torch.save(learner.model.state_dict(), folder / "values.pt")
        return folder / "export.pkl"

    return make


def busy(model: nn.Module) -> nn.Module:
    """The model with statistics and biases that no fresh network has, in eval mode."""
    generator = torch.Generator().manual_seed(4)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d) and module.running_mean is not None:
            for values, low in ((module.running_mean, -0.3), (module.running_var, 0.7), (module.weight.data, 0.6)):
                assert values is not None
                values.copy_(torch.rand(values.shape, generator=generator) * 0.6 + low)
            module.bias.data.copy_(torch.rand(module.bias.shape, generator=generator) - 0.5)
    return model.eval()


def logits_of(tensors: dict[str, Tensor], architecture: str, images: Tensor) -> Tensor:
    """The engine's body, and the larger head written out."""
    body = fill(build_body(architecture).body, {n: t for n, t in tensors.items() if not n.startswith(("head.", "fc."))})
    features = body(images)
    if "fc.weight" in tensors:
        return F.linear(features.mean(dim=(2, 3)), tensors["fc.weight"], tensors["fc.bias"])
    pooled = torch.cat([features.amax(dim=(2, 3)), features.mean(dim=(2, 3))], dim=1)
    hidden = F.relu(F.linear(normalized(pooled, tensors, "head.bn1"), tensors["head.fc1.weight"]))
    return F.linear(normalized(hidden, tensors, "head.bn2"), tensors["head.fc2.weight"])


def normalized(values: Tensor, tensors: dict[str, Tensor], name: str) -> Tensor:
    mean, var, weight, bias = (tensors[f"{name}.{w}"] for w in ("running_mean", "running_var", "weight", "bias"))
    return (values - mean) / torch.sqrt(var + 1e-5) * weight + bias


def test_a_vision_learner_answers_as_it_did(export: Export, tmp_path: Path) -> None:
    kept: list[nn.Module] = []

    def network(dls: Any) -> Any:
        learner = vision_learner(dls, resnet50, pretrained=False)
        kept.append(busy(learner.model))
        return learner

    path = export(network, SHUFFLED)
    imported = import_learner(path, tmp_path / "out", trust=True)
    images = torch.randn((2, 3, 48, 48), generator=torch.Generator().manual_seed(1))
    tensors = load_file(tmp_path / "out" / "trained.safetensors")
    with torch.inference_mode():
        expected = kept[0].eval()(images)[:, [[name.lower() for name in SHUFFLED].index(each) for each in OURS]]
        got = logits_of(tensors, "resnet50", images)
    assert expected.std() > 0.01
    assert torch.allclose(got, expected, atol=1e-4)
    about = json.loads((tmp_path / "out" / "source.json").read_text())
    assert (about["architecture"], about["head"], about["vocab"]) == ("resnet50", "concat-pool-mlp", list(SHUFFLED))
    assert (about["input_size"], about["mean"], about["std"]) == (
        48,
        pytest.approx(MEAN, abs=1e-6),
        pytest.approx(STD, abs=1e-6),
    )
    assert imported.found.model_dump(mode="json").items() <= about.items()
    assert sorted(each.name for each in (tmp_path / "out").iterdir()) == ["source.json", "trained.safetensors"]


def test_a_network_of_our_own_keeps_its_values(export: Export, tmp_path: Path) -> None:
    network = build_network("tiny-conv", "pool-linear")
    path = export(lambda dls: Learner(dls, network, loss_func=nn.CrossEntropyLoss()), SHUFFLED)
    import_learner(path, tmp_path / "out", trust=True)
    tensors, shipped = load_file(tmp_path / "out" / "trained.safetensors"), shipped_tensors(network)
    assert tensors.keys() == shipped.keys()
    order = [[name.lower() for name in SHUFFLED].index(each) for each in OURS]
    for name, value in shipped.items():
        assert torch.equal(tensors[name], value[order] if name.startswith("fc.") else value), name
    with pytest.raises(BadOption, match=r"trained\.safetensors already"):
        import_learner(path, tmp_path / "out", trust=True)


def test_nothing_is_opened_without_trust(tmp_path: Path) -> None:
    path = tmp_path / "export.pkl"
    path.write_bytes(pickle.dumps(Running(f"open({str(tmp_path / 'run')!r}, 'w')")))
    with pytest.raises(BadModel, match=r"can run any code .*\([0-9a-f]{64}\).* --trust"):
        import_learner(path, tmp_path / "out", trust=False)
    assert [each.name for each in tmp_path.iterdir()] == ["export.pkl"]


def test_what_a_pickle_does_stays_in_its_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "open sesame")
    path, outside = tmp_path / "export.pkl", tmp_path / "outside"
    with socket.create_server(("127.0.0.1", 0)) as server:
        path.write_bytes(pickle.dumps(Running(REPORTING.format(outside=str(outside), port=server.getsockname()[1]))))
        with pytest.raises(BadModel, match="RuntimeError: did: ") as caught:
            import_learner(path, tmp_path / "out", trust=True)
    told = str(caught.value)
    assert "SECRET" not in told
    assert "home lesionlens" in told
    # Where the kernel offers no such fence, the message has to say so.
    assert ("wrote" in told) == outside.exists() == ("it could write outside its own folder" in told)
    assert ("connected" in told) == ("it could reach the network" in told)
    assert capfd.readouterr() == ("", "")
    assert not (tmp_path / "out").exists()


def test_a_pickle_that_does_not_end_is_stopped(tmp_path: Path) -> None:
    path = tmp_path / "export.pkl"
    path.write_bytes(pickle.dumps(Running("while True: pass")))
    begin = time.monotonic()
    with pytest.raises(BadModel, match="did not end within 2 s"):
        import_learner(path, tmp_path / "out", trust=True, limit_s=2)
    assert time.monotonic() - begin < 10


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\x89PNG no pickle", "UnpicklingError|EOFError|KeyError"),
        (pickle.dumps(Running("raise SystemExit(0)")), "left no result"),
        (pickle.dumps(Running("import os; os.abort()")), "ended by SIGABRT"),
    ],
    ids=["no pickle", "leaves", "crashes"],
)
def test_a_file_without_a_learner_is_refused(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "export.pkl"
    path.write_bytes(content)
    with pytest.raises(BadModel, match=told):
        import_learner(path, tmp_path / "out", trust=True)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(TrainerFault, match=r"export\.pkl: cannot be read: No such file"):
        import_learner(tmp_path / "export.pkl", tmp_path / "out", trust=True)
