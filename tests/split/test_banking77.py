"""A public set of 10,003 short questions in 77 classes; skipped where the shared data is not beside the repository."""

from pathlib import Path

import pytest

from bloomery.split.run import split

TRAIN = Path(__file__).parents[3] / "shared" / "data" / "polyai" / "banking_data" / "train.csv"


@pytest.mark.skipif(not TRAIN.exists(), reason="shared data is not here")
def test_all_77_labels_in_every_split_and_no_pair_across(tmp_path: Path) -> None:
    result = split(TRAIN, out=tmp_path / "out", stratify="category")
    splits = result.manifest["splits"]
    assert [len(found["labels"]) for found in splits.values()] == [77, 77, 77]
    assert result.counts == {"read": 10_003, "written": 10_003, "unused": 0, "quarantined": 0}
    assert result.manifest["proof"]["pairs_across_splits"] == 0
    assert 0.5 <= result.manifest["proof"]["highest_across_splits"]["similarity"] < 0.8
    for name, asked in {"train": 70, "validation": 10, "test": 20}.items():
        assert result.manifest["ratio"]["achieved"][name] == pytest.approx(asked, abs=0.05)
        totals = {
            label: sum(found["labels"][label] for found in splits.values()) for label in splits["train"]["labels"]
        }
        # a label's share is off by rounding (1 row) and by its duplicate clusters (at most 4 rows)
        off = [abs(splits[name]["labels"][label] - asked / 100 * total) for label, total in totals.items()]
        assert max(off) <= 5
