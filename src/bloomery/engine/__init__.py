"""Where work runs: on this machine's cores."""

from bloomery.engine.local import cores, ordered
from bloomery.engine.progress import Progress, silent

__all__ = ["Progress", "cores", "ordered", "silent"]
