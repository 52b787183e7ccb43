"""What stays of compiled networks on disk when others are forgotten."""

import os
import time
from pathlib import Path

from services.inference.model.backends.compiled_cache import CompiledCache, forget_all_but

MONTH_S = 30 * 24 * 3600


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_other_networks_go_and_so_does_the_earlier_layout(tmp_path: Path) -> None:
    for network in ("kept", "other"):
        CompiledCache(tmp_path, network).put(["cpu"], network.encode())
    (tmp_path / "earlier.compiled").write_bytes(b"x")
    (tmp_path / "somebody's.txt").write_bytes(b"x")
    assert forget_all_but(tmp_path, {"kept"}) == 2
    assert CompiledCache(tmp_path, "kept").get(["cpu"]) == b"kept"
    assert CompiledCache(tmp_path, "other").get(["cpu"]) is None
    assert not (tmp_path / "other").exists()
    assert (tmp_path / "somebody's.txt").exists()
    assert forget_all_but(tmp_path, {"kept"}) == 0


def test_what_nobody_used_for_a_month_goes(tmp_path: Path) -> None:
    cache = CompiledCache(tmp_path, "kept")
    for about in ("used", "unused"):
        cache.put([about], about.encode())
    long_ago = time.time() - MONTH_S - 60
    for file in files(tmp_path):
        os.utime(file, (long_ago, long_ago))
    assert cache.get(["used"]) == b"used"
    assert forget_all_but(tmp_path, {"kept"}) == 1
    assert cache.get(["used"]) == b"used"


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert forget_all_but(tmp_path / "none", set()) == 0
