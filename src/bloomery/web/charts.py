"""Charts as static SVG strings: no script, no font, no time of day; the same numbers give the same bytes.

A chart is as wide as its place: positions across are percentages and everything else is in CSS pixels, so that text
keeps its size on a phone. Colours are classes that the page defines for light and dark (``kept``, ``lost``, ``apart``);
what is lost is also hatched, so no meaning hangs on colour alone. Each chart says its content in `aria-label`, each bar
in its own `<title>`. Labels come from data (file names, classes): they are made visible, cut to fit, and escaped.
"""

from collections.abc import Sequence
from hashlib import sha256
from typing import NamedTuple

from markupsafe import Markup, escape

from bloomery.text.counted import counted
from bloomery.web.numbers import fit, number, share, short
from bloomery.web.visible import shown

_LABEL = 40  # columns of a label that stands alone on its line
_SHORT_LABEL = 24  # columns of a label that shares its line with numbers
_TALL = 130  # pixels of a histogram's tallest column
_SLIVER = 0.5  # per cent of the width: what is there can be seen


class Stage(NamedTuple):
    """A step of the way, the rows left after it, and a word on what else it did."""

    label: str
    rows: int
    note: str = ""


class Span(NamedTuple):
    """A value with an interval and, around it, a wider one (of several at once); ends that are not known are None."""

    label: str
    value: float
    ends: tuple[float, float] | None
    wide: tuple[float, float] | None
    told: str


class Threshold(NamedTuple):
    """A value with its interval, held against a limit that it must be on one side of."""

    label: str
    value: float
    ends: tuple[float, float] | None  #: None: the value alone
    limit: float
    above: bool  #: whether the good side is above the limit
    state: str  #: pass, fail or undecided: a disc, a cross, a ring; the word stands beside it
    told: str


class Stack(NamedTuple):
    """A bar of three pieces: rows kept, lost, and set apart (unreadable)."""

    label: str
    kept: int
    lost: int
    apart: int


def funnel(stages: Sequence[Stage], *, title: str) -> Markup:
    """From the first stage to the last: what each step left of the rows, and what it took away (hatched)."""
    whole = max((stage.rows for stage in stages), default=0)
    step, body, before = 54, Markup(), stages[0].rows if stages else 0
    for index, stage in enumerate(stages):
        y, lost = index * step, max(before - stage.rows, 0)
        told = f"{stage.label}: {counted(stage.rows, 'row')}" + (f", {number(lost)} taken away" if lost else "")
        body += _text(y + 15, fit(shown(stage.label), _SHORT_LABEL), "label")
        body += Markup('<text x="100%" y="{}" class="value end">{}<tspan class="strong">{}</tspan></text>').format(
            y + 15, f"−{number(lost)}  ·  " if lost else f"{stage.note}  ·  " if stage.note else "", number(stage.rows)
        )
        for x, width, kind, _ in _row(((stage.rows, "kept", ""), (lost, "lost", "")), whole):
            body += _bar(x, width, y=y + 22, height=16, kind=kind, told=told)
        before = stage.rows
    said = "; ".join(f"{stage.label} {number(stage.rows)}" for stage in stages)
    return _svg(body, len(stages) * step, f"{title}. Rows left after each step: {said}")


def bars(items: Sequence[tuple[str, float]], *, title: str, kind: str = "kept", whole: float | None = None) -> Markup:
    """One horizontal bar an item, longest item = full width; with `whole`, its share is written beside the number."""
    top = max((value for _, value in items), default=0)
    step, body = 40, Markup()
    for index, (label, value) in enumerate(items):
        y, told = index * step, number(value)
        if whole is not None:
            told += f"  ·  {share(value, whole)}"
        body += _text(y + 14, fit(shown(label), _SHORT_LABEL), "label")
        body += Markup('<text x="100%" y="{}" class="value end">{}</text>').format(y + 14, told)
        body += _bar(0, 100, y=y + 21, height=8, kind="track")
        body += _bar(0, _part(value, top), y=y + 21, height=8, kind=kind, told=f"{label}: {told}")
    said = "; ".join(f"{label} {number(value)}" for label, value in items)
    return _svg(body, len(items) * step, f"{title}: {said}")


