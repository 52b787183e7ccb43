"""Cases brought to an end as the worker does it: claimed, objects stored, one guarded commit."""

import hashlib
import io
import math

from PIL import Image

from shared.contracts.enums import ArtifactName, LesionClass
from shared.db import lifecycle
from shared.db.models import Artifact
from shared.db.records import Answer, ClaimedRun, CleanImage
from shared.db.session import Database
from shared.imaging.geometry import Box, Geometry, Placement, Region, Size
from shared.imaging.heat import render_layer
from shared.imaging.map_file import ClassMap, write_maps
from shared.storage import keys
from shared.storage.s3 import S3Store
from tests.integration.records import claim

MODEL = {
    "name": "lesionlens-start",
    "version": "0" * 64,
    "status": "research",
    "weights_sha256": "1" * 64,
    "preprocessing": "p1",
    "backend": "test",
}
PHOTO = Size(320, 240)
SMALL = {"accepted": False, "short_side_px": 31}  # as before there were measures of pixels
GOOD = {
    "accepted": True,
    "short_side_px": 240,
    "sharpness": 42.5,
    "mean_grey": 151.0,
    "dark_share": 0.0,
    "glare_share": 0.125,
    "limits": {
        "min_side_px": 128,
        "min_sharpness": 6.9,
        "min_mean_grey": 30.0,
        "max_dark_share": 0.5,
        "max_glare_share": 0.25,
    },
}


def finish(worker: Database, store: S3Store, label: LesionClass = LesionClass.MEL) -> ClaimedRun:
    """Complete the next due run with a result for `label` and all its pictures."""
    (run,) = claim(worker, limit=1)
    image = _store_image(store, run)
    contents = _pictures(label)
    for name, content in contents.items():
        store.put(_key(run, name), content, media_type=keys.ARTIFACT_MEDIA_TYPES[name])
    rows = [_row(run, name, content) for name, content in contents.items()]
    with worker.transaction() as session:
        assert lifecycle.record_answer(session, run, _answer(label), rows, image)
    return run


def reject(worker: Database) -> ClaimedRun:
    """End the next due run with a refusal."""
    (run,) = claim(worker, limit=1)
    answer = Answer(
        model=MODEL,
        notice="see a clinician",
        quality=SMALL,
        provenance={},
        reasons=[{"code": "too_small", "message": "The photo is too small."}],
    )
    with worker.transaction() as session:
        assert lifecycle.record_answer(session, run, answer, [], None)
    return run


def fail(worker: Database, code: str = "undecodable_image") -> ClaimedRun:
    (run,) = claim(worker, limit=1)
    with worker.transaction() as session:
        assert lifecycle.record_failure(session, run, code)
    return run


def _key(run: ClaimedRun, name: ArtifactName) -> str:
    return keys.artifact(run.case_id, run.run_id, run.fence, name)


def _store_image(store: S3Store, run: ClaimedRun) -> CleanImage:
    target = io.BytesIO()
    Image.new("RGB", (PHOTO.width, PHOTO.height), (190, 140, 120)).save(target, "JPEG")
    key = keys.clean_image(run.case_id, run.run_id, run.fence, "image/jpeg")
    store.put(key, target.getvalue(), media_type="image/jpeg")
    digest = hashlib.sha256(target.getvalue()).hexdigest()
    return CleanImage(key=key, sha256=digest, media_type="image/jpeg", width=PHOTO.width, height=PHOTO.height)


def _pictures(label: LesionClass) -> dict[ArtifactName, bytes]:
    maps = [
        ClassMap(4, 4, tuple(math.sin(cell * (index + 1)) * (index + 1) for cell in range(16)))
        for index in range(len(LesionClass))
    ]
    placement = Placement(
        image=PHOTO,
        resize=Size(171, 128),
        crop=Box(21, 0, 128, 128),
        input_size=128,
        crop_in_image=Region(39.3, 0.0, 239.5, 240.0),
    )
    geometry = Geometry(placement, Size(4, 4), 32, tuple(LesionClass))
    return {
        ArtifactName.MAP: write_maps(maps),
        ArtifactName.GEOMETRY: geometry.to_json(),
        ArtifactName.LAYER: render_layer(maps[list(LesionClass).index(label)], geometry),
        ArtifactName.OVERLAY: b"\xff\xd8 the stored overlay",
    }


def _row(run: ClaimedRun, name: ArtifactName, content: bytes) -> Artifact:
    return Artifact(
        run_id=run.run_id,
        name=name,
        case_id=run.case_id,
        clinic_id=run.clinic_id,
        key=_key(run, name),
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        media_type=keys.ARTIFACT_MEDIA_TYPES[name],
    )


def _answer(label: LesionClass) -> Answer:
    return Answer(
        model=MODEL,
        notice="see a clinician",
        quality=GOOD,
        provenance={"secret": "stays inside"},
        reasons=[{"code": "malignancy_high", "message": "The score is high."}],
        decision="refer",
        label=label,
        probabilities={name: 0.4 if name is label else 0.1 for name in LesionClass},
        logits=[0.0] * 7,
        malignancy=0.6,
        thresholds={"refer": 0.5, "no_refer": 0.1},
        out_of_distribution={"score": 1.25, "soft": 3.0, "hard": 5.0},
        explanation={
            "method": "grad_cam",
            "layer": "layer4",
            "target_class": str(label),
            "peak": {"x": 10.0, "y": 20.0, "value": 3.5},
            "empty": False,
            "sentence": "what the map shows",
        },
    )
