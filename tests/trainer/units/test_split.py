import random
from collections import Counter
from pathlib import Path

import pytest

from services.trainer.faults import BadData
from services.trainer.photos import Photo
from services.trainer.split import Split, split_by_lesion
from shared.contracts.enums import LesionClass


def photos(lesions: int = 10, *, split: str = "") -> list[Photo]:
    """`lesions` of each class; every third has three photos."""
    return [
        Photo(Path(f"{label}-{lesion}-{view}.jpg"), label, f"{label}-{lesion}", split)
        for label in LesionClass
        for lesion in range(lesions)
        for view in range(3 if lesion % 3 == 0 else 1)
    ]


def test_no_lesion_is_on_both_sides_of_any_fold() -> None:
    ours = photos()
    held: list[Photo] = []
    for fold in range(5):
        split = split_by_lesion(ours, seed=1, fold=fold, folds=5)
        assert not {photo.lesion for photo in split.training} & {photo.lesion for photo in split.hold_out}
        assert len(split.training) + len(split.hold_out) == len(ours)
        assert set(Counter(photo.label for photo in split.hold_out)) == set(LesionClass)
        held += split.hold_out
    assert sorted(photo.path for photo in held) == sorted(photo.path for photo in ours)


def test_the_order_of_the_list_does_not_matter() -> None:
    ours = photos()
    mixed = random.Random(3).sample(ours, len(ours))
    assert split_by_lesion(mixed, seed=1, folds=5) == split_by_lesion(ours, seed=1, folds=5)


def test_it_does_not_matter_either_where_folders_hold_equal_names() -> None:
    ours = [Photo(Path(label) / f"{n}.jpg", label, f"{label}/{n}") for label in LesionClass for n in range(10)]
    mixed = random.Random(3).sample(ours, len(ours))
    assert split_by_lesion(mixed, seed=1, folds=5) == split_by_lesion(ours, seed=1, folds=5)


def test_another_seed_is_another_split() -> None:
    one, other = (split_by_lesion(photos(), seed=seed, folds=5) for seed in (1, 2))
    assert one.hold_out != other.hold_out


def test_a_lists_own_validation_part_stays_apart() -> None:
    ours, kept = photos(), [Photo(Path("kept.jpg"), LesionClass.MEL, "kept", "val")]
    split = split_by_lesion([*ours, *kept], seed=1, folds=5)
    assert kept[0] not in (*split.training, *split.hold_out)
    with pytest.raises(BadData, match="every one is kept apart"):
        split_by_lesion(kept, seed=1)


def test_a_class_without_any_lesion_is_named() -> None:
    ours = [photo for photo in photos() if photo.label != LesionClass.DF]
    with pytest.raises(BadData, match=r"fewer than 5 lesions of df \(0\)"):
        split_by_lesion(ours, seed=0, folds=5)


def test_a_class_with_fewer_lesions_than_folds_is_named() -> None:
    ours = [photo for photo in photos() if photo.label != LesionClass.DF or photo.lesion in ("df-0", "df-1")]
    with pytest.raises(BadData, match=r"fewer than 5 lesions of df \(2\)"):
        split_by_lesion(ours, seed=1, folds=5)


def test_a_fold_that_does_not_exist_is_refused() -> None:
    with pytest.raises(BadData, match="fold 5 of 5: folds count from 0"):
        split_by_lesion(photos(), seed=1, fold=5, folds=5)


def test_a_split_through_a_lesion_cannot_be_made() -> None:
    one, other = Photo(Path("a.jpg"), LesionClass.NV, "L1"), Photo(Path("b.jpg"), LesionClass.NV, "L1")
    with pytest.raises(BadData, match="lesion L1 is in training and in the hold-out"):
        Split((one,), (other,))
