"""All that is stored of one subject, as one archive. A case at a time is in memory, its photo not even whole.

What was erased meanwhile is left out, and named. Where the store or the database fails, the archive breaks off.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from pydantic import BaseModel

from services.gateway.artifacts.repository import StoredObject
from services.gateway.cases.service import tell as tell_case
from services.gateway.clinics.tenant import Tenant
from services.gateway.consents import repository as consents
from services.gateway.consents.service import tell as tell_consent
from services.gateway.devices import repository as devices
from services.gateway.devices.service import tell as tell_device
from services.gateway.events.service import tell as tell_event
from services.gateway.parts import Parts
from services.gateway.runs.service import tell as tell_run
from services.gateway.subjects import repository
from services.gateway.subjects.archive import Archive
from services.gateway.subjects.repository import StoredCase
from shared.contracts.access import AccessAction
from shared.contracts.enums import ArtifactName
from shared.db.access_log import Access
from shared.errors import ObjectMissing, StoreUnavailable
from shared.observability.logging import get_logger

_log = get_logger(__name__)
_PAGE: Final = 100
_MOST_CONSENTS: Final = 10_000
_MOST_DEVICES: Final = 10_000
_EXTENSIONS: Final = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/heic": "heic"}
_PICTURES: Final = {
    ArtifactName.OVERLAY: "overlay.jpg",
    ArtifactName.LAYER: "layer.png",
    ArtifactName.MAP: "heatmap.npy",
    ArtifactName.GEOMETRY: "geometry.json",
}
# By its legend, and by what can be reckoned from the maps: not for a device where the numbers mean nothing.
_TELL_PROBABILITIES: Final = {ArtifactName.OVERLAY, ArtifactName.MAP}
_README: Final = """\
What is stored of one person in this clinic's part of Lesionlens.

This is a screening aid, not a diagnosis. Every result in here is preliminary and has to be reviewed by a clinician;
the words that belong to a result stand beside it, as `notice`, with the name and version of the model that gave it.

subject.json      which cases there are and which files of each; what was erased while this was made is under `left_out`
consents.json     to which texts the person agreed, when, and when that was withdrawn
devices.json      which phones and browsers were signed in for the person; what a phone asks for names itself alone
cases/<id>/       one folder for each photo:
  image.jpg|png     the photo as it is kept: upright, without what the camera wrote beside it
  photo-as-sent.*   instead of it, the photo as it came, where none has been made of it (yet)
  case.json         what was said about it, its state, and the published result
  runs.json         every run of a model over it, with its result
  events.json       what happened to it, oldest first
  consents.json     consents that were given for this photo alone
  overlay.jpg       photo and map of the published result, with a legend
  layer.png         that map alone
  heatmap.npy       the signed maps of all seven classes: numpy, float16, [7, height, width], in logits
  geometry.json     where on the photo the maps lie

