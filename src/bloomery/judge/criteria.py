"""Criteria of an item's own, such as "Must mention the deadline": yes, partial or no for each.

The rubric ``mentions`` has one criterion that stands for those of the item. Its value over an item is the mean of theirs.
"""

from bloomery.errors import DataError
from bloomery.judge.items import Item
from bloomery.judge.rubric import Rubric


def of_item(rubric: Rubric, item: Item) -> Rubric:
    """`rubric` with the criteria of `item` in the place of its own, where it needs them; else as it is.

    Raises DataError for an item without what the rubric needs.

    >>> from bloomery.judge.items import single
    >>> from bloomery.judge.rubric import rubric
    >>> asked = of_item(rubric("mentions"), single("q1", "When?", "Soon.", criteria=("Must name a day", "Must be polite")))
    >>> [(one.name, one.meaning) for one in asked.criteria]
    [('c1', 'Must name a day'), ('c2', 'Must be polite')]
    """
    if "reference" in rubric.needs and not item.reference:
        raise DataError(
            f"Item '{item.item}' has no reference answer",
            expected=f"one for each item, since the rubric {rubric.name} compares with it",
        )
    if "criteria" not in rubric.needs:
        return rubric
    if not item.criteria:
        raise DataError(
            f"Item '{item.item}' has no criteria",
            expected=f"a list in the column criteria, such as ['Must mention the deadline'], since {rubric.name} needs it",
        )
    pattern = rubric.criteria[0]
    own = [
        pattern.model_copy(update={"name": f"c{k}", "meaning": told}) for k, told in enumerate(item.criteria, start=1)
    ]
    return rubric.model_copy(update={"criteria": tuple(own)})
