"""Clean: ops that repair, scrub, deduplicate and filter, and the run that keeps account of every row."""

from bloomery import callable_package

callable_package(__name__)