def stacks(rows: Sequence[Stack], *, title: str) -> Markup:
    """One bar a source, its length in proportion to its rows, cut into kept, lost and set apart."""
    longest = max((sum(row[1:]) for row in rows), default=0)
    step, body = 66, Markup()
    for index, row in enumerate(rows):
        y, whole = index * step, row.kept + row.lost + row.apart
        body += _text(y + 14, fit(shown(row.label), _LABEL), "label")
        for x, width, kind, told in _row(_fates(row.kept, row.lost, row.apart), longest):
            body += _bar(x, width, y=y + 22, height=14, kind=kind, told=f"{row.label}: {told}")
        body += _text(y + 52, f"{number(row.kept)} kept of {number(whole)}  ·  {share(row.kept, whole)}", "value")
    said = "; ".join(f"{row.label}: {row.kept} kept, {row.lost} dropped, {row.apart} quarantined" for row in rows)
    return _svg(body, len(rows) * step, f"{title}. {said}")


def split_bar(kept: int, lost: int, apart: int, *, title: str) -> Markup:
    """One thick bar over the whole width: what became of all rows."""
    body, fates = Markup(), _fates(kept, lost, apart)
    for x, width, kind, told in _row(fates, kept + lost + apart):
        body += _bar(x, width, y=0, height=26, kind=kind, told=told)
    return _svg(body, 26, f"{title}: " + ", ".join(f"{number(value)} {name}" for value, _, name in fates))


def _fates(kept: int, lost: int, apart: int) -> tuple[tuple[int, str, str], ...]:
    return (kept, "kept", "kept"), (lost, "lost", "dropped"), (apart, "apart", "quarantined")


_TICK = 12  # per cent of the width that a number below the axis may take on a phone


def intervals(spans: Sequence[Span], *, title: str, limit: float | None = None) -> Markup:
    """A line a span on one scale: the interval as a bar, the wider one thin, the value as a mark; 0 and `limit` as lines.

    `limit` is a value that matters, such as a drop: where an interval reaches it, it is not excluded.
    """
    marks = [0.0] + ([limit] if limit is not None else [])
    edges = [*marks, *(x for s in spans for x in (s.value, *(s.ends or ()), *(s.wide or ())))]
    low, high = min(edges), max(edges)
    room = (high - low) * 0.08 or 1.0
    low, whole = low - room, high - low + 2 * room
    step, body = 66, Markup()
    height = len(spans) * step
    for at, kind in zip(marks, ("zero", "limit"), strict=False):
        body += Markup('<line x1="{0}%" x2="{0}%" y1="0" y2="{1}" class="{2}"/>').format(
            f"{100 * (at - low) / whole:.2f}", height + 4, kind
        )
    for index, span in enumerate(spans):
        y = index * step
        body += _text(y + 14, fit(shown(span.label), _LABEL), "label")
        body += _text(y + 54, fit(shown(span.told), _LABEL), "value")
        for ends, tall, kind in ((span.wide, 3, "apart"), (span.ends, 9, "kept")):
            if ends is not None:
                x, width = 100 * (ends[0] - low) / whole, 100 * (ends[1] - ends[0]) / whole
                body += _bar(x, max(width, _SLIVER), y=y + 29.5 - tall / 2, height=tall, kind=kind, told=span.told)
        body += _bar(100 * (span.value - low) / whole - 0.3, 0.6, y=y + 21, height=17, kind="mark", told=span.told)
    for at in marks:  # written away from each other
        x = 100 * (at - low) / whole
        anchor = "tick middle" if len(marks) == 1 else "tick end" if at == min(marks) and x > _TICK else "tick"
        body += Markup('<text x="{}%" y="{}" class="{}">{}</text>').format(f"{x:.2f}", height + 18, anchor, number(at))
    said = "; ".join(f"{span.label}: {span.told}" for span in spans)
    return _svg(body, height + 24, f"{title}. {said}")


#: state → what its interval is drawn in
_KINDS = {"pass": "kept", "fail": "lost"}


