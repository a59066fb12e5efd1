"""A profile in the terminal: one screen, most of it numbers in columns.

Everything from the data is made visible and printed as plain text, so that a column named ``[red]`` or a label with an
escape sequence in it stays what it is.
"""

from collections.abc import Iterator, Mapping, Sequence

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from bloomery.profile.result import Profile, Spread
from bloomery.text.counted import counted
from bloomery.web.numbers import fit, number, share, size, words
from bloomery.web.visible import visible

_BLOCKS = " ▁▂▃▄▅▆▇█"
_MOST = 6  # lines of a list
_EMBER, _QUIET = "dark_orange3", "bright_black"


def show(profile: Profile, console: Console | None = None) -> None:
    """Print the profile; at most about 60 lines."""
    (console or Console(highlight=False)).print(Group(*_blocks(profile)))


def _blocks(profile: Profile) -> Iterator[RenderableType]:
    yield _headline(profile)
    for why in profile.why[:3]:
        yield _line(f"  {fit(visible(why), 110)}", _QUIET)
    yield _section("Lengths", _lengths(profile.lengths))
    yield _section("Fields", _columns(profile))
    yield _section("Found", _found(profile))
    yield from _shares(profile)
    yield _section("Suggested bounds, in characters", _bounds(profile))


def _headline(profile: Profile) -> Text:
    told = Text()
    told.append(counted(profile.rows, "row"), style=f"bold {_EMBER}")
    told.append(f"  {profile.format}{', answers are labels' if profile.task == 'label' else ''}", style="bold")
    files = len(profile.sources)
    told.append(f"  {size(profile.bytes)} from {counted(files, 'source')}", style=_QUIET)
    return told


def _section(title: str, content: RenderableType) -> Group:
    return Group(Text(f"\n{title}", style="bold"), Padding(content, (0, 0, 0, 2), expand=False))


def _grid(*headers: tuple[str, str]) -> Table:
    titled = any(name for name, _ in headers)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style=_QUIET, show_header=titled)
    for name, side in headers[:-1]:
        table.add_column(name, justify="right" if side == "right" else "left", no_wrap=True)
    table.add_column(headers[-1][0])  # gives way when the terminal is narrow
    return table


def _line(text: str, style: str = "") -> Text:
    """Text that stays on its line."""
    return Text(text, style=style, no_wrap=True, overflow="ellipsis")


def _lengths(spreads: Sequence[Spread]) -> Table:
    heads = (
        ("", "left"),
        ("", "left"),
        *((name, "right") for name in ("rows", "least", "5 %", "half", "95 %", "most")),
    )
    table = _grid(*heads, ("", "left"))
    for spread in spreads:
        figures = (spread.least, spread.p5, spread.p50, spread.p95, spread.most)
        name = words(spread.role) if spread.unit == "characters" else ""
        cells = [number(spread.rows), *(number(round(value)) for value in figures)]
        table.add_row(name, spread.unit, *cells, _line(sparkline(spread.histogram), _EMBER))
    return table


def sparkline(counts: Sequence[int]) -> str:
    """One block a bin, empty ends left out; anything above nothing shows.

    >>> sparkline([0, 1, 50, 100, 0])
    '▁▄█'
    """
    filled = [i for i, count in enumerate(counts) if count]
    if not filled:
        return ""
    top = max(counts)
    return "".join(_BLOCKS[max(count * 8 // top, 1) if count else 0] for count in counts[filled[0] : filled[-1] + 1])


def _columns(profile: Profile) -> Table:
    table = _grid(("", "left"), ("type", "left"), ("missing", "right"), ("", "left"))
    for column in profile.columns[:_MOST]:
        types = ", ".join(f"{kind} {share(part, 1)}" if part < 1 else kind for kind, part in column.types.items())
        missing = share(column.missing, 1) if column.missing else ""
        table.add_row(Text(fit(visible(column.name), 30)), Text(fit(types, 50)), missing)
    if len(profile.columns) > _MOST:
        table.add_row(Text(f"and {len(profile.columns) - _MOST} more", style=_QUIET), "", "")
    return table


def _found(profile: Profile) -> Table:
    table = _grid(("", "left"), ("", "right"), ("", "right"), ("", "left"))
    near, rows = profile.near, profile.rows
    table.add_row("copies", number(profile.exact), share(profile.exact, rows), "")
    where = "" if near.whole else f"in a sample of {number(near.looked_at)}; the whole holds more"
    table.add_row("near duplicates", number(near.rows), share(near.rows, near.looked_at), _line(where, _QUIET))
    _add(table, "personal data", profile.pii, "pieces of text")
    _add(table, "quality signals", profile.signals, "")
    _add(table, "faulty structure", profile.faults, "")
    _add(table, "unreadable", profile.quarantine, "")
    _add(table, "outside default bounds", profile.length_drops, "")
    return table


def _add(table: Table, name: str, counts: Mapping[str, int], unit: str) -> None:
    """One line: the sum, and what it is made of."""
    if not counts:
        table.add_row(name, "0", "", "")
        return
    parts = [f"{fit(visible(words(reason)), 34)} {number(count)}" for reason, count in list(counts.items())[:4]]
    more = f", {len(counts) - 4} more" if len(counts) > 4 else ""
    table.add_row(name, number(sum(counts.values())), unit, _line(", ".join(parts) + more, _QUIET))


def _shares(profile: Profile) -> Iterator[RenderableType]:
    if profile.labels:
        title = (
            f"Labels: {number(profile.labels.distinct)}, the most frequent {profile.labels.imbalance:.3g} × the rarest"
        )
        yield _section(title, _bars(profile.labels.counts, profile.labels.total))
    if len(profile.scripts) > 1:
        yield _section("Scripts", _bars(profile.scripts, profile.rows))


def _bars(counts: Mapping[str, int], total: int) -> Table:
    table = _grid(("", "left"), ("", "right"), ("", "right"), ("", "left"))
    top = max(counts.values(), default=1)
    for name, count in list(counts.items())[:_MOST]:
        bar = _line("█" * max(round(24 * count / top), 1), _EMBER)
        table.add_row(Text(fit(visible(name), 30)), number(count), share(count, total), bar)
    if len(counts) > _MOST:
        table.add_row(Text(f"and {number(len(counts) - _MOST)} more", style=_QUIET), "", "", "")
    return table


def _bounds(profile: Profile) -> RenderableType:
    told = [f"{role} {bound(low)} to {bound(high)}" for role, (low, high) in profile.bounds.items()]
    return Text("   ".join(told) or "none")


def bound(value: int | None) -> str:
    """A length bound in words.

    >>> bound(None), bound(1300)
    ('any', '1,300')
    """
    return "any" if value is None else number(value)
