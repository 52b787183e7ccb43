"""Reading a claimed run's photo: from the store, through a decoder process, with the clean image stored on the way."""

import hashlib
import time
from dataclasses import dataclass, field

from services.inference.decode import DecodedImage, Decoder
from services.inference.model.preprocess import Framing
from shared.db.records import ClaimedRun, CleanImage
from shared.errors import ObjectMissing
from shared.storage import keys
from shared.storage.base import ObjectStore


@dataclass(frozen=True, slots=True)
class Photo:
    """Pixels of a stored photo. `stored_now` is set where this run stored it. Durations in milliseconds."""

    run: ClaimedRun
    image: CleanImage
    pixels: DecodedImage
    stored_now: bool
    durations: dict[str, float] = field(default_factory=dict)


class Photos:
    """Opens photos; safe to call from several threads."""

    def __init__(self, store: ObjectStore, decoder: Decoder) -> None:
        self._store = store
        self._decoder = decoder

    def open(self, run: ClaimedRun, framing: Framing) -> Photo:
        """Return the run's pixels, which come from stored bytes in the first run and in every later one.

        Raises StoreUnavailable, ObjectMissing, and the decoder's UndecodableImage, ImageTooLarge, DecoderCrashed.
        """
        return self._accepted(run, framing) if run.image is None else self._stored(run, run.image, framing)

    def _accepted(self, run: ClaimedRun, framing: Framing) -> Photo:
        began = time.perf_counter()
        raw = self._store.get(keys.incoming(run.case_id))
        fetched = time.perf_counter()
        decoded = self._decoder.decode(raw, framing)
        ready = time.perf_counter()
        image = CleanImage(
            key=keys.clean_image(run.case_id, run.run_id, run.fence, decoded.media_type),
            sha256=hashlib.sha256(decoded.clean).hexdigest(),
            media_type=decoded.media_type,
            width=decoded.placement.image.width,
            height=decoded.placement.image.height,
        )
        self._store.put(image.key, decoded.clean, media_type=image.media_type)
        stored = time.perf_counter()
        durations = {"fetch": fetched - began, "decode": ready - fetched, "store_image": stored - ready}
        return Photo(run, image, decoded, stored_now=True, durations=_milliseconds(durations))

    def _stored(self, run: ClaimedRun, image: CleanImage, framing: Framing) -> Photo:
        began = time.perf_counter()
        content = self._store.get(image.key)
        if hashlib.sha256(content).hexdigest() != image.sha256:
            raise ObjectMissing("the stored photo is not the one on record")
        fetched = time.perf_counter()
        pixels = self._decoder.read(content, framing)
        durations = {"fetch": fetched - began, "decode": time.perf_counter() - fetched}
        return Photo(run, image, pixels, stored_now=False, durations=_milliseconds(durations))


def _milliseconds(seconds: dict[str, float]) -> dict[str, float]:
    return {name: round(value * 1000, 3) for name, value in seconds.items()}
