"""The workflow template parses, uses flags that exist, and keeps personal data at home."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from bloomery import cli

TEMPLATE = Path(__file__).parents[2] / "examples" / "ci.yml"


@pytest.fixture(scope="module")
def steps() -> list[dict[str, Any]]:
    told = yaml.safe_load(TEMPLATE.read_text())
    assert told["env"]["FAIL_ON_INCONCLUSIVE"] in ("yes", "no")  # a text, not what YAML makes of yes
    return told["jobs"]["verdict"]["steps"]


def test_every_command_and_flag_in_the_template_exists(
    steps: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [line.strip() for step in steps for line in step.get("run", "").splitlines()]
    commands = [shlex.split(line, comments=True)[1:] for line in lines if line.startswith("bloomery ")]
    assert [command[0] for command in commands] == ["run", "run", "verify"]
    for command in commands:
        assert cli.run([command[0], "--help"]) == 0
        help_ = capsys.readouterr().out
        flags = [word for word in command if word.startswith("--")]
        assert [flag for flag in flags if f"{flag} " not in help_] == []


def test_it_fails_on_the_codes_of_the_verdict_and_uses_common_actions_alone(steps: list[dict[str, Any]]) -> None:
    assert {100, 101} <= {int(code) for code in re.findall(r"exit (\d+)", steps[-1]["run"])}
    uses = {step["uses"].partition("@")[0] for step in steps if "uses" in step}
    assert uses == {"actions/checkout", "actions/setup-python", "actions/upload-artifact"}


def test_what_was_scrubbed_and_the_rows_are_not_uploaded(steps: list[dict[str, Any]]) -> None:
    (upload,) = [step["with"]["path"].split() for step in steps if "upload-artifact" in step.get("uses", "")]
    joined = " ".join(upload)
    assert not re.search(r"private|/clean$|/clean |/split|jsonl", joined)
    paths = [path.rpartition("}}")[2] for path in upload if path.endswith((".json", ".yaml", ".html", "evaluate"))]
    assert "/evaluate" in paths
    assert "/run.json" in paths
