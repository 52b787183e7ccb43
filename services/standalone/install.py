"""Makes the virtual environments, for `make run` (`install.py run`), `make train` and `make test`.

Run by the system's python3 before anything is installed: standard library only. What is installed is remembered by a
digest of everything that decides it, so a second call takes no time and an interrupted one leaves no false mark. The
user's PIP_* variables count. Refuses to touch anything outside the project's folder, except that root on Debian gets
python3-venv where it is missing.
"""

from __future__ import annotations

import sys

if sys.version_info < (3, 11):  # noqa: UP036  (this is the place that tells people so)
    sys.exit(
        "Python 3.11 or later is needed, this is " + sys.version.split()[0] + ". Another one: make PYTHON=python3.12"
    )

import fcntl
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import time
import tomllib
import urllib.request
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
VENV, TOOLS_VENV = PROJECT / ".venv", PROJECT / ".venv-s3"
PIP = "pip==26.3"  # 25.1 was the first that reads dependency groups
EMULATOR = "ministack==1.5.33"
TORCH, TORCHVISION = "torch==2.13.0", "torchvision==0.28.0"
CPU_INDEX = "https://download.pytorch.org/whl/cpu"
RUN_GROUPS = ("gateway", "inference", "notifier", "maintenance", "migrations", "standalone", "samples")
TRAIN_GROUPS = (*RUN_GROUPS, "trainer")
PURPOSES = {"run": RUN_GROUPS, "train": TRAIN_GROUPS, "test": (*TRAIN_GROUPS, "dev")}
_PROBE_S = 3.0
_SHOWN_LINES = 25


class InstallFailed(RuntimeError):
    pass


def torch_requirement(*, gpu: bool, cpu_index: bool) -> tuple[str, tuple[str, ...]]:
    """Return what to ask pip for, and its further options, so that a machine without a GPU gets no CUDA libraries.

    Without the CPU index the plain requirement is asked for: pip takes a CPU wheel if it finds one by other means.
    """
    if gpu or not cpu_index:
        return TORCH, ()
    return f"{TORCH}+cpu", ("--extra-index-url", CPU_INDEX)


def digest(groups: tuple[str, ...], pyproject: str, constraints: str, installer: bytes) -> str:
    """Return the name of what would be installed: it changes whenever anything that decides it does."""
    table = tomllib.loads(pyproject).get("dependency-groups", {})
    parts = [json.dumps(table, sort_keys=True), json.dumps(groups), constraints, sys.version, sys.prefix]
    return hashlib.sha256("\0".join(parts).encode() + installer).hexdigest()


def has_nvidia_gpu() -> bool:
    return Path("/dev/nvidia0").exists() or Path("/proc/driver/nvidia/version").exists() or Path("/dev/dxg").exists()


def cpu_index_answers() -> bool:
    """Return whether PyTorch's own index of CPU builds can be reached; three seconds at most; proxies count."""
    try:
        with urllib.request.urlopen(f"{CPU_INDEX}/torch/", timeout=_PROBE_S) as answer:  # noqa: S310  (a constant URL)
            return bool(answer.status == 200)  # noqa: PLR2004
    except (OSError, ValueError):
        return False


