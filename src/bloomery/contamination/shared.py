"""A shareable index of a benchmark: hashed runs of words and no text, in a folder with a name, a licence and a version.

    manifest.json     name, licence, version, `n`, how many items there are and what could not be looked for, and a check of
                      how words are numbered
    arrays/           the keys of the targets (`bloomery.contamination.keys`), and the targets of each item

The hash of a run is the polynomial of its tokens' numbers through the finaliser of splitmix64, without a salt: whoever makes the
index again gets the same bytes, and anyone can check their data against it. For the same reason whoever guesses a text can find
out whether it is there. A run of 13 words cannot be tried out; a short item can, and so can the ends of a short field. The keys
of an item are sorted, so their order in the text is not told. What `near` needs (runs of three words, single numbers) would give
the text away and is not in it.
"""

from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt
import polars as pl

from bloomery.contamination.items import FRAME, SOUGHT, TINY, Item, Items, Target
from bloomery.contamination.keys import LEAD, Keys, keys_of
from bloomery.errors import DataError
from bloomery.kernels.matches import Fields, Grams, Leads
from bloomery.store import Arrays, read_arrays, write_arrays
from bloomery.text.fingerprint import fingerprint
from bloomery.text.tokens import tokens

FORMAT = 1
MANIFEST, ARRAYS = "manifest.json", "arrays"
_TIERS = (*SOUGHT, FRAME)
_KINDS: dict[str, npt.DTypeLike] = {
    "tier": np.uint8,
    "short": np.bool_,
    "gram_keys": np.uint64,
    "gram_target": np.int64,
    "gram_weight": np.float64,
    "gram_long": np.bool_,
    "field_keys": np.uint64,
    "field_target": np.int64,
    "field_ends": np.uint64,
    "lead_keys": np.uint64,
    "lead_widths": np.int64,
    "item_starts": np.int64,
    "item_targets": np.int64,
}
_EMPTY = np.zeros(0, dtype=np.uint64)


class About(msgspec.Struct, frozen=True, kw_only=True):
    """``manifest.json`` of an index."""

    bloomery_contamination_index: int = FORMAT
    name: str
    licence: str
    version: str
    n: int
    items: int
    unreadable: int  # records of the benchmark that could not be read
    unasked_answers: int
    boilerplate: int
    tiny: int  # texts of so few tokens that they are compared with whole fields only
    check: str


class Shared(NamedTuple):
    """An index that was read."""

    path: Path
    about: About
    items: list[Item]
    targets: list[Target]  # without tokens and texts
    keys: Keys


def write_shared(folder: Path, items: Items, **told: Any) -> None:
    """Write the index of `items` into a folder that exists; `told` are the fields of `About` that only the caller knows."""
    exact = items.targets[: len(items.targets) - 2 * items.near]
    keys = keys_of(exact, told["n"])
    about = About(
        items=len(items.items),
        unasked_answers=items.unasked_answers,
        boilerplate=items.boilerplate,
        tiny=sum(len(target.whole) <= TINY for target in exact),
        check=check_of_numbers(),
        **told,
    )
    mine = [sorted(number for number in item.targets.values() if number < len(exact)) for item in items.items]
    grams, fields, leads = keys.grams, keys.fields, keys.leads
    in_order = np.lexsort((grams.keys, grams.target))
    by_field, by_lead = np.lexsort((fields.keys, fields.target)), np.lexsort((leads.widths, leads.keys))
    arrays = {
        "tier": np.array([_TIERS.index(target.tier) for target in exact], dtype=np.uint8),
        "short": keys.short,
        "gram_keys": grams.keys[in_order],
        "gram_target": grams.target[in_order],
        "gram_weight": grams.weight[in_order],
        "gram_long": grams.long[in_order],
        "field_keys": fields.keys[by_field],
        "field_target": fields.target[by_field],
        "field_ends": np.unique(fields.ends),
        "lead_keys": leads.keys[by_lead],
        "lead_widths": leads.widths[by_lead],
        "item_starts": np.cumsum([0, *map(len, mine)], dtype=np.int64),
        "item_targets": np.array([number for some in mine for number in some], dtype=np.int64),
    }
    write_arrays(folder / ARRAYS, arrays)
    (folder / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(about), indent=2) + b"\n")


