import pytest
import torch
from torch import Tensor

from services.inference.model.out_of_distribution import OOD_TENSORS, FeatureDistance, fit
from shared.errors import ModelInvalid

WIDTH, DIRECTIONS = 24, 3


@pytest.fixture(scope="module")
def pooled() -> Tensor:
    """Features that vary along three directions far more than beside them, around a mean that is not 0."""
    generator = torch.Generator().manual_seed(8)
    along = torch.randn(400, DIRECTIONS, generator=generator, dtype=torch.float64) * torch.tensor([9.0, 6.0, 4.0])
    spread = torch.linalg.qr(torch.randn(WIDTH, WIDTH, generator=generator, dtype=torch.float64)).Q[:, :DIRECTIONS]
    beside = torch.randn(400, WIDTH, generator=generator, dtype=torch.float64) * 0.5
    features: Tensor = along @ spread.T + beside + 20
    return features


@pytest.fixture
def tensors(pooled: Tensor) -> dict[str, Tensor]:
    return fit(pooled, DIRECTIONS)


def as_maps(pooled: Tensor) -> Tensor:
    """Feature maps [n, k, 3, 2] of which these are the means, without being flat."""
    ripple = torch.tensor([[1.0, -1.0], [2.0, -2.0], [0.5, -0.5]], dtype=torch.float64)
    return (pooled[:, :, None, None] + ripple).float()


def score(tensors: dict[str, Tensor], pooled: Tensor) -> Tensor:
    return FeatureDistance.from_tensors(tensors, features=WIDTH).score(as_maps(pooled))


def test_over_the_photos_of_the_fit_the_mean_square_is_one(tensors: dict[str, Tensor], pooled: Tensor) -> None:
    scores = score(tensors, pooled)
    assert scores.shape == (400,)
    assert float(scores.square().mean()) == pytest.approx(1, abs=1e-4)
    assert 0.3 < float(scores.min()) < float(scores.max()) < 2


def test_it_is_the_mahalanobis_distance_under_the_model(tensors: dict[str, Tensor], pooled: Tensor) -> None:
    """Tipping and Bishop's covariance W W' + s I, written out and inverted."""
    basis, deviation, residual = (tensors[f"ood.{name}"].double() for name in ("basis", "deviation", "residual"))
    rest = residual.square()
    covariance = basis @ torch.diag(deviation.square() - rest) @ basis.T + rest * torch.eye(WIDTH, dtype=torch.float64)
    away = pooled[:50] - tensors["ood.mean"].double()
    expected = (away @ torch.linalg.inv(covariance) * away).sum(dim=1).div(WIDTH).sqrt()
    torch.testing.assert_close(score(tensors, pooled[:50]), expected, rtol=1e-4, atol=1e-4)


def test_a_step_counts_by_how_unusual_its_direction_is(tensors: dict[str, Tensor]) -> None:
    mean, first = tensors["ood.mean"].double(), tensors["ood.basis"][:, 0].double()
    others = torch.linalg.qr(torch.cat([tensors["ood.basis"].double(), torch.eye(WIDTH, dtype=torch.float64)], dim=1))
    beside = others.Q[:, DIRECTIONS]
    usual, unusual, far = score(tensors, torch.stack([mean + 5 * first, mean + 5 * beside, mean + 500 * beside]))
    assert float(usual) == pytest.approx(5 / float(tensors["ood.deviation"][0]) / WIDTH**0.5, rel=1e-3)
    assert float(unusual) == pytest.approx(5 / float(tensors["ood.residual"]) / WIDTH**0.5, rel=1e-3)
    assert float(far) == pytest.approx(100 * float(unusual), rel=1e-3)
    assert float(score(tensors, mean[None])) == pytest.approx(0, abs=1e-3)


def test_the_tensors_are_what_a_weights_file_holds(tensors: dict[str, Tensor]) -> None:
    assert tensors.keys() == OOD_TENSORS
    assert all(values.dtype == torch.float32 and values.is_contiguous() for values in tensors.values())
    assert [list(tensors[f"ood.{name}"].shape) for name in ("mean", "basis", "deviation", "residual")] == [
        [WIDTH],
        [WIDTH, DIRECTIONS],
        [DIRECTIONS],
        [1],
    ]
    deviation = tensors["ood.deviation"].tolist()
    assert deviation == sorted(deviation, reverse=True)
    assert float(tensors["ood.residual"]) == pytest.approx(0.5, rel=0.05)
    assert FeatureDistance.from_tensors(tensors, features=WIDTH).components == DIRECTIONS


@pytest.mark.parametrize(
    ("name", "values", "told"),
    [
        ("ood.mean", None, r"ood.mean is not \[24\]"),
        ("ood.mean", torch.ones(23), r"ood.mean is not \[24\]"),
        ("ood.basis", None, r"ood.basis is not \[24, m\]"),
        ("ood.basis", torch.ones(24), r"ood.basis is not \[24, m\]"),
        ("ood.basis", torch.eye(24), r"ood.basis is not \[24, m\]"),
        ("ood.basis", torch.ones(24, 0), r"ood.basis is not \[24, m\]"),
        ("ood.basis", torch.ones(24, 3), "ood.basis is not orthonormal"),
        ("ood.basis", torch.eye(24)[:, :2], r"ood.deviation is not \[2\]"),
        ("ood.deviation", torch.tensor([1.0, 0.0, 1.0]), "ood.deviation is not positive"),
        ("ood.residual", torch.tensor(1.0), r"ood.residual is not \[1\]"),
        ("ood.residual", torch.tensor([-1.0]), "ood.residual is not positive"),
    ],
)
def test_statistics_that_cannot_be_right_are_refused(
    tensors: dict[str, Tensor], name: str, values: Tensor | None, told: str
) -> None:
    del tensors[name]
    if values is not None:
        tensors[name] = values
    with pytest.raises(ModelInvalid, match=told):
        FeatureDistance.from_tensors(tensors, features=WIDTH)


@pytest.mark.parametrize("components", [0, -1, WIDTH])
def test_directions_there_cannot_be(pooled: Tensor, components: int) -> None:
    with pytest.raises(ValueError, match="components"):
        fit(pooled, components)


@pytest.mark.parametrize("photos", [1, DIRECTIONS + 1])
def test_too_few_photos_vary_in_no_further_direction(pooled: Tensor, photos: int) -> None:
    with pytest.raises(ValueError, match="do not vary"):
        fit(pooled[:photos], DIRECTIONS)
    assert fit(pooled[: DIRECTIONS + 2], DIRECTIONS).keys() == OOD_TENSORS
