"""Which account Postgres runs as when root starts it (it refuses to be root), and what that account can read and write.

Refuses to change the permissions of folders that it did not make: what an account cannot reach is put elsewhere.
"""

import hashlib
import os
import pwd
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path

ROOT_OWNED = Path("/var/lib/lesionlens")


@dataclass(frozen=True)
class Account:
    name: str
    uid: int
    gid: int


def server_account() -> Account | None:
    """None for an ordinary user (the server runs as that user); for root the first of `postgres` and `nobody`."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    raise LookupError("root cannot run Postgres, and neither an account `postgres` nor `nobody` exists")


def can_enter(folder: Path, account: Account) -> bool:
    """Whether the account may pass through `folder` and all its parents, by their permission bits."""
    for part in (folder, *folder.parents):
        status = part.stat()
        if status.st_uid == account.uid:
            allowed = status.st_mode & stat.S_IXUSR
        elif status.st_gid == account.gid:
            allowed = status.st_mode & stat.S_IXGRP
        else:
            allowed = status.st_mode & stat.S_IXOTH
        if not allowed:
            return False
    return True


def reachable_folder(wanted: Path, account: Account | None) -> Path:
    """`wanted` if its account can get there, else a folder under /var/lib with a link to it left at `wanted`."""
    if account is None or (not wanted.is_symlink() and can_enter(wanted.parent, account)):
        return wanted
    digest = hashlib.sha256(str(wanted).encode()).hexdigest()[:12]
    elsewhere = ROOT_OWNED / digest / wanted.name
    elsewhere.parent.mkdir(parents=True, exist_ok=True)
    for folder in (ROOT_OWNED, elsewhere.parent):
        folder.chmod(0o755)
    if not wanted.is_symlink():
        wanted.symlink_to(elsewhere)
    return elsewhere


def reachable_binaries(installed: Path, account: Account | None) -> Path:
    """The package folder, or a copy of it and of its sibling `.libs` where the account cannot read the original."""
    if account is None or can_enter(installed, account):
        return installed
    digest = hashlib.sha256(f"{installed}:{installed.stat().st_mtime_ns}".encode()).hexdigest()[:12]
    home = ROOT_OWNED / f"binaries-{digest}"
    if not home.exists():
        staging = home.with_name(f"{home.name}.{os.getpid()}")
        for package in (installed, installed.with_name(f"{installed.name}.libs")):
            shutil.copytree(package, staging / package.name, symlinks=True)
        for part in (ROOT_OWNED, staging, *staging.rglob("*")):
            if not part.is_symlink():
                part.chmod(part.stat().st_mode | (0o755 if part.is_dir() else 0o444))
        try:
            staging.rename(home)
        except OSError:  # another start was first
            shutil.rmtree(staging)
    return home / installed.name