def indexes_in(path: Path) -> list[Path]:
    """The index that `path` is, or those in the folder, by name; none if it is anything else."""
    if _is_index(path):
        return [path]
    return sorted(folder for folder in path.iterdir() if _is_index(folder)) if path.is_dir() else []


def read_shared(path: Path, n: int) -> Shared:
    """The index in a folder. DataError if it is damaged, or not made for runs of `n` words as they are numbered here."""
    try:
        about = msgspec.json.decode((path / MANIFEST).read_bytes(), type=About)
    except (OSError, msgspec.MsgspecError) as error:
        raise DataError(
            f"{path} is no index", expected="a folder that contamination index wrote", found=str(error)
        ) from None
    wanted, found = (FORMAT, check_of_numbers()), (about.bloomery_contamination_index, about.check)
    if wanted != found:
        raise DataError(
            f"The index {path} was made by a version of Bloomery that numbers words in another way",
            expected=f"format {wanted[0]}, check {wanted[1]}",
            found=f"format {found[0]}, check {found[1]}",
            next="Make it again from the benchmark",
        )
    if about.n != n:
        raise DataError(
            f"The index {path} was made for runs of {about.n} tokens",
            expected=f"n = {n}",
            found=f"n = {about.n}",
            next=f"Give --n {about.n}",
        )
    arrays = read_arrays(path / ARRAYS, _KINDS)
    if not _sound(arrays, about):
        raise DataError(f"{path} is damaged", expected="arrays that fit", next="Make the index again")
    targets = [
        Target(_TIERS[tier], (), _EMPTY, (), (), short)
        for tier, short in zip(arrays["tier"].tolist(), arrays["short"].tolist(), strict=True)
    ]
    return Shared(path, about, _items(arrays, targets, about.name), targets, _keys(arrays))


def _is_index(path: Path) -> bool:
    try:
        return b'"bloomery_contamination_index"' in (path / MANIFEST).read_bytes()[:200]
    except OSError:
        return False


def _items(arrays: Arrays, targets: Sequence[Target], name: str) -> list[Item]:
    numbers, starts = arrays["item_targets"].tolist(), arrays["item_starts"].tolist()
    of = [numbers[first:last] for first, last in pairwise(starts)]
    return [Item(f"{name}:{k}", {targets[t].tier: t for t in some}) for k, some in enumerate(of, start=1)]


def _keys(arrays: Arrays) -> Keys:
    grams = Grams(arrays["gram_keys"], arrays["gram_target"], arrays["gram_weight"], arrays["gram_long"])
    fields = Fields(arrays["field_keys"], arrays["field_target"], arrays["field_ends"])
    leads = Leads(arrays["lead_keys"], arrays["lead_widths"], LEAD if len(arrays["lead_keys"]) else 0)
    return Keys(arrays["short"], grams, fields, leads)


def _sound(arrays: Arrays, about: About) -> bool:
    """Whether the arrays fit one another: kernels trust them."""
    size = {name: len(array) for name, array in arrays.items()}
    starts, weight, widths = arrays["item_starts"], arrays["gram_weight"], arrays["lead_widths"]
    return bool(
        size["tier"] == size["short"]
        and size["gram_keys"] == size["gram_target"] == size["gram_weight"] == size["gram_long"]
        and size["field_keys"] == size["field_target"]
        and size["lead_keys"] == size["lead_widths"]
        and size["item_starts"] == about.items + 1
        and starts[0] == 0
        and starts[-1] == size["item_targets"]
        and (np.diff(starts) >= 0).all()
        and all(_within(arrays[name], size["tier"]) for name in ("gram_target", "field_target", "item_targets"))
        and _within(arrays["tier"], len(_TIERS))
        and ((weight > 0) & (weight <= 1)).all()
        and ((widths >= LEAD) & (widths < about.n)).all()
        and LEAD < about.n < np.iinfo(np.uint64).bits
    )


def _within(numbers: npt.NDArray[Any], limit: int) -> bool:
    return not len(numbers) or bool(numbers.min() >= 0 and numbers.max() < limit)


@cache
def check_of_numbers() -> str:
    """A number made of a fixed text with all kinds of tokens: another one where words are numbered otherwise."""
    text = "Don't pay $1,000.50 for C++ or user_id 7² — “ok”? 東京 ภาษา العَرَبِيَّة 😀 It can’t be 3 km."
    return f"{int(fingerprint(tokens(pl.Series([text])))[0]):016x}"
