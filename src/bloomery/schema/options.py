"""The base of every recipe section and op: frozen, and an unknown key is an error."""

from pydantic import BaseModel, ConfigDict


class Options(BaseModel):
    """Options written once: type, bounds, default and one sentence (``Field(description=...)``).

    The recipe, the flags, ``--help``, the docs and the JSON schema all derive from these fields.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, use_attribute_docstrings=True)
