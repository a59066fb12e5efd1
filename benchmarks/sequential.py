"""Sequential methods under continuous peeking: how often they cry wolf, and how soon they see a wolf.

    python benchmarks/sequential.py [--streams 10000] [--length 3000] [--only NAME…]

*False alarms*: streams in which the null is true are watched after every observation (group-sequential tests: at every planned
look). The share that ever says otherwise may be α = 5 % at most; its standard error with 10,000 streams is 0.22 points, so
"holds" means at most α + 2 standard errors. Group-sequential tests are to spend α exactly. Beside them: a plain z test of a
fixed n that is looked at 20 times, or after every observation, and the asymptotic sequence without its rules for lopsided data
(what others there could be, and what they cost: sequential_ways.py).

*Delay*: streams with an effect. The share that notices within the stream, the median number of observations until then (over all
streams, those that never notice last), and the n of the plain test that is looked at once and has a power of 80 %.

Streams have 3,000 observations (or pairs). Asymptotic sequences are tuned to n = 1,000, mixtures to the effect of their case.
Writes results/sequential.json and sequential.md.
"""

import argparse
import sys
import time
from collections.abc import Callable
from typing import Any, NamedTuple, get_args

import measure
import numpy as np
from numpy.typing import NDArray

from bloomery.stats.asymptotic_cs import START, asymptotic_cs, asymptotic_cs_difference, best_rho, half_width
from bloomery.stats.betting_cs import betting_log_capital, empirical_bernstein_cs
from bloomery.stats.group_sequential import Spending, boundaries
from bloomery.stats.msprt import msprt_mean, msprt_two_arm, two_arm_e_value
from bloomery.stats.srm import srm_sequential
from bloomery.stats.streams import running

ALPHA = 0.05
TARGET = 1000
BATCH = 250
Z = 1.959964
POWERED = (1.959964 + 0.841621) ** 2

Stream = NDArray[np.float64]
Draw = Callable[[np.random.Generator, int, int], Stream]
#: streams → after how many observations each was stopped, 0 for never
Watch = Callable[[Stream], NDArray[np.int64]]


class Case(NamedTuple):
    method: str
    promise: str  # exact, asymptotic, none
    data: str
    draw: Draw
    watch: Watch
    once: float | None = None  # n of a plain test with 80 % power; None: the null is true


# data


def normal(mean: float = 0.0) -> Draw:
    return lambda rng, streams, n: rng.normal(mean, 1, (streams, n))


def coin(rate: float) -> Draw:
    return lambda rng, streams, n: (rng.random((streams, n)) < rate).astype(float)


def uniform(power: float = 1.0) -> Draw:
    return lambda rng, streams, n: rng.random((streams, n)) ** power


def centred(rate: float) -> Draw:
    return lambda rng, streams, n: coin(rate)(rng, streams, n) - rate


def skewed(rng: np.random.Generator, streams: int, n: int) -> Stream:
    return rng.lognormal(0, 1, (streams, n)) - np.exp(0.5)


def heavier(rng: np.random.Generator, streams: int, n: int) -> Stream:
    return rng.lognormal(0, 1.5, (streams, n)) - np.exp(1.125)


def exponential(rng: np.random.Generator, streams: int, n: int) -> Stream:
    return rng.exponential(1, (streams, n)) - 1


def shifted(draw: Draw, by: float) -> Draw:
    return lambda rng, streams, n: draw(rng, streams, n) + by


def in_arms(draw: Draw, share: float) -> Draw:
    """Values of two arms that do not differ, (streams, 2, n); arm 1 has this share."""
    return lambda rng, streams, n: np.stack([draw(rng, streams, n), coin(share)(rng, streams, n)], axis=1)


def flips(better: float, worse: float) -> Draw:
    """Differences of two models on the same items: 1 with one probability, −1 with the other, else 0."""

    def draw(rng: np.random.Generator, streams: int, n: int) -> Stream:
        at = rng.random((streams, n))
        return (at < better).astype(float) - (at > 1 - worse)

    return draw


