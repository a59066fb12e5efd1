"""``bloomery contamination index``."""

from typing import Annotated, Any

import typer

from bloomery import api
from bloomery.cli.flags import OutFolder, with_reading
from bloomery.cli.show import progress_bar


@with_reading()
def command(
    paths: Annotated[list[str], typer.Argument(metavar="PATH", help="Files, globs or folders of one benchmark.")],
    *,
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="Name of the benchmark.")],
    licence: Annotated[str, typer.Option("--licence", metavar="NAME", help="Its licence.")],
    version: Annotated[str, typer.Option("--version", metavar="VERSION", help="Its version.")],
    out: OutFolder,
    n: Annotated[int, typer.Option("--n", metavar="N", help="Tokens in a row that count as one match.")] = 13,
    reading: dict[str, Any],
) -> None:
    """Write a shareable index of a benchmark: hashed runs of words, no text.

    Example: bloomery contamination index gsm8k/test.jsonl --name gsm8k --licence MIT --version 1 --out indexes/gsm8k
    """
    with progress_bar() as progress:
        written = api.contamination_index(
            paths, name=name, licence=licence, version=version, out=out, n=n, **reading, progress=progress
        )
    typer.echo(f"index  {written}\nuse    bloomery contamination --train … --test {written} --out …")
