"""Where work runs: on this machine's cores."""

from bloomery.engine.local import ordered
from bloomery.engine.memory import release
from bloomery.engine.progress import Progress, silent
from bloomery.kernels.threads import cores

__all__ = ["Progress", "cores", "ordered", "release", "silent"]
