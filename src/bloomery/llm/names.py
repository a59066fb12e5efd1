"""Models by their names in the recipe."""

from collections.abc import Mapping, Sequence

from bloomery.errors import RecipeError, did_you_mean
from bloomery.llm.base import Model
from bloomery.llm.family import family_of
from bloomery.llm.options import ModelOptions

__all__ = ["open_model", "open_models"]


def open_model(name: str, models: Mapping[str, ModelOptions]) -> Model:
    """The model of that name among those of the recipe, ready to be asked.

    Raises RecipeError if there is none or it cannot be used, MissingExtraError if its library is not installed, DataError
    for a file of answers that cannot be read.
    """
    if name not in models:
        raise RecipeError(
            f"There is no model '{name}' in the recipe",
            expected=f"one of {', '.join(models)}" if models else "a section models:",
            found=name if models else "none",
            next=did_you_mean(name, models, otherwise=f"Write models: {{{name}: {{url: …, model: …}}}}"),
        )
    return _opened(name, models[name])


def open_models(named: Sequence[str], models: Mapping[str, ModelOptions], ready: Mapping[str, Model]) -> list[Model]:
    """The models of these names, some of which are `ready`; where none is named, the only one there is."""
    every = [*ready, *models]
    wanted = named if named or len(every) != 1 else every
    return [ready[name] if name in ready else open_model(name, models) for name in wanted]


def _opened(name: str, options: ModelOptions) -> Model:
    path = options.path or ""
    if options.kind == "endpoint":
        from bloomery.llm.endpoint import Endpoint

        return Endpoint(name, options)
    if options.kind == "local":
        from bloomery.llm.local import Local

        return Local(name, options)
    family = options.family or family_of(options.model or "")
    if options.kind == "replay":
        from bloomery.llm.replay import Replay

        return Replay.read(name, path, family=family, options=options)
    from bloomery.llm.imported import imported

    return imported(name, path, family=family, options=options)
