"""The kinds of small changes that test items can get (`bloomery.evaluate.parts.perturb`)."""

from typing import Literal, get_args

Kind = Literal["case", "typos", "options", "format"]
KINDS: tuple[Kind, ...] = get_args(Kind)
