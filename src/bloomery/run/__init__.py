"""Run: the whole way in one go, from raw files to a verdict, each stage kept by the hash of what goes in."""

from bloomery import callable_package

callable_package(__name__)
