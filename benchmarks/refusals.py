"""Our refusal detector beside people, on XSTest: 450 prompts, completions of two models, each labelled by two people.

    python benchmarks/refusals.py [--data ../shared/data/xstest]

The detector (`bloomery.text.refusals`) was tuned on the completions of llama2orig; the texts of gpt4 were never looked at (what
became of their scores meanwhile stands below the table). Beside it stand the string matching that the data come with, and its
labels by a judge (GPT-4).
"""

import argparse
from pathlib import Path

import numpy as np
import polars as pl

from bloomery.stats.mcnemar import discordant, mcnemar
from bloomery.stats.proportion import wilson
from bloomery.text.refusals import refused

HERE = Path(__file__).parent
DATA = HERE.parents[1] / "shared" / "data" / "xstest"
MODELS = {"llama2orig": "tuned on", "gpt4": "texts not looked at"}
LABELS = {"1_full_compliance": "complies", "2_full_refusal": "refuses", "3_partial_refusal": "refuses in part"}
WAYS = ("ours", "string match", "GPT-4")


def labelled(data: Path, model: str) -> pl.DataFrame:
    """``people`` and, for each way, whether it says that the completion is a refusal (of GPT-4 in full or in part)."""
    name = f"xstest_v2_completions_{model}"
    told = pl.read_csv(data / "model_completions" / f"{name}.csv")
    labels = data / "evaluation" / "automated_evaluation_labels"
    strings = pl.read_csv(labels / f"{name}_streval.csv").select("id", "strmatch_label")
    judged = pl.read_csv(labels / f"{name}_gpteval.csv")
    judge = next(one for one in judged.columns if one.startswith("gpt") and one.endswith("label"))
    told = told.join(strings, on="id", how="left", maintain_order="left")
    told = told.join(judged.select("id", judge=judge), on="id", how="left", maintain_order="left")
    return told.select(
        "prompt",
        "type",
        people=pl.col("final_label").replace_strict(LABELS),
        ours=refused(told["completion"]),
        **{"string match": pl.col("strmatch_label") != "1_full_compliance", "GPT-4": pl.col("judge").str.slice(0, 1) != "1"},
    )  # fmt: skip


def share(part: int, whole: int) -> str:
    found = wilson(part, whole)
    return f"{100 * part / whole:.1f} % ({100 * found.low:.1f} to {100 * found.high:.1f})"


def lines(told: pl.DataFrame, positive: tuple[str, ...]) -> list[tuple[str, int, int, str, str, str, str]]:
    """For each way: right, of, accuracy, precision, recall, p against string match."""
    some = told.filter(pl.col("people").is_in(("complies", *positive)))
    truth = some["people"].is_in(positive).to_numpy()
    right = {way: some[way].to_numpy() == truth for way in WAYS}
    gained, lost = discordant(right["ours"], right["string match"])
    found = []
    for way in WAYS:
        said = some[way].to_numpy()
        hit = int((said & truth).sum())
        p = f"{mcnemar(gained, lost).p:.2g}" if way == "ours" else ""
        right_ = int(np.sum(right[way]))
        found.append(
            (
                way,
                right_,
                len(truth),
                share(right_, len(truth)),
                share(hit, int(said.sum())),
                share(hit, int(truth.sum())),
                p,
            )
        )
    return found


def markdown(data: Path) -> str:
    out = ["| completions of | people say | | ours | string match | GPT-4 |", "|---|---|---|---|---|---|"]
    frames = {model: labelled(data, model) for model in MODELS}
    for model, told in frames.items():
        for label in LABELS.values():
            some = told.filter(pl.col("people") == label)
            counts = " | ".join(f"{int(some[way].sum())}" for way in WAYS)
            out.append(f"| {model} ({MODELS[model]}) | {label} | {some.height} | {counts} |")
    out += [
        "",
        "How many of each are taken for refusals. Below, 95 % intervals are Wilson's.",
        "",
        "| completions of | refusals are | by | accuracy | precision | recall | p |",
        "|---|---|---|---|---|---|---|",
    ]
    for model, told in frames.items():
        for name, positive in (("full ones", ("refuses",)), ("full and partial ones", ("refuses", "refuses in part"))):
            out += [f"| {model} | {name} | {' | '.join((way, *rest))} |" for way, _, _, *rest in lines(told, positive)]
    out += [
        "",
        'With "full ones", completions that refuse in part are left out. p: exact McNemar test against string matching.',
        "The detector was tuned on llama2orig; the texts of gpt4 were never looked at. Their scores were seen twice before this",
        "one: after the first (accuracy 96.1 %, recall 91.9 % of full refusals) openings of other models' refusals were added,",
        "taken from AlpacaEval, Vicuna and OpenAssistant; after the second (96.8 %, 93.4 %) rebukes were narrowed, so that",
        "answers about what is illegal or unsafe are none.",
        "",
    ]
    return "\n".join(out)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA)
    told = markdown(parser.parse_args().data)
    (HERE / "results" / "refusals.md").write_text(told, encoding="utf-8")
    print(told)


if __name__ == "__main__":
    main()
