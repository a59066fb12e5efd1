"""Memory that is free goes back to the system, where the C library can be asked to do that."""

import ctypes
import sys


def release() -> None:
    """Give back what many threads have freed in small pieces (``malloc_trim`` of glibc); elsewhere nothing happens."""
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)
