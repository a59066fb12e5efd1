"""Every metric, and every name of a value as recipes, gates and verdict.json spell it.

A name is a group, a dot and what the metric's class declares: ``task.accuracy``, ``task.recall.refund``. The group says which
test set it was measured on (``task`` for the one of the recipe). A new metric is three files: its own, its test, one line here.
"""

from collections.abc import Iterable

from bloomery.errors import did_you_mean
from bloomery.metrics.base import Metric, form
from bloomery.metrics.bleu import Bleu
from bloomery.metrics.calibration import Calibration
from bloomery.metrics.chrf import Chrf
from bloomery.metrics.classification import Classification
from bloomery.metrics.code import Code
from bloomery.metrics.cost import Cost
from bloomery.metrics.diversity import Diversity
from bloomery.metrics.embedding_similarity import EmbeddingSimilarity
from bloomery.metrics.entities import Entities
from bloomery.metrics.exact_match import ExactMatch
from bloomery.metrics.health import Health
from bloomery.metrics.json_fields import JsonFields
from bloomery.metrics.judged import Judged
from bloomery.metrics.numeric_answer import NumericAnswer
from bloomery.metrics.perplexity import Perplexity
from bloomery.metrics.rouge import Rouge
from bloomery.metrics.set_f1 import SetF1
from bloomery.metrics.shares import SHARES, States
from bloomery.metrics.surface_f1 import SurfaceF1
from bloomery.metrics.ter import Ter
from bloomery.metrics.token_f1 import TokenF1

METRICS: dict[str, type[Metric]] = {
    metric.name(): metric
    for metric in (
        Classification,
        Calibration,
        ExactMatch,
        NumericAnswer,
        TokenF1,
        SetF1,
        JsonFields,
        Entities,
        SurfaceF1,
        Bleu,
        Chrf,
        Ter,
        Rouge,
        EmbeddingSimilarity,
        Code,
        Perplexity,
        Judged,
        Health,
        Diversity,
        Cost,
    )
}
#: the group of the recipe's own test set
TASK = "task"


def table(group: str = TASK) -> list[tuple[str, str, str]]:
    """For each name: the name in full, the metric that makes it ("" for what every scoring makes), a sentence.

    >>> table()[0]
    ('task.missing', '', 'share of test rows without an answer (the call failed)')
    """
    shares = [(f"{group}.{name}", "", sentence) for name, sentence in SHARES.items()]
    made = [
        (f"{group}.{name}", made_by, sentence)
        for made_by, metric in METRICS.items()
        for name, sentence in metric.names.items()
    ]
    return shares + made


def undeclared(metric: type[Metric], emitted: Iterable[str]) -> list[str]:
    """Those of the `emitted` names (without group) that the class does not declare.

    >>> undeclared(Classification, ["accuracy", "recall.refund", "recal.refund"])
    ['recal.refund']
    """
    forms = [form(name) for name in metric.names]
    return [name for name in emitted if not any(one.fullmatch(name) for one in forms)]


def metric_of(name: str, group: str = TASK) -> str | None:
    """The metric that makes a value of this name; "" for what every scoring makes, None where none does.

    >>> metric_of("task.f1.macro"), metric_of("task.recall.refund"), metric_of("task.f2")
    ('classification', 'classification', None)
    """
    for declared, metric, _ in table(group):
        if form(declared).fullmatch(name):
            return metric
    return None


def maker(name: str) -> type[Metric] | None:
    """The class that makes a value of this name, without group; None where none does.

    >>> maker("f1.macro").name(), maker("refused").name(), maker("f2")
    ('classification', 'states', None)
    """
    made_by = metric_of(f"{TASK}.{name}")
    return None if made_by is None else METRICS[made_by] if made_by else States


def meant(name: str) -> str:
    """A question for where no metric makes `name`.

    >>> meant("task.acuracy")
    "Did you mean 'task.accuracy'?"
    """
    return did_you_mean(name, [declared for declared, _, _ in table()], otherwise="See docs/metrics.md for all names")
