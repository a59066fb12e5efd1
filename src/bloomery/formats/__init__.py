"""Formats and containers: every shape of row, seen through its parts."""

from bloomery.formats.base import Claim, Format, Parsed, Part, Record
from bloomery.formats.detect import FORMATS, Detected, detect
from bloomery.formats.faults import FAULTS
from bloomery.formats.source import Source

__all__ = ["FAULTS", "FORMATS", "Claim", "Detected", "Format", "Parsed", "Part", "Record", "Source", "detect"]
