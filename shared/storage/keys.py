"""Where things lie in the bucket. Keys hold random ids only, never a name, a reference or a date."""

from shared.contracts.enums import ArtifactName

_SUFFIX = {
    ArtifactName.MAP: "map.npy",
    ArtifactName.GEOMETRY: "geometry.json",
    ArtifactName.LAYER: "layer.png",
    ArtifactName.OVERLAY: "overlay.jpg",
}

# The erasure ledger: no sweep looks there, and nothing of it is ever deleted by us.
LEDGER = "ledger/"
LEDGER_ENTRIES = "ledger/erasures/"
LEDGER_STAMP = "ledger/complete-to"

ARTIFACT_MEDIA_TYPES = {
    ArtifactName.MAP: "application/x-npy",
    ArtifactName.GEOMETRY: "application/json",
    ArtifactName.LAYER: "image/png",
    ArtifactName.OVERLAY: "image/jpeg",
}


def incoming(case_id: str) -> str:
    """Key of the accepted photo as it was sent; deleted once the cleaned image is on record."""
    return f"incoming/{case_id}"


def upload(token: str) -> str:
    """Key of what a signed form may write: named by no row's id, and gone after a day."""
    return f"uploads/{token}"


def quarantine(case_id: str) -> str:
    """Key of a photo whose case failed; never served over HTTP."""
    return f"quarantine/{case_id}"


def all_of(case_id: str) -> tuple[str, ...]:
    """Prefixes of all that was ever stored for a case, but for what was uploaded before there was one."""
    return incoming(case_id), quarantine(case_id), f"cases/{case_id}/"


def of_attempt(case_id: str, run_id: str, fence: int) -> str:
    """Prefix of all that one attempt of a run writes; the fence keeps a stale worker off the winner's objects."""
    return f"cases/{case_id}/{run_id}/{fence}/"


def artifact(case_id: str, run_id: str, fence: int, name: ArtifactName) -> str:
    return of_attempt(case_id, run_id, fence) + _SUFFIX[name]


def clean_image(case_id: str, run_id: str, fence: int, media_type: str) -> str:
    extension = {"image/jpeg": "jpg", "image/png": "png"}[media_type]
    return of_attempt(case_id, run_id, fence) + f"image.{extension}"


def ledger_entry(case_id: str) -> str:
    """Key of the note that a case was erased; stays when everything else of it has gone."""
    return f"{LEDGER_ENTRIES}{case_id}.json"


def card(version: str) -> str:
    """Key of a model's card, for people."""
    return f"models/{version}.md"


def weights(sha256: str) -> str:
    return f"models/{sha256}.safetensors"
