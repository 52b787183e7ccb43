"""Becomes one child of the supervisor: drops root if told, asks for a signal when the parent dies, then execs.

Run as a script by path (`python -I -S exec_child.py SIGNAL PARENT UID:GID|- COMMAND...`), so that nothing of the
project nor of site-packages is imported: a child costs a few milliseconds. The order matters: a change of user clears
the death signal, exec keeps it. Refuses to do anything after exec.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1
_PARENT_IS_GONE = 75


def _drop_root(account: str) -> None:
    uid, gid = (int(part) for part in account.split(":"))
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


def main(death_signal: str, parent: str, account: str, *command: str) -> None:
    """Replace this process by `command`; the signal arrives when the thread that forked us ends, 0 asks for none."""
    for inherited in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(inherited, signal.SIG_DFL)
    if account != "-":
        _drop_root(account)
    if int(death_signal) and sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
    if os.getppid() != int(parent):
        sys.exit(_PARENT_IS_GONE)  # it died between fork and prctl, no signal would ever come
    os.execv(command[0], command)  # noqa: S606  (no shell is wanted)


if __name__ == "__main__":
    main(*sys.argv[1:])
