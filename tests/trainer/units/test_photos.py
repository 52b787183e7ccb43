from pathlib import Path

import pytest
from PIL import Image

from services.trainer.faults import BadData
from services.trainer.photos import read_photos
from shared.contracts.enums import LesionClass

HEADER = "image_id,dx,lesion_id"


def listed(folder: Path, *rows: str, header: str = HEADER, files: tuple[str, ...] = ("a", "b", "c")) -> Path:
    (folder / "images").mkdir(exist_ok=True)
    for name in files:
        Image.new("RGB", (20, 20)).save(folder / "images" / f"{name}.jpg")
    path = folder / "labels.csv"
    path.write_text("\n".join((header, *rows)) + "\n", encoding="utf-8")
    return path


def test_a_list_as_of_ham10000_is_read(tmp_path: Path) -> None:
    listed(tmp_path, "a,mel,L1", "b,mel,L1", "c,nv,L2")
    photos = read_photos(tmp_path)
    assert [(photo.path.name, photo.label, photo.lesion) for photo in photos] == [
        ("a.jpg", LesionClass.MEL, "L1"),
        ("b.jpg", LesionClass.MEL, "L1"),
        ("c.jpg", LesionClass.NV, "L2"),
    ]
    assert [photo.target for photo in photos] == [list(LesionClass).index(photo.label) for photo in photos]
    assert read_photos(tmp_path / "labels.csv") == photos


def test_a_byte_order_mark_and_other_columns_do_no_harm(tmp_path: Path) -> None:
    listed(tmp_path, "a,61,mel,L1,val", header="\ufeffimage_id,age,dx,isic_lesion_id,split")
    [photo] = read_photos(tmp_path)
    assert (photo.lesion, photo.split) == ("L1", "val")


def test_a_file_column_says_where_the_photo_lies(tmp_path: Path) -> None:
    listed(tmp_path, "ISIC_1,mel,L1,images/b.jpg", header=f"{HEADER},file")
    [photo] = read_photos(tmp_path)
    assert photo.path == tmp_path / "images" / "b.jpg"


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("image_id,lesion_id", "no column dx; there are: image_id, lesion_id"),
        ("name,class", "no column image_id, dx"),
        ("image_id,dx", "no column isic_lesion_id or lesion_id"),
    ],
)
def test_a_missing_column_is_named(tmp_path: Path, header: str, told: str) -> None:
    listed(tmp_path, "a,mel,L1", header=header)
    with pytest.raises(BadData, match=told):
        read_photos(tmp_path)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("b,melanoma,L2", r"row 3: class 'melanoma' is none of akiec, .*vasc"),
        ("b,MEL,L2", "row 3: class 'MEL'"),
        ("b", "row 3: class None"),
        ("b,mel,", "row 3: no lesion id for b"),
        (",mel,L2", "row 3: image_id '' is no plain name"),
        ("../b,mel,L2", r"row 3: image_id '../b' is no plain name"),
        ("d,mel,L2", r"1 photos are not there: d\.jpg"),
        ("a,mel,L1", r"a\.jpg is listed twice"),
        ("b,nv,L1", r"lesion L1: a\.jpg is mel, b\.jpg is nv"),
    ],
)
def test_a_wrong_row_is_named(tmp_path: Path, row: str, told: str) -> None:
    listed(tmp_path, "a,mel,L1", row)
    with pytest.raises(BadData, match=told):
        read_photos(tmp_path)


def test_a_list_without_rows_says_what_is_expected(tmp_path: Path) -> None:
    listed(tmp_path)
    with pytest.raises(BadData, match=r"no photos; expected labels\.csv or folders named akiec"):
        read_photos(tmp_path)


def test_what_is_no_csv_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_bytes(b"\xff\xd8\xff\xe0")
    with pytest.raises(BadData, match=r"labels\.csv: cannot be read as CSV"):
        read_photos(path)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadData, match="nowhere: no such folder or file"):
        read_photos(tmp_path / "nowhere")


def test_folders_are_classes_and_names_may_group_a_lesion(tmp_path: Path) -> None:
    for name in ("mel/one__1.png", "mel/one__2.png", "mel/two.png", "nv/one__1.png", ".cache/x.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.new("RGB", (20, 20)).save(tmp_path / name)
    (tmp_path / "mel" / "notes.txt").write_text("no photo")
    assert [(photo.label, photo.lesion) for photo in read_photos(tmp_path)] == [
        (LesionClass.MEL, "mel/one"),
        (LesionClass.MEL, "mel/one"),
        (LesionClass.MEL, "mel/two"),
        (LesionClass.NV, "nv/one"),
    ]


def test_a_folder_of_no_class_is_named(tmp_path: Path) -> None:
    (tmp_path / "warts").mkdir()
    with pytest.raises(BadData, match="folder warts: class 'warts' is none of"):
        read_photos(tmp_path)
