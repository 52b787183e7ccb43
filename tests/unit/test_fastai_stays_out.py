"""fastai stays out of this process: it loads fasthtml, which changes how Starlette matches paths."""

import sys


def test_nothing_here_has_loaded_it() -> None:
    assert not {"fastai", "fasthtml"} & sys.modules.keys()
