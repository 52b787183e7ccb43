"""Whether a backup is whole: every byte of it is read and held against what was written down when it was made."""

from pathlib import Path

from services.backup import object_list
from services.backup.folder import Folder
from services.backup.manifest import Manifest
from services.backup.object_copies import side_by_side
from services.backup.object_list import Stored
from services.backup.pool import sha256_of
from services.backup.progress import counted
from services.backup.refusal import Refused

_SHOWN = 5


def checked(folder: Folder, backup: Path, erased: set[str]) -> Manifest:
    """Return the manifest of a whole backup; objects of `erased` cases may be gone. Raises Refused, which says why."""
    manifest = Manifest.of(backup)
    for name, file in manifest.files.items():
        path = backup / name
        if not path.is_file():
            raise Refused(f"the backup is damaged: {name} is missing")
        if path.stat().st_size != file.bytes or sha256_of(path) != file.sha256:
            raise Refused(f"the backup is damaged: {name} is not what was written")
    wanted = (each for each in object_list.read(backup) if each.case_id not in erased)

    def judged(stored: Stored) -> str | None:
        return None if folder.pool.is_whole(stored.sha256) else stored.key

    seen = counted(wanted, "checked", manifest.objects, "objects")
    damaged = [key for key in side_by_side(judged, seen) if key is not None]
    if damaged:
        shown = ", ".join(sorted(damaged)[:_SHOWN])
        raise Refused(f"the backup is damaged: {len(damaged)} objects are missing or are not what was written: {shown}")
    return manifest
