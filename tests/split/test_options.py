import pytest
from pydantic import ValidationError

from bloomery.split.options import Split


@pytest.mark.parametrize(
    ("ratio", "shares"),
    [
        ("70/10/20", {"train": 0.7, "validation": 0.1, "test": 0.2}),
        ("7/1/2", {"train": 0.7, "validation": 0.1, "test": 0.2}),
        ("0.7/0.1/0.2", {"train": 0.7, "validation": 0.1, "test": 0.2}),
        (".8/.2", {"train": 0.8, "test": 0.2}),
        ("80 / 20", {"train": 0.8, "test": 0.2}),
        ("90/0/10", {"train": 0.9, "test": 0.1}),
        ("66.6/16.7/16.7", {"train": 0.666, "validation": 0.167, "test": 0.167}),
    ],
)
def test_ratio_gives_shares(ratio: str, shares: dict[str, float]) -> None:
    assert Split(ratio=ratio).shares == pytest.approx(shares)


@pytest.mark.parametrize(
    "ratio", ["70/10", "70/20/20", "0/50/50", "100/0/0", "100", "25/25/25/25", "a/b", "-10/110", ""]
)
def test_ratio_that_does_not_add_up_is_refused(ratio: str) -> None:
    with pytest.raises(ValidationError, match="ratio must"):
        Split(ratio=ratio)


def test_every_option_has_its_sentence() -> None:
    assert all(said.endswith(".") for said in Split.model_sentences().values())
