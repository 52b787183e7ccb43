"""What a process gives up before it opens a file that may run code. Standard library only, so that it can come first.

A fence, not a wall: it is there for accidents. Nobody should open a file whose maker they do not trust.
"""

import ctypes
import os
import resource
import signal
import sys
from contextlib import suppress
from pathlib import Path

MEMORY_LIMIT = 8 << 30
CPU_LIMIT_S = 300
FILE_LIMIT = 1 << 30

_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000
# Landlock's system calls have the same numbers on every architecture.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_ASK_VERSION = 1
_PATH_BENEATH = 1
_WRITE_FILE = 1 << 1
_TRUNCATE = 1 << 14
_TRUNCATE_SINCE = 3
# Writing into a file, and removing or making an entry of any kind. Reading stays free: imports need it.
_CHANGES = _WRITE_FILE | sum(1 << bit for bit in range(4, 13))


class _Ruleset(ctypes.Structure):
    _fields_ = (("handled_access_fs", ctypes.c_uint64),)


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = (("allowed_access", ctypes.c_uint64), ("parent_fd", ctypes.c_int32))


def confine(parent: int, workspace: Path) -> list[str]:
    """Limit this process for good; return what this machine does not offer, in words.

    It may write beneath `workspace` alone, has no network, ends with its parent, and has little memory and time. To be
    called before anything starts a thread: a process with threads cannot leave the network.
    """
    for limit, value in (
        (resource.RLIMIT_AS, MEMORY_LIMIT),
        (resource.RLIMIT_CPU, CPU_LIMIT_S),
        (resource.RLIMIT_FSIZE, FILE_LIMIT),
        (resource.RLIMIT_CORE, 0),
    ):
        _lower(limit, value)
    if sys.platform != "linux":
        return ["it could reach the network", "it could write outside its own folder"]
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if os.getppid() != parent:
        raise SystemExit("the parent is gone already")
    lacking = []
    if not _leave_network(libc):
        lacking.append("it could reach the network")
    if not _write_only_beneath(libc, workspace):
        lacking.append("it could write outside its own folder")
    return lacking


def _lower(limit: int, value: int) -> None:
    """Set a limit, or keep a lower one that is there already."""
    _, hard = resource.getrlimit(limit)
    allowed = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(limit, (allowed, allowed))


def _leave_network(libc: ctypes.CDLL) -> bool:
    """Go into a network of one's own, with nothing in it."""
    user, group = os.getuid(), os.getgid()
    if libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) != 0:
        return bool(libc.unshare(_CLONE_NEWNET) == 0)
    # Only for the looks: without a name of its own, a library that asks who it runs as finds nobody.
    with suppress(OSError):
        Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1", encoding="ascii")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1", encoding="ascii")
    return True


def _write_only_beneath(libc: ctypes.CDLL, workspace: Path) -> bool:
    """Refuse every change to files elsewhere, by Landlock (Linux 5.13)."""
    version = libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _ASK_VERSION)
    if version < 1:
        return False
    changes = _CHANGES | (_TRUNCATE if version >= _TRUNCATE_SINCE else 0)
    wanted = _Ruleset(changes)
    ruleset = libc.syscall(_CREATE_RULESET, ctypes.byref(wanted), ctypes.c_size_t(ctypes.sizeof(wanted)), 0)
    if ruleset < 0:
        return False
    allowed = ((workspace, changes), (Path(os.devnull), changes & (_WRITE_FILE | _TRUNCATE)))
    kept = all(_allow(libc, ruleset, path, access) for path, access in allowed)
    kept = kept and libc.syscall(_RESTRICT_SELF, ruleset, 0) == 0
    os.close(ruleset)
    return kept


def _allow(libc: ctypes.CDLL, ruleset: int, path: Path, access: int) -> bool:
    place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = _PathBeneath(access, place)
        return bool(libc.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.byref(rule), 0) == 0)
    finally:
        os.close(place)
