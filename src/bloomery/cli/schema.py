"""``bloomery schema``."""

import json

import typer

from bloomery.recipe import json_schema


def command() -> None:
    """Print the JSON schema of recipes, for editors.

    Example: bloomery schema > recipe.schema.json
    """
    typer.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))
