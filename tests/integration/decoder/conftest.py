from collections.abc import Iterator

import pytest

from services.inference.clean_photo import prepare
from services.inference.decode import Decoder


@pytest.fixture(scope="session", autouse=True)
def _codecs() -> None:
    """The tests make their pictures in this process, HEIC among them."""
    prepare()


@pytest.fixture(scope="session")
def decoder() -> Iterator[Decoder]:
    with Decoder() as pool:
        yield pool