def two(a: float, b: float) -> Draw:
    """Pairs of answers, (streams, 2, n)."""
    return lambda rng, streams, n: (rng.random((streams, 2, n)) < np.array([[a], [b]])).astype(float)


def arms(share: float, effect: float = 0.0, spread: float = 1.0) -> Draw:
    """Normal values and arms, (streams, 2, n); arm 1 has this share and spread."""

    def draw(rng: np.random.Generator, streams: int, n: int) -> Stream:
        arm = (rng.random((streams, n)) < share).astype(float)
        return np.stack([rng.normal(effect * arm, np.where(arm == 1, spread, 1)), arm], axis=1)

    return draw


# methods


def first(stopped: NDArray[np.bool_]) -> NDArray[np.int64]:
    return np.where(stopped.any(-1), stopped.argmax(-1) + 1, 0)


def sequence(null: float, start: int = START) -> Watch:
    return lambda x: asymptotic_cs(x, alpha=ALPHA, target=TARGET, start=start).first_without(null)


def unguarded(null: float) -> Watch:
    def watch(x: Stream) -> NDArray[np.int64]:
        n, mean, variance = running(x)
        half = half_width(n, variance, rho=best_rho(TARGET, alpha=ALPHA), alpha=ALPHA)
        return first((np.abs(mean - null) > half) & (n >= START) & (variance > 0))

    return watch


def arms_apart(x: Stream) -> NDArray[np.int64]:
    return asymptotic_cs_difference(x[:, 0], x[:, 1], alpha=ALPHA, target=TARGET).first_without(0.0)


def betting(null: float, bounds: tuple[float, float] = (0.0, 1.0)) -> Watch:
    return lambda x: first(betting_log_capital(x, null, alpha=ALPHA, bounds=bounds) >= np.log(1 / ALPHA))


def bernstein(null: float, bounds: tuple[float, float] = (0.0, 1.0)) -> Watch:
    return lambda x: empirical_bernstein_cs(x, alpha=ALPHA, bounds=bounds).first_without(null)


def mixture(tau: float, variance: float | None = None) -> Watch:
    return lambda x: first(msprt_mean(x, tau=tau, variance=variance).p_value <= ALPHA)


def mixture_of_pairs(tau: float) -> Watch:
    return lambda x: first(msprt_two_arm(x[:, 0], x[:, 1], tau=tau).p_value <= ALPHA)


def e_value(x: Stream) -> NDArray[np.int64]:
    return first(two_arm_e_value(x[:, 0], x[:, 1]).p_value <= ALPHA)


def planned(looks: int, spending: Spending) -> Watch:
    fractions = np.arange(1, looks + 1) / looks
    bounds = boundaries(fractions, alpha=ALPHA, spending=spending)

    def watch(x: Stream) -> NDArray[np.int64]:
        at = np.ceil(fractions * x.shape[-1]).astype(int)
        n, mean, variance = (values[..., at - 1] for values in running(x))
        over = np.abs(mean) >= bounds * np.sqrt(variance / n)
        return np.where(over.any(-1), at[over.argmax(-1)], 0)

    return watch


def ratio(shares: tuple[float, ...]) -> Watch:
    def watch(x: Stream) -> NDArray[np.int64]:
        ends = np.cumsum(shares)
        arm = np.searchsorted(ends, np.minimum(x, ends[-1] - 1e-12), side="right")
        counts = np.stack([np.cumsum(arm == one, axis=-1) for one in range(len(shares))], axis=-1)
        return first(srm_sequential(counts, shares).p_value <= ALPHA)

    return watch