def thresholds(rows: Sequence[Threshold], *, title: str, scale: tuple[float, float]) -> Markup:
    """A line a value on one scale: the good side of its limit shaded, the limit as a tick, the interval as a bar.

    The state is told by the shape of the value's mark and by its word, never by colour alone.
    """
    low, whole = scale[0], (scale[1] - scale[0]) or 1.0
    step, body = 76, Markup()

    def at(x: float) -> float:
        return min(max(100 * (x - low) / whole, 0.0), 100.0)

    for index, row in enumerate(rows):
        y, limit = index * step, at(row.limit)
        body += _text(y + 14, fit(shown(row.label), _LABEL), "label")
        body += Markup('<text x="100%" y="{}" class="value end strong">{}</text>').format(y + 14, row.state)
        body += _bar(0, 100, y=y + 25, height=14, kind="track")
        start, width = (limit, 100 - limit) if row.above else (0.0, limit)
        body += _bar(start, width, y=y + 25, height=14, kind="zone", told=f"{row.label}: the good side")
        if row.ends is not None:
            x, wide = at(row.ends[0]), max(at(row.ends[1]) - at(row.ends[0]), _SLIVER)
            kind = _KINDS.get(row.state, "apart")
            body += _bar(min(x, 100 - wide), wide, y=y + 28, height=8, kind=kind, told=f"{row.label}: {row.told}")
        body += Markup('<line x1="{0}%" x2="{0}%" y1="{1}" y2="{2}" class="tick-line"/>').format(
            f"{limit:.2f}", y + 20, y + 44
        )
        body += _mark(at(row.value), y + 32, row.state)
        body += _text(y + 60, fit(shown(row.told), _TOLD), "value")
    height = len(rows) * step
    for x, anchor in ((0, "tick"), (50, "tick middle"), (100, "tick end")):
        body += Markup('<text x="{}%" y="{}" class="{}">{}</text>').format(
            x, height + 12, anchor, number(round(low + whole * x / 100, 9)).replace("-", "−")
        )
    said = "; ".join(f"{row.label}: {row.state}, {row.told}" for row in rows)
    return _svg(body, height + 18, f"{title}. {said}", kind="chart marked")


_TOLD = 56  # columns of a sentence under a bar


def _mark(x: float, y: float, state: str) -> Markup:
    """A disc, a cross or a ring around a place (per cent across, pixels down)."""
    if state == "fail":
        cross = Markup(
            '<line x1="-5" y1="{}" x2="5" y2="{}" class="cross"/><line x1="-5" y1="{}" x2="5" y2="{}" class="cross"/>'
        )
        inner = cross.format(-5, 5, 5, -5)
    else:
        inner = Markup('<circle r="5.5" class="{}"/>').format("disc" if state == "pass" else "ring")
    return Markup('<svg x="{}%" y="{}" overflow="visible">{}</svg>').format(f"{x:.2f}", y, inner)


def meter(value: float, whole: float, *, title: str, kind: str = "mark") -> Markup:
    """A thin line that shows a share, for a place where the numbers stand beside it."""
    body = _bar(0, 100, y=0, height=6, kind="track") + _bar(0, _part(value, whole), y=0, height=6, kind=kind)
    return _svg(body, 6, f"{title}: {share(value, whole)}")


def histogram(
    edges: Sequence[float], before: Sequence[int], after: Sequence[int] | None = None, *, title: str, unit: str
) -> Markup:
    """Counts per bin, `before` (hatched where something was taken away) behind `after`.

    Bins are drawn equally wide, so edges that grow geometrically give a logarithmic axis. Empty bins at both ends are
    left out. `edges` has one entry more than the counts.
    """
    front = before if after is None else after
    filled = [i for i, pair in enumerate(zip(before, front, strict=True)) if any(pair)]
    if not filled:
        return Markup('<p class="quiet">Nothing to measure.</p>')
    bins, top = range(filled[0], filled[-1] + 1), max(*before, *front)
    width, body = 100 / len(bins), Markup()
    for place, i in enumerate(bins):
        told = f"{number(edges[i])} to {_last(edges[i + 1])} {unit}: {number(before[i])}"
        if after is not None:
            told += f" before, {number(after[i])} after"
            body += _column(place, width, before[i] * _TALL / top, kind="lost", told=told)
        body += _column(place, width, front[i] * _TALL / top, kind="kept", told=told)
    body += Markup('<line x1="0" x2="100%" y1="{0}" y2="{0}" class="axis"/>').format(_TALL + 6)
    body += _ticks(edges[bins.start : bins.stop + 1], _TALL + 22)
    return _svg(body, _TALL + 28, _told_histogram(title, edges, before, after, unit=unit))


def _told_histogram(
    title: str, edges: Sequence[float], before: Sequence[int], after: Sequence[int] | None, *, unit: str
) -> str:
    said = f"{title}, in {unit}. Half of the rows lie at or below about {_half(edges, before)}"
    return said if after is None else f"{said} before and {_half(edges, after)} after"


