"""What a finished run hands back."""

from pathlib import Path
from typing import Any

from bloomery.clean.result import CleanResult
from bloomery.contamination.result import ContaminationResult
from bloomery.evaluate.result import Evaluated
from bloomery.run.ledger import read
from bloomery.split.result import SplitResult


class Ran:
    """A run. Opening one reads nothing but its ledger."""

    def __init__(self, folder: str | Path) -> None:
        """Raises DataError if `folder` is not that of a run."""
        self.folder = Path(folder)
        self.ledger: dict[str, Any] = read(self.folder)

    @property
    def stages(self) -> list[str]:
        """The stages that stand."""
        return list(self.ledger["stages"])

    @property
    def verdict(self) -> str | None:
        """deploy, no_deploy or inconclusive; None where nothing was decided."""
        word: str | None = self.ledger.get("verdict")
        return word

    @property
    def exit_code(self) -> int:
        """That of the verdict: 0, 100, 101; 100 where contamination passed its limit."""
        return int(self.ledger.get("exit_code", 1))

    @property
    def stopped(self) -> str:
        """Why it stopped before its last stage; "" where it did not."""
        return str(self.ledger.get("stopped", ""))

    @property
    def clean(self) -> CleanResult:
        """The cleaned rows."""
        return CleanResult(self.folder / "clean")

    @property
    def split(self) -> SplitResult:
        """The split."""
        return SplitResult(self.folder / "split")

    @property
    def contamination(self) -> ContaminationResult:
        """The check."""
        return ContaminationResult(self.folder / "contamination")

    @property
    def evaluated(self) -> Evaluated | None:
        """The evaluation; None where no model was evaluated."""
        return Evaluated(self.folder / "evaluate") if "evaluate" in self.stages else None

    def __repr__(self) -> str:
        return f"Ran({str(self.folder)!r}: {', '.join(self.stages)}; verdict {self.verdict or 'none'})"
