"""The generated raw data keep what truth.json says of them (read back with nothing but the standard library)."""

import csv
import gzip
import io
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import phonenumbers
import pytest

from bloomery.cli.demo.generate import ROWS, generate
from bloomery.cli.demo.items import BENCHMARK, Item, similarity, trigrams, words
from bloomery.cli.demo.personal import CARDS, EMAILS, PHONES
from bloomery.cli.demo.truth import KINDS, Planted, Truth

CLEAN_BOUNDS = {"prompt": (10, 2048), "completion": (20, 4096)}


class Demo(NamedTuple):
    folder: Path
    truth: Truth
    rows: dict[str, Item]  # readable rows of the training sources by id
    tests: dict[str, Item]

    def of(self, kind: str) -> list[Item]:
        return [self.rows[row.id] for row in self.truth.planted if row.kind == kind]

    def planted(self, kind: str) -> list[Planted]:
        return [row for row in self.truth.planted if row.kind == kind]

    def ordinary(self) -> list[Item]:
        planted = {row.id for row in self.truth.planted}
        return [item for row_id, item in self.rows.items() if row_id not in planted]


def read(folder: Path) -> tuple[dict[str, Item], dict[str, Item]]:
    rows: dict[str, Item] = {}
    for name in ("raw/tickets.jsonl", "raw/synthetic.jsonl.gz", BENCHMARK):
        raw = (folder / name).read_bytes()
        raw = gzip.decompress(raw) if name.endswith(".gz") else raw
        rows |= {f"{name}:{n}": item for n, item in read_lines(raw)}
    text = (folder / "raw/forum.csv").read_bytes().decode("utf-8", errors="replace")
    for n, cells in enumerate(csv.reader(io.StringIO(text, newline="")), 0):
        if n and len(cells) == 4 and "\ufffd" not in "".join(cells):
            rows[f"raw/forum.csv:{n}"] = Item("forum", cells[1], cells[2], "")
    tests = {row_id: item for row_id, item in rows.items() if row_id.startswith(BENCHMARK)}
    return {row_id: item for row_id, item in rows.items() if row_id not in tests}, tests


def read_lines(raw: bytes) -> Iterator[tuple[int, Item]]:
    for n, line in enumerate(raw.split(b"\n"), 1):
        try:
            record = json.loads(line.decode("utf-8"))
        except ValueError:
            continue
        yield n, Item("tickets", record["prompt"], record["completion"], "")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    folder = tmp_path_factory.mktemp("demo")
    truth = generate(folder)
    return Demo(folder, truth, *read(folder))


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_same_seed_writes_the_same_bytes_and_another_seed_others(demo: Demo, tmp_path: Path) -> None:
    generate(tmp_path / "again")
    generate(tmp_path / "other", seed=8)
    assert files(tmp_path / "again") == files(demo.folder)
    other = files(tmp_path / "other")
    assert all(other[name] != data for name, data in files(demo.folder).items())


def test_truth_file_says_what_generate_returned(demo: Demo) -> None:
    assert Truth.load(demo.folder / "truth.json") == demo.truth


def test_row_counts_are_those_of_the_files(demo: Demo) -> None:
    assert sum(n for name, n in demo.truth.rows.items() if name != BENCHMARK) == ROWS
    tickets = (demo.folder / "raw/tickets.jsonl").read_bytes()
    synthetic = gzip.decompress((demo.folder / "raw/synthetic.jsonl.gz").read_bytes())
    assert tickets.count(b"\n") == demo.truth.rows["raw/tickets.jsonl"]
    assert synthetic.count(b"\n") == demo.truth.rows["raw/synthetic.jsonl.gz"]
    table = (demo.folder / "raw/forum.csv").read_bytes().decode("utf-8", errors="replace")
    assert sum(1 for _ in csv.reader(io.StringIO(table, newline=""))) == 1 + demo.truth.rows["raw/forum.csv"]
    assert len(demo.tests) == demo.truth.rows[BENCHMARK] == 100


def test_every_kind_is_planted_and_counted(demo: Demo) -> None:
    found = Counter([row.kind for row in demo.truth.planted] + [leak.kind for leak in demo.truth.leaks])
    assert dict(found) == demo.truth.counts
    assert all(count >= 2 for count in demo.truth.counts.values())


