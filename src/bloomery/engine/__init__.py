"""Where work runs: on this machine's cores."""

from bloomery.engine.local import ordered
from bloomery.engine.memory import release
from bloomery.engine.progress import Progress, heard_by, silent, tell
from bloomery.kernels.mapped import in_files
from bloomery.kernels.threads import cores

__all__ = ["Progress", "cores", "heard_by", "in_files", "ordered", "release", "silent", "tell"]
