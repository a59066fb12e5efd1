"""Make the picture of a verdict's report: ``python docs/picture.py``.

It needs Chromium; ``CHROMIUM`` says what it is called, where that is not ``chromium``. The picture is of what the example of
docs/verdict.md writes, so page and picture show the same run.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
WIDTH, HEIGHT = 1280, 1500


def main() -> int:
    """Run the page's example, open its report, write verdict.png."""
    from tests.docs.blocks import blocks, commands

    browser = os.environ.get("CHROMIUM", "chromium")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for block in blocks(HERE / "verdict.md"):
            if block.file:
                (folder / block.file).write_text(block.text, encoding="utf-8")
            elif block.kind == "python" and "import random" in block.text:
                subprocess.run([sys.executable, "-c", block.text], cwd=folder, check=True)
            elif block.kind == "console":
                path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
                line = commands(block)[0].line
                subprocess.run(["bash", "-c", line], cwd=folder, check=True, env=os.environ | {"PATH": path})
        page = next(folder.glob("runs/*/report.html"))
        options = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            "--hide-scrollbars",
        ]
        options += [f"--user-data-dir={folder / 'browser'}", f"--window-size={WIDTH},{HEIGHT}"]
        shot = f"--screenshot={HERE / 'verdict.png'}"
        subprocess.run([browser, *options, shot, page.as_uri()], check=True, capture_output=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