def test_only_the_broken_rows_are_unreadable(demo: Demo) -> None:
    broken = {row.id for row in demo.truth.planted if row.expected == "quarantined"}
    every = {f"{name}:{n}" for name, rows in demo.truth.rows.items() if name != BENCHMARK for n in range(1, rows + 1)}
    assert every - set(demo.rows) == broken


def test_unrelated_rows_are_not_similar(demo: Demo) -> None:
    """Every pair at 0.5 or more of word 3-grams was planted: copies of one cluster, or look-alikes."""
    related: dict[str, str] = {m: cluster.id for cluster in demo.truth.clusters for m in cluster.members}
    related |= {row.id: "twins" for row in demo.truth.planted if row.kind.startswith("twin_")}
    ids = list(demo.rows)
    sets = [trigrams(item.prompt, item.completion) for item in demo.rows.values()]
    holders: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for at, grams in enumerate(sets):
        for gram in grams:
            holders[gram].append(at)
    shared: Counter[tuple[int, int]] = Counter()
    for held in holders.values():
        shared.update((a, b) for k, a in enumerate(held) for b in held[k + 1 :])
    for (a, b), both in shared.items():
        if both / (len(sets[a]) + len(sets[b]) - both) >= 0.5:
            assert related.get(ids[a], "a") == related.get(ids[b], "b"), (ids[a], ids[b])


def test_similarities_in_the_truth_are_true_and_clear_of_the_threshold(demo: Demo) -> None:
    for row in demo.truth.planted:
        if row.similarity is not None and row.against is not None and row.kind != "copy_disguised":
            assert row.similarity == pytest.approx(similarity(demo.rows[row.against], demo.rows[row.id]), abs=1e-4)
    easy = [row.similarity or 0 for kind in KINDS if kind.startswith("near_") for row in demo.planted(kind)]
    hard = [row.similarity or 0 for row in demo.planted("near_hard")]
    assert min(set(easy) - set(hard)) >= 0.83
    assert 0.45 <= min(hard) <= max(hard) <= 0.77


def test_exact_copies_are_equal_and_outranked_by_their_original(demo: Demo) -> None:
    rank = {"raw/tickets.jsonl": 3, "raw/forum.csv": 2, "raw/synthetic.jsonl.gz": 1}
    for row in demo.planted("copy_exact"):
        original = demo.rows[row.against or ""]
        assert (original.prompt, original.completion) == (demo.rows[row.id].prompt, demo.rows[row.id].completion)
    for cluster in demo.truth.clusters:
        ranks = [rank[member.rpartition(":")[0]] for member in cluster.members]
        assert cluster.survivor is None or ranks[0] > max(ranks[1:])
        assert cluster.survivor is not None or len(set(ranks)) == 1


def test_disguised_copies_differ_in_bytes_only_by_case_spacing_and_invisible_characters(demo: Demo) -> None:
    def bare(item: Item) -> str:
        text = f"{item.prompt} {item.completion}".translate({code + 0xFEE0: code for code in range(0x21, 0x7F)})
        return re.sub(r"[\s\u200b\u200d]", "", text).casefold()

    for row in demo.planted("copy_disguised"):
        original, copy = demo.rows[row.against or ""], demo.rows[row.id]
        assert original.completion != copy.completion
        assert bare(original) == bare(copy)


def test_copies_but_for_personal_data_are_equal_without_it(demo: Demo) -> None:
    for row in demo.planted("copy_but_pii"):
        original, copy = demo.rows[row.against or ""], demo.rows[row.id]
        assert original.completion == copy.completion
        assert original.prompt != copy.prompt
        assert original.prompt.partition(" You can reach me")[0] == copy.prompt.partition(" You can reach me")[0]


def test_ordinary_rows_are_within_every_bound_and_hold_no_long_number(demo: Demo) -> None:
    for item in demo.ordinary():
        assert len(item.prompt) in range(*CLEAN_BOUNDS["prompt"])
        assert len(item.completion) in range(*CLEAN_BOUNDS["completion"])
        assert item.completion.endswith((".", "?", "!", "\n"))
        assert not re.search(r"\d[\d ().-]{7,}\d|@", f"{item.prompt}\n{item.completion}")


