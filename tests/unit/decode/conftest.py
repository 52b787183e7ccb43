from collections.abc import Iterator

import pytest

from services.inference.clean_photo import prepare
from services.inference.decode import Decoder


@pytest.fixture(scope="session", autouse=True)
def _codecs() -> None:
    """Most tests call the decoder processes' code directly: it is the same code, and quicker."""
    prepare()


@pytest.fixture(scope="session")
def decoder() -> Iterator[Decoder]:
    with Decoder() as pool:
        yield pool
