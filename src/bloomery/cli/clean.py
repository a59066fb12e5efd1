"""``bloomery clean``."""

import sys
from shlex import quote
from typing import Annotated, Any

import typer

from bloomery import api
from bloomery.clean.result import CleanResult
from bloomery.cli.flags import Paths, RecipeFile, Replace, Sets, with_reading
from bloomery.cli.show import progress_bar, table
from bloomery.errors import UsageError
from bloomery.formats.export import WRITTEN


@with_reading()
def command(
    paths: Paths = None,
    *,
    out: Annotated[str | None, typer.Option("--out", metavar="DIR", help="New folder for the result.")] = None,
    recipe: RecipeFile = None,
    set_: Sets = None,
    reading: dict[str, Any],
    to: Annotated[
        str,
        typer.Option("--to", metavar="|".join(WRITTEN), help="Parquet or csv: a copy in that container too."),
    ] = "jsonl",
    private: Annotated[bool, typer.Option("--private", help="Keep no original of a scrubbed text anywhere.")] = False,
    replace: Replace = False,
    decisions: Annotated[
        str | None, typer.Option("--decisions", metavar="FILE", help="Respect these decisions.")
    ] = None,
    against: Annotated[
        list[str] | None,
        typer.Option(
            "--against", metavar="PATH", help="Drop rows that this dataset or index has too. May be given again."
        ),
    ] = None,
    index: Annotated[
        str | None,
        typer.Option("--index", metavar="DIR", help="Drop rows that this index has, and add the kept rows to it."),
    ] = None,
    with_scores: Annotated[
        bool, typer.Option("--with-scores", help="Write down what quality thinks of the rows that it keeps, too.")
    ] = False,
    rethreshold: Annotated[
        float | None,
        typer.Option("--rethreshold", metavar="SIMILARITY", help="Tighten near in the finished run PATH instead."),
    ] = None,
) -> None:
    """Repair, scrub, deduplicate and filter; every removed row says why.

    Example: bloomery clean raw/*.jsonl --out clean --set clean.near.threshold=0.7
    """
    if rethreshold is not None:
        if out or recipe or set_ or not paths or len(paths) != 1:
            raise UsageError("--rethreshold cannot be used so", expected="the folder of one finished run, and no --out")
        sys.stdout.write(told(api.rethreshold(paths[0], rethreshold)))
        return
    if out is None:
        raise UsageError("There is no --out", expected="--out DIR, a new folder for the result")
    with progress_bar() as progress:
        run = api.clean(
            paths,
            out=out,
            recipe=recipe,
            set=set_ or (),
            **reading,
            to=to,
            keep_private=not private,
            replace=replace,
            decisions=decisions,
            against=against,
            index=index,
            with_scores=with_scores,
            progress=progress,
        )
    sys.stdout.write(told(run))


def told(run: CleanResult) -> str:
    """A finished run in a few lines."""
    counts, summary = run.counts, run.manifest
    ops = [[op, n["dropped"], n["edited"], n["alone"], n["only"]] for op, n in summary["ops"].items()]
    lines = [
        *summary["format"]["why"],
        "",
        table(["op", "dropped", "edited", "alone", "only it"], ops),
        "",
        f"read {counts['read']:,} = kept {counts['kept']:,} (edited {counts['edited']:,}) "
        f"+ dropped {counts['dropped']:,} + quarantined {counts['quarantined']:,}",
        *(
            f"against {one['dataset']}: dropped " + ", ".join(f"{op} {n:,}" for op, n in one["dropped"].items())
            for one in summary.get("against", ())
        ),
        *(f"note    {note}" for note in summary.get("remarks", ())),
        f"data    {run.data}",
        f"report  {run.report}",
    ]
    if counts["dropped"]:
        lines.append(f"ask     bloomery why {quote(str(run.folder))} {quote(first_dropped(run))}")
    return "\n".join(lines) + "\n"


def first_dropped(run: CleanResult) -> str:
    """The id of one dropped row, for the hint."""
    rows = run.rows
    return str(rows.filter(rows["fate"] == "dropped")["id"][0])
