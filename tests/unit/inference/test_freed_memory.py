import subprocess
import sys

# Pages that are cleared for a block of 16 MiB, asked for and freed again and again, after the first time.
MEASURE = """
import resource
from services.inference.freed_memory import keep_freed_memory
from PIL import Image

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(4):
        Image.new("L", (4096, 4095), 7)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

if {kept}:
    assert keep_freed_memory()
    faults()
print(faults())
"""


def pages_of(*, kept: bool) -> int:
    code = MEASURE.format(kept=kept)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    return int(done.stdout)


def test_a_freed_picture_is_not_cleared_again() -> None:
    assert pages_of(kept=False) > 4000
    assert pages_of(kept=True) < 400


GAPS = """
from pathlib import Path
from services.inference.freed_memory import give_back_freed_memory, keep_freed_memory

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

keep_freed_memory()
blocks = [bytearray(1 << 20) for _ in range(200)]
last = bytearray(1 << 20)
del blocks
before = resident()
given = give_back_freed_memory()
print(before - resident(), given, len(last))
"""


def test_gaps_are_given_back_when_asked_for() -> None:
    done = subprocess.run([sys.executable, "-c", GAPS], capture_output=True, text=True, check=True, timeout=60)
    freed, given, _ = done.stdout.split()
    assert given == "True"
    assert int(freed) > 150 << 20
