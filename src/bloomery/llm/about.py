"""What a model is, for a manifest: enough to find it again, and nothing that is secret."""

from typing import Any

from bloomery.llm.base import Model
from bloomery.llm.options import ModelOptions


def about(model: Model) -> dict[str, Any]:
    """``kind``, ``address`` or ``path``, and the ``model``'s name there, as far as it has them.

    An address has no user, password or query (`ModelOptions` refuses these); a key stands in none of it.
    """
    options = getattr(model, "options", None)
    if not isinstance(options, ModelOptions):
        return {}
    told = {"kind": options.kind, "address": options.url, "path": options.path, "model": options.model}
    return {name: value for name, value in told.items() if value is not None}
