"""Run folders and their files."""

from bloomery.store.folder import building, check_free, private, write_atomic

__all__ = ["building", "check_free", "private", "write_atomic"]