A file that `subject.json` names under `missing` was no longer in the store. Photos that could not be read are kept
apart for some days and are not in here. What a phone asks for has no probabilities of photos outside what the model was
validated for, and of these no overlay.jpg and heatmap.npy; the clinic can hand them out.
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file of a case that lies in the store, and the sha256 on record."""

    name: str
    key: str
    sha256: str
    large: bool = False


@dataclass(slots=True)
class Told:
    """What the table of contents will say."""

    cases: list[dict[str, Any]] = field(default_factory=list)
    left_out: list[dict[str, str]] = field(default_factory=list)


class SubjectExport:
    """One archive. `started_at`: what is accepted later is not in it."""

    def __init__(self, parts: Parts, tenant: Tenant, subject_ref: str, started_at: datetime) -> None:
        self._parts = parts
        self._tenant = tenant
        self._subject_ref = subject_ref
        self._started_at = started_at
        self._archive = Archive(started_at)
        self._told = Told()

    def pieces(self) -> Iterator[bytes]:
        """Yield the archive. Raises StoreUnavailable, DatabaseUnavailable in the middle of it."""
        yield from self._archive.add("README.txt", [_README.encode()])
        for case_id in self._case_ids():
            yield from self._case(case_id)
        yield from self._add("consents.json", self._consents())
        yield from self._add("devices.json", self._devices())
        told = {
            "subject_ref": self._subject_ref,
            "clinic_id": self._tenant.clinic_id,
            "exported_at": self._started_at.isoformat(),
            "about": "A screening aid, not a diagnosis: preliminary, to be reviewed by a clinician.",
            "cases": self._told.cases,
            "left_out": self._told.left_out,
        }
        yield from self._add("subject.json", told)
        yield self._archive.end()
        _log.info("subject_exported", cases=len(self._told.cases), left_out=len(self._told.left_out))

    def _case_ids(self) -> Iterator[str]:
        after = ""
        while True:
            with self._tenant.transaction() as session:
                page = repository.case_ids(
                    session,
                    self._tenant.clinic_id,
                    self._subject_ref,
                    until=self._started_at,
                    after=after,
                    limit=_PAGE,
                )
            yield from page
            if len(page) < _PAGE:
                return
            after = page[-1]

    def _consents(self) -> list[dict[str, Any]]:
        with self._tenant.transaction() as session:
            rows = consents.of_subject(session, self._tenant.clinic_id, self._subject_ref, _MOST_CONSENTS)
        return [tell_consent(row).model_dump(mode="json") for row in rows]

    def _devices(self) -> list[dict[str, Any]]:
        with self._tenant.transaction() as session:
            rows = devices.page(
                session, self._tenant.clinic_id, subject_ref=self._subject_ref, limit=_MOST_DEVICES, behind=None
            )
        return [tell_device(row).model_dump(mode="json") for row in rows]

    def _case(self, case_id: str) -> Iterator[bytes]:
        """Look at everything before the first byte of the case is sent: what is found then can be sent whole."""
        case = self._read(case_id)
        files, missing = self._open(case)
        if missing:
            # A worker may just have put the kept photo in the place of the sent one, or the case was erased.
            case = self._read(case_id)
            files, missing = self._open(case)
        if case is None:
            self._told.left_out.append({"case_id": case_id, "reason": "erased"})
            return
        self._tell_log(case)
        folder = f"cases/{case_id}"
        documents = self._documents(case)
        for name, document in documents.items():
            yield from self._add(f"{folder}/{name}", document)
        for name, content in files:
            yield from self._archive.add(f"{folder}/{name}", content)
        names = [*documents, *(name for name, _ in files)]
        self._told.cases.append({"case_id": case_id, "state": case.row.case.state, "files": names, "missing": missing})

    def _tell_log(self, case: StoredCase) -> None:
        """Tell the access log whose photo goes out, before its first byte does."""
        row = case.row.case
        with self._tenant.transaction() as session:
            self._tenant.record(session, Access(AccessAction.SUBJECT_EXPORTED, case_id=row.id, version=row.version))

    def _read(self, case_id: str) -> StoredCase | None:
        with self._tenant.transaction() as session:
            return repository.stored_case(session, self._tenant, self._subject_ref, case_id)

    def _documents(self, case: StoredCase) -> dict[str, Any]:
        def plain(bodies: Iterable[BaseModel]) -> list[dict[str, Any]]:
            return [body.model_dump(mode="json") for body in bodies]

        case_id = case.row.case.id
        documents: dict[str, Any] = {
            "case.json": tell_case(case.row, self._parts.backlog.snapshot(), self._tenant).model_dump(mode="json"),
            "runs.json": plain(tell_run(row, self._tenant) for row in case.runs),
            "events.json": plain(tell_event(case_id, row) for row in case.events),
        }
        if case.consents:
            documents["consents.json"] = plain(tell_consent(row) for row in case.consents)
        return documents

    def _open(self, case: StoredCase | None) -> tuple[list[tuple[str, Iterable[bytes]]], list[str]]:
        files: list[tuple[str, Iterable[bytes]]] = []
        missing: list[str] = []
        for each in _wanted(case) if case is not None else []:
            store = self._parts.store
            try:
                content = store.stream(each.key) if each.large else [store.get(each.key)]
            except ObjectMissing:
                missing.append(each.name)
            else:
                files.append((each.name, _checked(content, each.sha256)))
        return files, missing

    def _add(self, name: str, document: Any) -> Iterator[bytes]:
        return self._archive.add(name, [json.dumps(document, indent=2, ensure_ascii=False).encode()])


def _wanted(case: StoredCase) -> list[Wanted]:
    """The photo comes last: all that is small is there by then."""
    found: list[tuple[str, StoredObject]] = [
        (name, case.pictures.objects[kind])
        for kind, name in _PICTURES.items()
        if kind in case.pictures.objects and not (case.pictures.veiled and kind in _TELL_PROBABILITIES)
    ]
    wanted = [Wanted(name, each.key, each.sha256) for name, each in found]
    image, row = case.pictures.image, case.row.case
    if image is not None:
        wanted.append(Wanted(f"image.{_EXTENSIONS.get(image.media_type, 'bin')}", image.key, image.sha256, large=True))
    elif row.incoming_key is not None:
        name = f"photo-as-sent.{_EXTENSIONS.get(row.source_media_type, 'bin')}"
        wanted.append(Wanted(name, row.incoming_key, row.source_sha256, large=True))
    return wanted


def _checked(content: Iterable[bytes], sha256: str) -> Iterator[bytes]:
    digest = hashlib.sha256()
    for piece in content:
        digest.update(piece)
        yield piece
    if digest.hexdigest() != sha256:
        raise StoreUnavailable("what the store sent is not what was stored")
