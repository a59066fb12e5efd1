"""What the recipe says of models: ``models: {judge: {kind: endpoint, url: …, model: …}}``."""

from pydantic import Field

from bloomery.schema import Options


class Prices(Options):
    """What a million tokens cost, in any one currency."""

    input: float = Field(ge=0)
    """A million tokens of prompts."""
    output: float = Field(ge=0)
    """A million tokens of answers."""