def peeks(number: int | None) -> Watch:
    """A plain z test, looked at so many times, or after every observation from the 30th on."""

    def watch(x: Stream) -> NDArray[np.int64]:
        at = (
            np.arange(30, x.shape[-1] + 1)
            if number is None
            else np.ceil(np.arange(1, number + 1) / number * x.shape[-1]).astype(int)
        )
        n, mean, variance = (values[..., at - 1] for values in running(x))
        over = np.abs(mean) >= Z * np.sqrt(variance / n)
        return np.where(over.any(-1), at[over.argmax(-1)], 0)

    return watch


RARE = flips(0.01, 0.01)
NULL = [
    Case("plain z test, one look", "α, looked at once", "normal", normal(), peeks(1)),
    Case("plain z test, 20 peeks", "none", "normal", normal(), peeks(20)),
    Case("plain z test, every peek", "none", "normal", normal(), peeks(None)),
    Case("asymptotic, no rules for lopsided data", "none", "accuracy .99", coin(0.99), unguarded(0.99)),
    Case("asymptotic, no rules for lopsided data", "none", "lognormal", skewed, unguarded(0.0)),
    Case("asymptotic_cs", "asymptotic", "normal", normal(), sequence(0.0)),
    Case("asymptotic_cs", "asymptotic", "accuracy .5", coin(0.5), sequence(0.5)),
    Case("asymptotic_cs", "asymptotic", "accuracy .9", coin(0.9), sequence(0.9)),
    Case("asymptotic_cs", "asymptotic", "accuracy .99", coin(0.99), sequence(0.99)),
    Case("asymptotic_cs", "asymptotic", "1 % better, 1 % worse", RARE, sequence(0.0)),
    Case("asymptotic_cs", "asymptotic", "Bernoulli(.05)", coin(0.05), sequence(0.05)),
    Case("asymptotic_cs", "asymptotic", "exponential", exponential, sequence(0.0)),
    Case("asymptotic_cs", "asymptotic", "lognormal", skewed, sequence(0.0)),
    Case("asymptotic_cs", "asymptotic", "lognormal, σ = 1.5", heavier, sequence(0.0)),
    Case("asymptotic_cs, start=1000", "asymptotic", "lognormal, σ = 1.5", heavier, sequence(0.0, 1000)),
    Case("asymptotic_cs_difference", "asymptotic", "normal, half each", arms(0.5), arms_apart),
    Case(
        "asymptotic_cs_difference", "asymptotic", "normal, 20 % with thrice the spread", arms(0.2, spread=3), arms_apart
    ),
    Case("asymptotic_cs_difference", "asymptotic", "lognormal, half each", in_arms(skewed, 0.5), arms_apart),
    Case("asymptotic_cs_difference", "asymptotic", "lognormal, 20 % in one", in_arms(skewed, 0.2), arms_apart),
    Case("betting_cs", "exact", "accuracy .5", coin(0.5), betting(0.5)),
    Case("betting_cs", "exact", "accuracy .9", coin(0.9), betting(0.9)),
    Case("betting_cs", "exact", "accuracy .99", coin(0.99), betting(0.99)),
    Case("betting_cs", "exact", "uniform", uniform(), betting(0.5)),
    Case("betting_cs", "exact", "1 % better, 1 % worse", RARE, betting(0.0, (-1, 1))),
    Case("empirical_bernstein_cs", "exact", "accuracy .5", coin(0.5), bernstein(0.5)),
    Case("empirical_bernstein_cs", "exact", "accuracy .99", coin(0.99), bernstein(0.99)),
    Case("empirical_bernstein_cs", "exact", "uniform", uniform(), bernstein(0.5)),
    Case("msprt_mean, variance given", "exact", "normal", normal(), mixture(0.1, 1.0)),
    Case("msprt_mean", "asymptotic", "normal", normal(), mixture(0.1)),
    Case("msprt_mean", "asymptotic", "1 % better, 1 % worse", RARE, mixture(0.02)),
    Case("msprt_mean", "asymptotic", "lognormal", skewed, mixture(0.2)),
    Case("msprt_two_arm", "asymptotic", "rates .5", two(0.5, 0.5), mixture_of_pairs(0.05)),
    Case("msprt_two_arm", "asymptotic", "rates .9", two(0.9, 0.9), mixture_of_pairs(0.05)),
    Case("msprt_two_arm", "asymptotic", "rates .99", two(0.99, 0.99), mixture_of_pairs(0.02)),
    Case("two_arm_e_value", "exact", "rates .5", two(0.5, 0.5), e_value),
    Case("two_arm_e_value", "exact", "rates .9", two(0.9, 0.9), e_value),
    Case("two_arm_e_value", "exact", "rates .99", two(0.99, 0.99), e_value),
    Case("group sequential, O'Brien–Fleming, 5 looks", "asymptotic", "normal", normal(), planned(5, "obrien_fleming")),
    Case("group sequential, Pocock, 5 looks", "asymptotic", "normal", normal(), planned(5, "pocock")),
    Case(
        "group sequential, O'Brien–Fleming, 20 looks",
        "asymptotic",
        "accuracy .9",
        centred(0.9),
        planned(20, "obrien_fleming"),
    ),
    Case("group sequential, Pocock, 20 looks", "asymptotic", "normal", normal(), planned(20, "pocock")),
    Case("srm_sequential", "exact", "50 : 50", uniform(), ratio((0.5, 0.5))),
    Case("srm_sequential", "exact", "90 : 5 : 5", uniform(), ratio((0.9, 0.05, 0.05))),
]
SHIFT, BETTER, PAIRED = 0.1, (0.85, 0.9), (0.06, 0.03)
N_SHIFT = POWERED / SHIFT**2
N_ACCURACY = POWERED * 0.9 * 0.1 / 0.05**2
N_PAIRED = POWERED * (0.09 - 0.03**2) / 0.03**2
N_TAIL = POWERED * (np.e - 1) * np.e / 0.2**2
N_ARMS, N_RATIO = POWERED * 4 / 0.2**2, POWERED * 0.25 / 0.04**2
UNEVEN = np.log(0.5) / np.log(0.54)  # a uniform U: P(U ** UNEVEN < .5) = .54
N_TWO = POWERED * (0.85 * 0.15 + 0.9 * 0.1) / 0.05**2
OBRIEN_FLEMING, POCOCK = (planned(20, spending) for spending in get_args(Spending))
BY_NORMAL = [
    ("asymptotic_cs", sequence(0.0)),
    ("msprt_mean, variance given", mixture(SHIFT, 1.0)),
    ("msprt_mean", mixture(SHIFT)),
    ("group sequential, O'Brien–Fleming, 20 looks", OBRIEN_FLEMING),
    ("group sequential, Pocock, 20 looks", POCOCK),
]
BY_ACCURACY = [
    ("asymptotic_cs", sequence(0.85)),
    ("betting_cs", betting(0.85)),
    ("empirical_bernstein_cs", bernstein(0.85)),
]
BY_PAIRED = [
    ("asymptotic_cs", sequence(0.0)),
    ("betting_cs", betting(0.0, (-1, 1))),
    ("empirical_bernstein_cs", bernstein(0.0, (-1, 1))),
    ("msprt_mean", mixture(0.03)),
]
BY_TWO = [("msprt_two_arm", mixture_of_pairs(0.05)), ("two_arm_e_value", e_value)]
EFFECT = [
    *(Case(m, "", "normal, 0.1 standard deviations", normal(SHIFT), w, N_SHIFT) for m, w in BY_NORMAL),
    *(Case(m, "", "accuracy .9 against .85", coin(0.9), w, N_ACCURACY) for m, w in BY_ACCURACY),
    *(Case(m, "", "6 % better, 3 % worse", flips(*PAIRED), w, N_PAIRED) for m, w in BY_PAIRED),
    Case("asymptotic_cs", "", "lognormal, .09 standard deviations", shifted(skewed, 0.2), sequence(0.0), N_TAIL),
    *(Case(m, "", "rates .85 and .9, pairs", two(*BETTER), w, N_TWO) for m, w in BY_TWO),
    Case(
        "asymptotic_cs_difference", "", "normal, half each, 0.2 standard deviations", arms(0.5, 0.2), arms_apart, N_ARMS
    ),
    Case("srm_sequential", "", "54 : 46 for 50 : 50", uniform(UNEVEN), ratio((0.5, 0.5)), N_RATIO),
]