class Steps:
    """Runs commands one after the other, says which and how long each took, and keeps their output in a file."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._tty = sys.stdout.isatty()

    def run(self, title: str, command: list[str]) -> None:
        """Raises InstallFailed, with the end of the output, if the command fails."""
        began = time.monotonic()
        print(f"set-up: {title} ...", end="" if self._tty else "\n", flush=True)
        with self._log.open("ab") as output:
            start = output.tell()
            process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, cwd=PROJECT)
            try:
                self._wait(process, title, began)
            finally:
                if process.poll() is None:
                    process.terminate()
                    process.wait()
        print(f"{self._again(title)} {time.monotonic() - began:.0f} s", flush=True)
        if process.returncode:
            said = self._log.read_bytes()[start:].decode("utf-8", "replace").splitlines()
            raise InstallFailed("\n".join([f"{title}: failed", *said[-_SHOWN_LINES:]]))

    def _again(self, title: str) -> str:
        return f"\rset-up: {title} ..." if self._tty else f"set-up: {title}:"

    def _wait(self, process: subprocess.Popen[bytes], title: str, began: float) -> None:
        while True:
            try:
                process.wait(1)
            except subprocess.TimeoutExpired:
                if self._tty:
                    print(f"{self._again(title)} {time.monotonic() - began:.0f} s", end="", flush=True)
            else:
                return


def usable(venv: Path) -> bool:
    python = venv / "bin" / "python"
    if not python.exists():
        return False
    asked = [str(python), "-c", "import pip, sys; print('%d.%d' % sys.version_info[:2])"]
    answer = subprocess.run(asked, capture_output=True, text=True, check=False)
    return answer.stdout.strip() == f"{sys.version_info[0]}.{sys.version_info[1]}"


def make_venv(steps: Steps, venv: Path) -> None:
    """Create it unless a usable one is there. Raises InstallFailed, saying what to install if parts are missing."""
    if usable(venv):
        return
    if venv.exists():
        shutil.rmtree(venv)
    if importlib.util.find_spec("ensurepip") is None and os.geteuid() == 0 and shutil.which("apt-get"):
        package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        steps.run("package lists", ["apt-get", "update", "-qq"])
        install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", package]
        steps.run(package, ["env", "DEBIAN_FRONTEND=noninteractive", *install])
        importlib.invalidate_caches()
    if importlib.util.find_spec("ensurepip") is not None:
        steps.run(f"virtual environment {venv.name}", [sys.executable, "-m", "venv", str(venv)])
    elif importlib.util.find_spec("pip") is not None:
        steps.run(f"virtual environment {venv.name}", [sys.executable, "-m", "venv", "--without-pip", str(venv)])
        pip = [sys.executable, "-m", "pip", "--python", str(venv / "bin" / "python"), "install", PIP]
        steps.run("pip", pip)
    else:
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        raise InstallFailed(
            f"this Python has no `ensurepip`. On Debian or Ubuntu: sudo apt install python{version}-venv, then again."
        )


def pip_install(steps: Steps, title: str, venv: Path, *arguments: str) -> None:
    python = str(venv / "bin" / "python")
    steps.run(title, [python, "-m", "pip", "install", "--disable-pip-version-check", "--no-input", *arguments])


def install_torch(steps: Steps) -> None:
    present = (
        "import importlib.metadata as m; print(m.version('torch').partition('+')[0], m.version('torchvision')[:6])"
    )
    found = subprocess.run([VENV / "bin" / "python", "-c", present], capture_output=True, text=True, check=False)
    if found.stdout.split() == [TORCH.partition("==")[2], TORCHVISION.partition("==")[2]]:
        return
    requirement, options = torch_requirement(gpu=has_nvidia_gpu(), cpu_index=cpu_index_answers())
    limits = ("-c", "constraints.txt")
    try:
        pip_install(steps, requirement, VENV, requirement, *options, *limits)
    except InstallFailed:
        if not options:
            raise
        options = ()
        pip_install(steps, f"{TORCH}, as the index has no CPU build for this machine", VENV, TORCH, *limits)
    pip_install(steps, TORCHVISION, VENV, "--no-deps", TORCHVISION, *options, *limits)


def wanted_stamp(purpose: str) -> str:
    pyproject, constraints = (
        (PROJECT / name).read_text(encoding="utf-8") for name in ("pyproject.toml", "constraints.txt")
    )
    return digest(PURPOSES[purpose], pyproject, constraints, Path(__file__).read_bytes())


def install_project(purpose: str) -> None:
    stamps = {each: VENV / f".installed-{each}" for each in PURPOSES}
    done = stamps[purpose]
    if (VENV / "bin" / "python").exists() and done.exists() and done.read_text() == wanted_stamp(purpose):
        return
    steps = Steps(PROJECT / ".install.log")
    make_venv(steps, VENV)
    for stamp in stamps.values():
        stamp.unlink(missing_ok=True)
    pip_install(steps, PIP, VENV, PIP)
    install_torch(steps)
    named = [part for group in PURPOSES[purpose] for part in ("--group", group)]
    pip_install(steps, f"packages to {purpose}", VENV, *named, "-c", "constraints.txt")
    for each, groups in PURPOSES.items():
        if set(groups) <= set(PURPOSES[purpose]):
            stamps[each].write_text(wanted_stamp(each))


def install_emulator() -> None:
    wanted = f"{EMULATOR} {sys.version}"
    stamp = TOOLS_VENV / ".installed"
    if (TOOLS_VENV / "bin" / "python").exists() and stamp.exists() and stamp.read_text() == wanted:
        return
    steps = Steps(PROJECT / ".install.log")
    make_venv(steps, TOOLS_VENV)
    pip_install(steps, f"S3 emulator, {EMULATOR}", TOOLS_VENV, EMULATOR)
    stamp.write_text(wanted)


def main(purpose: str) -> int:
    """Return the exit status. One installation at a time: a second one waits for the first and finds its work done."""
    with Path(__file__).open("rb") as ourselves:
        fcntl.flock(ourselves, fcntl.LOCK_EX)
        try:
            install_project(purpose)
            install_emulator()
        except InstallFailed as error:
            print(f"{error}\n(all of it: {PROJECT / '.install.log'})", file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            print("\ninterrupted; the next call goes on from here", file=sys.stderr)
            return 130
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in PURPOSES:  # noqa: PLR2004
        sys.exit("usage: python3 services/standalone/install.py run|train|test")
    sys.exit(main(sys.argv[1]))
