"""Reading a claimed run's photo: from the store, through a decoder process; its clean image is on its way then."""

import hashlib
import time
from concurrent.futures import Future
from dataclasses import dataclass, field

from services.inference.decode import DecodedImage, Decoder
from services.inference.model.preprocess import Framing
from services.inference.shelf import Shelf, Way
from shared.db.records import ClaimedRun, CleanImage
from shared.errors import ObjectMissing
from shared.storage import keys
from shared.storage.base import ObjectStore


@dataclass(frozen=True, slots=True)
class Photo:
    """Pixels of a photo, and how long they took, in milliseconds. `storing` is set where this run stores its image.

    That goes on while the network is at work. Nothing may be said of the run before it has ended: `settle`.
    """

    run: ClaimedRun
    image: CleanImage
    pixels: DecodedImage
    storing: Future[Way] | None
    opening: dict[str, float] = field(default_factory=dict)

    def settle(self) -> Way | None:
        """Wait until the clean image lies in the store; None where it lay there before. Raises StoreUnavailable."""
        return None if self.storing is None else self.storing.result()

    @property
    def durations(self) -> dict[str, float]:
        """What the photo took, in milliseconds, its way into the store too. Waits and raises as `settle` does."""
        way = self.settle()
        return self.opening if way is None else {**self.opening, "store_image": round((way[1] - way[0]) / 1e6, 3)}


class Photos:
    """Opens photos; safe to call from several threads."""

    def __init__(self, store: ObjectStore, decoder: Decoder, shelf: Shelf) -> None:
        self._store = store
        self._decoder = decoder
        self._shelf = shelf

    def open(self, run: ClaimedRun, framing: Framing) -> Photo:
        """Return the run's pixels, which come from the bytes that are stored in the first run and in every later one.

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
        storing = self._shelf.begin(image.key, decoded.clean, media_type=image.media_type)
        return Photo(run, image, decoded, storing, _milliseconds({"fetch": fetched - began, "decode": ready - fetched}))

    def _stored(self, run: ClaimedRun, image: CleanImage, framing: Framing) -> Photo:
        began = time.perf_counter()
        content = self._store.get(image.key)
        if hashlib.sha256(content).hexdigest() != image.sha256:
            raise ObjectMissing("the stored photo is not the one on record")
        fetched = time.perf_counter()
        pixels = self._decoder.read(content, framing)
        durations = {"fetch": fetched - began, "decode": time.perf_counter() - fetched}
        return Photo(run, image, pixels, None, _milliseconds(durations))


def _milliseconds(seconds: dict[str, float]) -> dict[str, float]:
    return {name: round(value * 1000, 3) for name, value in seconds.items()}
