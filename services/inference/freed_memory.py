"""Keeps some freed memory in the process: every photo frees and asks for the same megabytes.

glibc gives large blocks back to the kernel at once and gets them again page by page, each to be cleared. That was a
fourth of what drawing the pictures of a photo took, and two fifths of cleaning one of 12 megapixels.
"""

import ctypes
import platform

# Parameters of mallopt(3).
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENAS = -1, -3, -8
_KEPT = 128 << 20
KEPT_FOR_PICTURES = 48 << 20
"""Enough for what is drawn of a batch; a decoder needs the most, for photos of many megapixels."""
# The largest that glibc takes. Pillow asks for 16 MiB at most, however large the picture.
_LARGEST_KEPT_BLOCK = 32 << 20
# Each arena keeps its own, and glibc makes eight a core: threads that take turns share two.
_MOST_ARENAS = 2


def keep_freed_memory(most: int = _KEPT) -> bool:
    """Keep up to so many bytes in each of two arenas. Return whether it could be said: only glibc has these settings.

    Once per process, before it has threads.
    """
    if platform.libc_ver()[0] != "glibc":
        return False
    libc = ctypes.CDLL(None)
    wanted = ((_MMAP_THRESHOLD, _LARGEST_KEPT_BLOCK), (_TRIM_THRESHOLD, most), (_ARENAS, _MOST_ARENAS))
    said = [libc.mallopt(*pair) for pair in wanted]
    return all(said)


def give_back_freed_memory() -> bool:
    """Give back what is free now, wherever it lies. Return whether there was any, as far as can be said.

    For once a model is loaded: its file, its tensors and what was compiled of them are gone by then, and leave gaps of
    some 130 MB that nothing of a photo would fill.
    """
    if platform.libc_ver()[0] != "glibc":
        return False
    return bool(ctypes.CDLL(None).malloc_trim(0))
