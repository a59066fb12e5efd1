"""Run folders and their files."""

from bloomery.store.folder import building, check_free, private, write_atomic
from bloomery.store.scratch import Scratch

__all__ = ["Scratch", "building", "check_free", "private", "write_atomic"]