def _half(edges: Sequence[float], counts: Sequence[int]) -> str:
    """The upper edge of the bin in which the middle row lies."""
    seen, whole = 0, sum(counts)
    for i, count in enumerate(counts):
        seen += count
        if whole and 2 * seen >= whole:
            return _last(edges[i + 1])
    return "nothing"


def _last(edge: float) -> str:
    """The upper end of a bin, in whole units: the edge itself belongs to the next bin."""
    return "any" if edge >= 1e9 else number(max(edge - 1, 0)) if float(edge).is_integer() else number(edge)


def _ticks(edges: Sequence[float], y: float) -> Markup:
    """Labels under powers of ten, or under evenly chosen edges when there are too few of those."""
    wanted = [i for i, edge in enumerate(edges) if edge in _TENS]
    if len(wanted) < 3:
        stride = max(1, round((len(edges) - 1) / 5))
        wanted = list(range(0, len(edges), stride))
    ticks = Markup()
    for i in wanted:
        if edges[i] >= 1e9:
            continue
        x, last = 100 * i / (len(edges) - 1), len(edges) - 1
        anchor = "tick" if i == 0 else "tick end" if i == last else "tick middle"
        ticks += Markup('<text x="{}%" y="{}" class="{}">{}</text>').format(f"{x:.2f}", y, anchor, short(edges[i]))
    return ticks


_TENS = frozenset(10.0**power for power in range(10))


def _part(value: float, whole: float) -> float:
    """Per cent of the width; what is more than nothing is at least a sliver."""
    return max(100 * value / whole, _SLIVER) if value and whole else 0.0


def _bar(x: float, width: float, *, y: float, height: float, kind: str, told: str = "") -> Markup:
    """A rectangle from `x` over `width`, both per cent; the rest in pixels. Nothing is drawn of no width."""
    if not width:
        return Markup()
    return Markup('<rect x="{}%" y="{}" width="{}%" height="{}" class="{}">{}</rect>').format(
        f"{x:.2f}", f"{y:.4g}", f"{width:.2f}", f"{height:.4g}", kind, _told(told)
    )


def _column(place: int, width: float, tall: float, *, kind: str, told: str) -> Markup:
    """The bar of one bin of a histogram, standing on the axis."""
    if not tall:
        return Markup()
    tall, inset = max(tall, 1.5), width * 0.08
    return _bar(place * width + inset, width - 2 * inset, y=_TALL + 5 - tall, height=tall, kind=kind, told=told)


def _row(values: Sequence[tuple[int, str, str]], whole: float) -> list[tuple[float, float, str, str]]:
    """Pieces of one bar end to end: (x, width, kind, what it says), widths per cent of `whole`; slivers fit in."""
    widths = [_part(value, whole) for value, _, _ in values]
    room = _part(sum(value for value, _, _ in values), whole)
    over, widest = sum(widths) - room, max(widths, default=0.0)
    placed, x = [], 0.0
    for width, (value, kind, name) in zip(widths, values, strict=True):
        fitted = width - over if width == widest else width
        widest = -1.0 if width == widest else widest
        placed.append((x, max(fitted, 0.0), kind, f"{number(value)} {name}"))
        x += fitted
    return placed


def _told(text: str) -> Markup:
    return Markup("<title>{}</title>").format(shown(text)) if text else Markup()


def _text(y: float, text: str, kind: str) -> Markup:
    return Markup('<text x="0" y="{}" class="{}">{}</text>').format(y, kind, text)


def _svg(body: Markup, height: float, said: str, kind: str = "chart") -> Markup:
    """The frame; the id of the hatching follows from the content, so that charts on a page do not collide."""
    name = "hatch-" + sha256(f"{said}\0{body}".encode("utf-8", "replace")).hexdigest()[:10]
    hatch = Markup(
        '<defs><pattern id="{}" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<rect width="5" height="5" class="hatch-ground"/><rect width="1.6" height="5" class="hatch-line"/>'
        "</pattern></defs>"
    ).format(name)
    frame = Markup(
        '<svg class="{}" role="img" width="100%" height="{}" aria-label="{}" style="--hatch:url(#{})">{}{}</svg>'
    )
    return frame.format(kind, height, escape(shown(said, 4000)), name, hatch, body)
