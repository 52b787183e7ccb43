"""Keeps some freed memory in the process: every photo frees and asks for the same megabytes.

glibc gives large blocks back to the kernel at once and gets them again page by page, each to be cleared. That was a
fourth of what drawing the pictures of a photo took, and two fifths of cleaning one of 12 megapixels.
"""

import ctypes
import platform

# Parameters of mallopt(3).
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
_KEPT = 128 << 20
# The largest that glibc takes. Pillow asks for 16 MiB at most, however large the picture.
_LARGEST_KEPT_BLOCK = 32 << 20


def keep_freed_memory() -> bool:
    """Keep up to 128 MiB. Return whether it could be said: only glibc has these settings. Once per process."""
    if platform.libc_ver()[0] != "glibc":
        return False
    libc = ctypes.CDLL(None)
    said = [libc.mallopt(*pair) for pair in ((_MMAP_THRESHOLD, _LARGEST_KEPT_BLOCK), (_TRIM_THRESHOLD, _KEPT))]
    return all(said)