def stops(case: Case, streams: int, length: int, seed: int) -> NDArray[np.int64]:
    """After how many observations each stream of the case was stopped; 0 for never."""
    rng = np.random.default_rng(seed)
    parts = [case.watch(case.draw(rng, min(BATCH, streams - done), length)) for done in range(0, streams, BATCH)]
    return np.concatenate(parts)


def false_alarms(cases: list[Case], streams: int, length: int) -> list[dict[str, Any]]:
    error = (ALPHA * (1 - ALPHA) / streams) ** 0.5
    found: list[dict[str, Any]] = []
    for number, case in enumerate(cases):
        started = time.perf_counter()
        rate = float((stops(case, streams, length, number) > 0).mean())
        holds = rate <= ALPHA + 2 * error
        found.append(
            {"method": case.method, "promise": case.promise, "data": case.data, "false_alarms": rate, "holds": holds}
        )
        print(
            f"{time.perf_counter() - started:5.1f} s  {100 * rate:5.2f} %  {case.method}, {case.data}", file=sys.stderr
        )
    return found


def delays(cases: list[Case], streams: int, length: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for number, case in enumerate(cases):
        when = stops(case, streams, length, 1000 + number)
        middle = float(np.median(np.where(when > 0, when, length + 1)))
        noticed, median = float((when > 0).mean()), middle if middle <= length else None
        found.append(
            {
                "method": case.method,
                "data": case.data,
                "noticed": noticed,
                "median": median,
                "plain_n": np.ceil(case.once or 0),
            }
        )
        print(f"{100 * noticed:5.1f} %, median {median}  {case.method}, {case.data}", file=sys.stderr)
    return found


def tables(nulls: list[dict[str, Any]], effects: list[dict[str, Any]]) -> str:
    lines = ["| method | promise | data without an effect | false alarms |", "| --- | --- | --- | --- |"]
    for row in nulls:
        mark = "" if row["holds"] else ", **more than 5 %**"
        lines.append(
            f"| {row['method']} | {row['promise']} | {row['data']} | {100 * row['false_alarms']:.2f} %{mark} |"
        )
    lines += [
        "",
        "| method | effect | noticed | median n until then | n of a plain test, one look, power 80 % |",
        "| --- | --- | --- | --- | --- |",
    ]
    for row in effects:
        median = "–" if row["median"] is None else f"{row['median']:,.0f}"
        lines.append(
            f"| {row['method']} | {row['data']} | {100 * row['noticed']:.1f} % | {median} | {row['plain_n']:,.0f} |"
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--streams", type=int, default=10_000)
    parser.add_argument("--length", type=int, default=3000)
    parser.add_argument("--only", nargs="+", default=[], help="methods whose name begins so; nothing is written")
    options = parser.parse_args()
    kept = tuple(options.only) or ("",)
    nulls = false_alarms([case for case in NULL if case.method.startswith(kept)], options.streams, options.length)
    effects = delays([case for case in EFFECT if case.method.startswith(kept)], options.streams, options.length)
    if options.only:
        return
    settings = {"streams": options.streams, "length": options.length, "alpha": ALPHA, "target": TARGET}
    measure.save(
        "sequential", settings | {"machine": measure.machine("numpy", "scipy"), "null": nulls, "effect": effects}
    )
    (measure.RESULTS / "sequential.md").write_text(tables(nulls, effects))


if __name__ == "__main__":
    main()
