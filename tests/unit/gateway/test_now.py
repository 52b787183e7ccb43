"""What the console's first page makes of the figures."""

import pytest

from services.gateway.console.now import Book, distance_of
from services.gateway.figures.repository import Figure


def answers(many: int) -> list[Figure]:
    return [Figure("results_last_day", {"model": "m1", "label": "nv", "decision": "refer"}, many - 50)] + [
        Figure("results_last_day", {"model": model, "label": "mel", "decision": "refer"}, 50) for model in ("m1", "m2")
    ]


@pytest.mark.parametrize(("many", "told"), [(199, None), (200, 0.25)])
def test_the_distance_is_told_of_enough_answers_of_the_same_model(many: int, told: float | None) -> None:
    assert distance_of(Book([*answers(many), Figure("label_mix_distance", {"model": "m1"}, 0.25)])) == told


def test_without_a_reference_there_is_no_distance() -> None:
    assert distance_of(Book(answers(500))) is None
