import pytest

from services.inference.clean_photo import prepare


@pytest.fixture(scope="session", autouse=True)
def _codecs() -> None:
    """The decoder processes' code is called directly here; the processes have their own tests."""
    prepare()
