"""Numbers in, numbers out: estimates with their uncertainty, tests, agreement, planning, monitoring.

One statistic a file, from numpy and scipy. Each docstring has the formula and its source, and says in prose what happens at
the edges (no item, one item, no variance, ties). What cannot be computed raises `NotComputableError` with the reason: it is never
0, never p = 1, never an interval without width. Whatever draws random numbers takes a `seed`.
"""
