"""standalone.json and the lock beside it."""

import os
import stat
from pathlib import Path

import pytest

from services.standalone.secret_files import kept_secret, write_private
from services.standalone.state import AlreadyRunning, FolderLock, holder, lock_when_free, read_state, write_state


def test_the_file_is_private_and_whole(tmp_path: Path) -> None:
    write_state(tmp_path, {"base_url": "http://127.0.0.1:1", "pids": {"gateway": 7}})
    file = tmp_path / "standalone.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert read_state(tmp_path) == {"base_url": "http://127.0.0.1:1", "pids": {"gateway": 7}}
    assert [path.name for path in tmp_path.iterdir()] == ["standalone.json"]


@pytest.mark.parametrize("text", ["", "{", "[1]"])
def test_a_file_that_says_nothing_counts_as_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "standalone.json").write_text(text)
    assert read_state(tmp_path) == {}


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "secret"
    write_private(target, "old")
    with pytest.raises(UnicodeEncodeError):
        write_private(target, "\ud800")
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_secret_is_made_up_once(tmp_path: Path) -> None:
    first = kept_secret(tmp_path / "password")
    assert len(first) >= 24
    assert kept_secret(tmp_path / "password") == first
    assert kept_secret(tmp_path / "other") != first


def test_one_holder_at_a_time(tmp_path: Path) -> None:
    assert holder(tmp_path) is None
    lock = FolderLock(tmp_path)
    assert holder(tmp_path) == os.getpid()
    with pytest.raises(AlreadyRunning) as refused:
        lock_when_free(tmp_path, within_s=5)
    assert refused.value.pid == os.getpid()
    lock.release()
    assert holder(tmp_path) is None
    FolderLock(tmp_path).release()


def test_looking_does_not_need_a_lock_file(tmp_path: Path) -> None:
    assert holder(tmp_path) is None
    assert list(tmp_path.iterdir()) == []