def test_answers_have_a_realistic_length_and_questions_are_short_in_a_share_of_rows(demo: Demo) -> None:
    lengths = sorted(len(item.completion.split()) for item in demo.ordinary())
    assert lengths[len(lengths) // 20] >= 40
    assert lengths[-len(lengths) // 20] <= 120
    short = sum(len(item.prompt.split()) <= 6 for item in demo.ordinary()) / len(lengths)
    assert 0.15 < short < 0.35


def test_wrong_lengths_are_outside_the_bounds(demo: Demo) -> None:
    assert all(len(item.completion) < 20 for item in demo.of("short_completion"))
    assert all(len(item.prompt) < 10 for item in demo.of("short_prompt"))
    assert all(len(item.prompt) > 2048 for item in demo.of("long_prompt"))
    assert all(len(item.completion) > 4096 for item in demo.of("long_completion"))
    assert all(not item.completion.strip() for item in demo.of("empty_completion"))
    assert all(item.prompt == item.completion for item in demo.of("echo"))


def test_personal_data_is_in_its_rows(demo: Demo) -> None:
    pools = {"email": EMAILS, "phone": PHONES, "card": CARDS}
    for kind, pool in pools.items():
        for item in demo.of(kind):
            assert any(value in item.prompt + item.completion for value in pool)
    assert all(re.search(r"\b[78]\d\d-\d\d-\d{4}\b", item.prompt + item.completion) for item in demo.of("ssn"))


def luhn(text: str) -> bool:
    digits = [int(c) for c in text if c.isdigit()][::-1]
    return sum(digits[::2] + [sum(divmod(2 * d, 10)) for d in digits[1::2]]) % 10 == 0


def test_cards_pass_luhn_and_their_look_alikes_do_not(demo: Demo) -> None:
    assert all(luhn(card) for card in CARDS)
    fakes = [row.id for row in demo.planted("pii_lookalike") if row.note == "sixteen digits, not a card"]
    found = [re.search(r"\d(?:[ -]?\d){15}", demo.rows[row_id].prompt) for row_id in fakes]
    assert len(found) == 4
    assert not any(luhn(match[0]) for match in found if match)


def test_phones_are_valid_somewhere() -> None:
    def valid(text: str) -> bool:
        return any(
            phonenumbers.is_valid_number(match.number)
            for region in ("US", "GB", "FR", "DE")
            for match in phonenumbers.PhoneNumberMatcher(text, region)
        )

    assert [phone for phone in PHONES if not valid(phone)] == []


def test_mojibake_is_repaired_by_reversing_the_wrong_decoding(demo: Demo) -> None:
    for item in demo.of("mojibake"):
        repaired = b"".join(c.encode("latin-1" if ord(c) < 256 else "cp1252") for c in item.prompt).decode("utf-8")
        assert len(repaired) < len(item.prompt)
    assert all("\r\n" in item.completion for item in demo.of("crlf"))


def grams(item_words: list[str], n: int = 13) -> set[tuple[str, ...]]:
    return {tuple(item_words[k : k + n]) for k in range(len(item_words) - n + 1)}


def test_leaked_items_are_in_their_training_rows_as_the_truth_says(demo: Demo) -> None:
    for leak in demo.truth.leaks:
        test, train = demo.tests[leak.id], demo.rows[leak.train]
        asked, told = words(test.prompt) == words(train.prompt), words(test.completion) == words(train.completion)
        expected = {"leak_question": (True, False), "leak_answer": (False, True)}.get(leak.kind, (True, True))
        assert (asked, told) == expected
        if leak.kind == "leak_short":
            assert len(words(test.prompt) + words(test.completion)) < 13
        if leak.kind == "leak_rewrapped":
            assert test.prompt != train.prompt


def test_fresh_items_are_in_no_training_row(demo: Demo) -> None:
    """Neither the question nor the answer: at most half of its 13-grams in any one row, short ones not as a whole."""
    leaked = {leak.id for leak in demo.truth.leaks}
    rows = [grams(words(f"{item.prompt}\n{item.completion}")) for item in demo.rows.values()]
    texts = [" ".join(words(f"{item.prompt}\n{item.completion}")) for item in demo.rows.values()]
    for row_id in sorted(set(demo.tests) - leaked):
        for text in (demo.tests[row_id].prompt, demo.tests[row_id].completion):
            mine = grams(words(text))
            assert all(len(mine & row) <= 0.5 * len(mine) for row in rows), text
            assert mine or not any(" ".join(words(text)) in row for row in texts), text


@pytest.mark.parametrize("seed", [0, 1, 99])
def test_any_seed_gives_the_same_number_of_planted_rows(demo: Demo, tmp_path: Path, seed: int) -> None:
    assert generate(tmp_path, seed=seed).counts == demo.truth.counts
