"""Photos with labels, from a HAM10000-style CSV or from one folder for each class."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from services.trainer.faults import BadData
from shared.contracts.enums import LesionClass

CLASSES = tuple(LesionClass)
COLUMNS = ("image_id", "dx")
LESION_COLUMNS = ("isic_lesion_id", "lesion_id")
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Photo:
    """One labelled photo. `lesion`: what must not lie on both sides of a split. `split`: the list's own, or empty."""

    path: Path
    label: LesionClass
    lesion: str
    split: str = ""

    @property
    def target(self) -> int:
        """The label's position in every logit and probability."""
        return CLASSES.index(self.label)


def read_photos(data: Path) -> list[Photo]:
    """Read `labels.csv` (or the CSV named) if there is one, else one subfolder for each class.

    A CSV's photos lie beside it, in `images/` or where a `file` column says. Raises BadData.
    """
    if data.is_file():
        return _from_csv(data)
    if (data / "labels.csv").is_file():
        return _from_csv(data / "labels.csv")
    if not data.is_dir():
        raise BadData(f"{data}: no such folder or file")
    return _from_folders(data)


def check_lesions(photos: Iterable[Photo]) -> None:
    """Raise BadData for a lesion with two labels: its photos would contradict each other."""
    labels: dict[str, Photo] = {}
    for photo in photos:
        first = labels.setdefault(photo.lesion, photo)
        if first.label != photo.label:
            raise BadData(
                f"lesion {photo.lesion}: {first.path.name} is {first.label}, {photo.path.name} is {photo.label}"
            )


def _from_csv(path: Path) -> list[Photo]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = csv.DictReader(file)
            _check_columns(path, rows.fieldnames or ())
            photos = [_row(path, number, row) for number, row in enumerate(rows, start=2)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadData(f"{path}: cannot be read as CSV: {error}") from error
    return _complete(path, photos)


def _check_columns(path: Path, columns: Sequence[str]) -> None:
    missing = [name for name in COLUMNS if name not in columns]
    if missing or not set(LESION_COLUMNS) & set(columns):
        wanted = missing or [" or ".join(LESION_COLUMNS)]
        raise BadData(f"{path}: no column {', '.join(wanted)}; there are: {', '.join(columns) or 'none'}")


def _row(path: Path, number: int, row: dict[str, str]) -> Photo:
    where = f"{path}, row {number}"
    identity = row["image_id"] or ""
    if not identity or Path(identity).name != identity:
        raise BadData(f"{where}: image_id {identity!r} is no plain name")
    label = _label(row["dx"], where)
    lesion = next((row[name] for name in LESION_COLUMNS if row.get(name)), "")
    if not lesion:
        raise BadData(f"{where}: no lesion id for {identity}")
    return Photo(_file(path, row.get("file") or identity), label, lesion, row.get("split") or "")


def _file(path: Path, name: str) -> Path:
    if Path(name).suffix.lower() in SUFFIXES:
        return path.parent / name
    for folder in (path.parent / "images", path.parent):
        for suffix in SUFFIXES:
            if (folder / f"{name}{suffix}").is_file():
                return folder / f"{name}{suffix}"
    return path.parent / "images" / f"{name}{SUFFIXES[0]}"


def _label(text: str, where: str) -> LesionClass:
    try:
        return LesionClass(text)
    except ValueError:
        raise BadData(f"{where}: class {text!r} is none of {', '.join(CLASSES)}") from None


def _from_folders(data: Path) -> list[Photo]:
    folders = sorted(folder for folder in data.iterdir() if folder.is_dir() and not folder.name.startswith("."))
    photos = []
    for folder in folders:
        label = _label(folder.name, f"{data}, folder {folder.name}")
        # A name such as LESION__2.jpg groups several photos of one lesion; any other photo is a lesion of its own.
        photos += [
            Photo(path, label, f"{label}/{path.stem.partition('__')[0]}")
            for path in sorted(folder.iterdir())
            if path.suffix.lower() in SUFFIXES
        ]
    return _complete(data, photos)


def _complete(source: Path, photos: list[Photo]) -> list[Photo]:
    if not photos:
        raise BadData(f"{source}: no photos; expected labels.csv or folders named {', '.join(CLASSES)}")
    absent = [photo.path.name for photo in photos if not photo.path.is_file()]
    if absent:
        raise BadData(f"{source}: {len(absent)} photos are not there: {', '.join(absent[:_SHOWN])} ...")
    seen: set[Path] = set()
    for photo in photos:
        if photo.path in seen:
            raise BadData(f"{source}: {photo.path.name} is listed twice")
        seen.add(photo.path)
    check_lesions(photos)
    return photos
