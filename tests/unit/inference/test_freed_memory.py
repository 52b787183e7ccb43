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
