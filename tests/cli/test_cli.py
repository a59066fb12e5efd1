"""The command line as a newcomer meets it: help with an example, one-sentence errors, exit codes, nothing heavy for --help."""

import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from bloomery import api, cli
from bloomery.clean.why import Chapter
from bloomery.cli.show import story, table
from bloomery.recipe import load

ROW = '{"prompt": "How do I change my address?", "completion": "Open Settings and choose Addresses, then edit it."}\n'


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = cli.run(list(arguments))
    printed = capsys.readouterr()
    return code, printed.out, printed.err


@pytest.fixture
def raw(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "raw.jsonl"
    path.write_text(ROW * 2 + ROW.replace("address", "name").replace("Addresses", "Names"))
    return path


@pytest.mark.parametrize("verb", cli.VERBS)
def test_every_verb_has_help_with_an_example(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, verb, "--help")
    assert code == 0
    assert f"bloomery {verb}" in out
    assert verb == "demo" or "Example:" in out


def test_help_imports_no_stage_and_no_data_library() -> None:
    program = (
        "import sys; from bloomery import cli; cli.run(['--help'])\n"
        "heavy = {'polars', 'numpy', 'pydantic', 'jinja2', 'ftfy', 'bloomery.clean'} & set(sys.modules)\n"
        "sys.exit(f'imported {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "contamination" in done.stdout


def test_clean_why_restore_split_and_contamination_in_a_row(raw: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "clean", "raw.jsonl", "--out", "clean")
    assert code == 0
    assert "read 3 = kept 2 (edited 0) + dropped 1 + quarantined 0" in out
    assert "exact dropped it (exact_duplicate" in run(capsys, "why", "clean", "raw.jsonl:2")[1]
    assert "Restored 1. Kept 3, dropped 0." in run(capsys, "restore", "clean", "raw.jsonl:2", "--by", "Mo")[1]
    assert run(capsys, "split", "raw.jsonl", "--out", "splits", "--ratio", "50/50")[0] == 0
    leak = ["contamination", "--train", "raw.jsonl", "--test", "raw.jsonl"]
    assert run(capsys, *leak, "--out", "leaks")[0] == 0
    code, out, _ = run(capsys, *leak, "--out", "leaks-over", "--fail-over", "0.01")
    assert code == 100
    assert "3 of 3 test items are contaminated" in out


def test_rethreshold_takes_one_finished_run_and_clean_needs_out_otherwise(
    raw: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(capsys, "clean", "raw.jsonl", "--out", "clean", "--set", "clean.near.keep=[]")[0] == 0
    code, out, _ = run(capsys, "clean", "--rethreshold", "0.9", "clean")
    assert code == 0
    assert "read 3 = kept 2 (edited 0) + dropped 1 + quarantined 0" in out
    code, _, said = run(capsys, "clean", "--rethreshold", "0.95", "clean", "--out", "x")
    assert (code, "the folder of one finished run, and no --out" in said) == (2, True)
    code, _, said = run(capsys, "clean", "raw.jsonl")
    assert (code, "There is no --out" in said) == (2, True)


def test_the_hint_can_be_pasted_into_a_shell(raw: Path, capsys: pytest.CaptureFixture[str]) -> None:
    raw.rename("my rows.jsonl")
    out = run(capsys, "clean", "my rows.jsonl", "--out", "my clean")[1]
    hint = shlex.split(out.rpartition("ask     bloomery ")[2])
    assert hint == ["why", "my clean", "my rows.jsonl:2"]
    assert "exact dropped it" in run(capsys, *hint)[1]


def test_split_without_a_path_takes_the_files_of_the_recipe(raw: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("more.csv").write_text(
        "question,answer\nWhere is it?,In the hall on the left\nWho knows?,The porter knows it all\n"
    )
    mapped = "{path: more.csv, columns: {prompt: question, completion: answer}, format: completion}"
    Path("r.yaml").write_text(f"data: [{mapped}]\nsplit: {{ratio: 50/50}}\n")
    assert run(capsys, "split", "--recipe", "r.yaml", "--out", "a")[0] == 0
    assert "question" in Path("a/train.jsonl").read_text()
    assert run(capsys, "split", "raw.jsonl", "--recipe", "r.yaml", "--out", "b")[0] == 0
    assert "question" not in Path("b/train.jsonl").read_text()
    options = {"recipe": "r.yaml", "out": "c", "hold_out": ["raw.jsonl"]}
    Path("r.yaml").write_text("data: [{path: raw.jsonl}, {path: extra.jsonl}]\nsplit: {ratio: 50/50}\n")
    Path("extra.jsonl").write_text("".join(ROW.replace("address", word) for word in ("name", "mail", "plan", "card")))
    assert api.split(**options).sizes["ood"] == 3


def test_profile_init_convert_and_schema(raw: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "completion" in run(capsys, "profile", "raw.jsonl", "--out", "profile.html")[1]
    assert Path("profile.html").read_text().startswith("<!doctype html>")
    assert run(capsys, "init", "raw.jsonl")[0] == 0
    assert run(capsys, "clean", "--recipe", "recipe.yaml", "--out", "clean")[0] == 0
    assert "3 rows written to chat.jsonl" in run(capsys, "convert", "raw.jsonl", "chat.jsonl", "--to", "chat")[1]
    assert "messages" in json.loads(Path("chat.jsonl").read_text().splitlines()[0])
    assert "clean" in json.loads(run(capsys, "schema")[1])["properties"]


@pytest.mark.parametrize("verb", ["clean", "profile", "init", "split", "convert", "contamination"])
def test_every_verb_that_reads_takes_the_same_flags_and_lists_the_choices(
    verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    help_ = " ".join(run(capsys, verb, "--help")[1].split())
    sides = ("train-", "test-") if verb == "contamination" else ("",)
    for flag in (f"--{side}{name}" for side in sides for name in ("format", "column", "encoding", "container")):
        assert f"{flag} " in help_
    assert "completion, classification, text" in help_
    assert "jsonl, json, csv, tsv, txt, parquet, arrow, conll" in help_


def test_flags_with_few_choices_list_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert "--to jsonl|parquet|csv" in run(capsys, "clean", "--help")[1]
    assert "--balance none|undersample" in run(capsys, "split", "--help")[1]
    assert "chat, completion, alpaca, alpaca_prompt" in " ".join(run(capsys, "convert", "--help")[1].split())


@pytest.mark.parametrize("verb", ["clean", "split", "contamination", "profile"])
def test_set_shows_an_option_of_the_verb(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    help_ = " ".join(run(capsys, verb, "--help")[1].split())
    example = help_.partition("Change one option of the recipe, e.g. ")[2].partition(". ")[0]
    assert example.startswith(f"{verb}.")
    assert load(None, sets=[example])


def test_encoding_and_container_are_heeded_by_every_verb(raw: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [f"Wo ist das Café {n}?;Im Erdgeschoss, neben Garderobe {n}" for n in range(3)]
    Path("odd").write_bytes("\n".join(["question;answer", *rows]).encode("latin-1"))
    how = ["--encoding", "latin-1", "--container", "csv"]
    assert run(capsys, "profile", "odd", *how)[0] == 0
    assert run(capsys, "init", "odd", *how)[0] == 0
    assert "encoding: latin-1" in Path("recipe.yaml").read_text()
    assert run(capsys, "clean", "--recipe", "recipe.yaml", "--out", "by-recipe")[0] == 0
    assert run(capsys, "clean", "odd", "--out", "cleaned", *how)[0] == 0
    assert "Café 0?" in Path("cleaned/data.jsonl").read_text()
    assert run(capsys, "split", "odd", "--out", "splits", "--ratio", "50/50", *how)[0] == 0
    assert run(capsys, "convert", "odd", "chats/odd.jsonl", "--to", "chat", *how)[0] == 0
    both = [f"--{side}-{flag[2:]}" if flag.startswith("--") else flag for side in ("train", "test") for flag in how]
    assert "3 of 3" in run(capsys, "contamination", "--train", "odd", "--test", "odd", "--out", "leaks", *both)[1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["clean", "missing.jsonl", "--out", "x"], "missing.jsonl"),
        (["clean", "raw.jsonl"], "--out"),
        (["clean", "raw.jsonl", "--out", "taken"], "exists"),
        (["clean", "raw.jsonl", "--out", "x", "--set", "clean.near.treshold=1"], "treshold"),
        (["clean", "raw.jsonl", "--out", "x", "--column", "prompt"], "not a pair"),
        (["clean", "raw.jsonl", "--out", "x", "--format", "chatt"], "chat"),
        (["clean", "raw.jsonl", "--out", "x", "--encoding", "utf-9"], "--encoding"),
        (["clean", "raw.jsonl", "--out", "x", "--container", "xml"], "--container"),
        (["clean", "--recipe", "r.yaml", "--out", "x", "--encoding", "latin-1"], "no path that --encoding"),
        (["clean", "empty.jsonl", "--out", "x"], "empty"),
        (["clean", "odd.jsonl", "--out", "x"], "fit no format"),
        (["clean", "raw.jsonl", "--out", "x", "--set", "near.threshold=0.7"], "Expected clean.near.threshold"),
        (["clean", "raw.jsonl", "--out", "x", "--set", "clean.near.threshold=7"], "(it is 7)"),
        (["clean", "raw.jsonl", "--out", "x", "--recipe", "none.yaml"], "bloomery init"),
        (["clean", "raw.jsonl", "--out", "x", "--to", "xlsx"], "Expected one of jsonl, parquet, csv"),
        (
            ["split", "raw.jsonl", "--out", "x", "--near", "7"],
            "split.near should be less than or equal to 1 (it is 7.0)",
        ),
        (["why", "nowhere", "a:1"], "bloomery: nowhere is not a finished run"),
        (["split", "raw.jsonl", "--out", "x", "--ratio", "70/70"], "ratio"),
        (["split", "raw.jsonl", "--out", "x", "--stratify", "nope"], "nope"),
        (["profile"], "nothing to read"),
        (["split", "--out", "x"], "Expected a path, or a recipe with data:"),
        (["split", "--out", "x", "--recipe", "r.yaml"], "Expected a path, or a recipe with data:"),
        (["split", "--out", "x", "--column", "prompt=a"], "no path that --column"),
        (["claen"], "Did you mean 'clean'?"),
        (["clean", "raw.jsonl", "--out", "x", "--format", "Chatt"], "Did you mean 'chat'?"),
        (["clean", "raw.jsonl", "--out", "x", "--container", "jsnl"], "Did you mean 'jsonl'?"),
        (["clean", "raw.jsonl", "--out", "x", "--to", "parket"], "Did you mean 'parquet'?"),
        (["clean", "raw.jsonl", "--out", "x", "--column", "promt=prompt"], "Did you mean 'prompt'?"),
        (["clean", "raw.jsonl", "--out", "x", "--column", "prompt=promt"], "Did you mean 'prompt'?"),
        (["clean", "raw.jsonl", "--out", "x", "--set", "clean.nera.width=3"], "Did you mean 'near'?"),
        (["clean", "raw.jsonl", "--out", "x", "--set", "clean=[nera]"], "Did you mean 'near'?"),
        (["clean", "raw.jsonl", "--out", "x", "--set", "clean.near.treshold=1"], "(did you mean 'threshold'?)"),
        (["clean", "raw.jsonl", "--out", "x", "--set", "clean.near.method=minhsh"], "did you mean 'minhash'?"),
        (["clean", "raw.jsonl", "--out", "x", "--set", "splt.ratio=70/30"], "(did you mean 'split'?)"),
        (["split", "raw.jsonl", "--out", "x", "--set", "split.ration=70/30"], "(did you mean 'ratio'?)"),
        (["split", "raw.jsonl", "--out", "x", "--stratify", "promt"], "Did you mean 'prompt'?"),
        (["convert", "raw.jsonl", "x", "--to", "chatt"], "Did you mean 'chat'?"),
        (["convert", "raw.jsonl", "x.jsnl", "--to", "chat"], "Did you mean '.jsonl'?"),
        (["clean", "raw.json", "--out", "x"], "Did you mean raw.jsonl?"),
        (["clean", "--frob"], "--frob"),
    ],
)
def test_what_the_user_can_mend_is_said_in_a_sentence_with_exit_code_2(
    raw: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    Path("taken").mkdir()
    Path("taken/notes.txt").write_text("mine")
    Path("empty.jsonl").write_text("")
    Path("odd.jsonl").write_text('{"a": 1}\n')
    Path("r.yaml").write_text("split: {ratio: 50/50}\n")
    code, out, err = run(capsys, *arguments)
    assert code == 2
    assert said in err, err
    assert err.startswith("bloomery: ")
    assert "Traceback" not in out + err
    assert not Path("x").exists()


def test_a_table_aligns_numbers_to_the_right() -> None:
    assert table(["op", "rows"], [["a", 1], ["bb", 1000]]) == "op   rows\na       1\nbb  1,000"


def test_data_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    story([Chapter("a\x1b[2J", [("note", "b\x1b]0;title\x07"), ("removed", "c\u202e")])])
    assert not {"\x1b", "\x07", "\u202e"} & set(capsys.readouterr().out)
