"""``bloomery gates``."""

import typer

from bloomery import api
from bloomery.cli.flags import RecipeFile, Sets
from bloomery.cli.show import table


def command(*, recipe: RecipeFile = None, set_: Sets = None) -> None:
    """Show which gates would decide, before a model is asked: the recipe's, or the defaults.

    How gates came out in past runs: bloomery gates history.

    Example: bloomery gates --recipe recipe.yaml
    """
    rules = api.gates(recipe=recipe, set=set_ or ())
    rows = [[gate.name, str(gate.wanted), gate.level] for gate in rules.gates]
    typer.echo(table(["gate", "wanted", "level"], rows))
    typer.echo("")
    sure = "the values alone" if rules.certainty is None else f"{100 * rules.certainty:g} %, one-sided"
    typer.echo(f"certainty  {sure}")
    if rules.waive:
        typer.echo(f"waived     {', '.join(rules.waive)}")
    for one in rules.left_out:
        typer.echo(f"left out   {one}")
    for one in rules.loosened:
        typer.echo(f"looser     {one}")
    typer.echo(f"sha256     {rules.sha256}")
