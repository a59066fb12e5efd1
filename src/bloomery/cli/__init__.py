"""The command line: one file a verb (parse, call, print), loaded only when it is used.

``bloomery --help`` imports no stage and no data library. Errors are one paragraph on standard error; exit codes are those
of `bloomery.errors`, 100 where a limit set beforehand was passed, 130 when interrupted.
"""

import atexit
import gc
import importlib
import os
import re
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NoReturn

import typer

from bloomery import __version__
from bloomery.errors import BloomeryError, did_you_mean

#: verb -> (module, what --help says), in the order of the way from raw data to a dataset
VERBS: dict[str, tuple[str, str]] = {
    "run": (
        "whole_way",
        "The whole way in one go, from raw files to a verdict; what has not changed is not done again.",
    ),
    "profile": ("profile", "Look at raw data: format, lengths, labels, duplicates, personal data, quality signals."),
    "init": ("init", "Write a starter recipe for your data."),
    "clean": ("clean", "Repair, scrub, deduplicate and filter; every removed row says why."),
    "why": ("why", "Tell a row's story: what was edited, why it was dropped, the twin it lost to."),
    "restore": ("restore", "Bring dropped rows back; later runs respect it."),
    "split": ("split", "Split into train, validation and test without leaks."),
    "contamination": ("contamination", "Look for test items in training data."),
    "evaluate": ("evaluate", "Score a model's answers: every item, every slice, nothing averaged away."),
    "gates": ("gates", "Show which gates decide, and how they came out in past runs."),
    "compare": ("compare", "Compare evaluated models on the same items: differences, intervals, flips."),
    "suites": ("suites", "List, check and show suites: frozen questions with checks of the answers."),
    "baseline": ("baseline", "Save evaluations by a name, for baseline in gates, and show them."),
    "runs": ("runs", "List past runs: verdict, model, main value, when."),
    "verify": ("verify", "Check every link from raw files to the verdict by computing it again."),
    "plan": ("plan", "How many test items a comparison needs, before anything is trained."),
    "judge": ("judge", "Let models judge answers, and find out how far they can be trusted."),
    "convert": ("convert", "Convert between formats where nothing is lost."),
    "schema": ("schema", "Print the JSON schema of recipes, for editors."),
    "demo": ("demo", "See all of it on generated raw data, planted against found."),
    "selfcheck": ("selfcheck", "Re-derive published numbers on this machine: does it compute what it should?"),
}
#: what can follow a verb: the second word makes it another command
SECOND = {
    ("contamination", "index"): "contamination index",
    ("gates", "history"): "gates history",
    ("baseline", "save"): "baseline save",
    ("baseline", "show"): "baseline show",
    ("judge", "score"): "judge score",
    ("judge", "compare"): "judge compare",
    ("judge", "calibrate"): "judge calibrate",
}


def main() -> None:
    """Entry point of the ``bloomery`` command."""
    gc.disable()  # until everything is imported: that stays, and looking through it again and again is a sixth of the start
    _leave(run(sys.argv[1:]))


def _leave(code: int) -> NoReturn:
    """End the process once what was registered for its end is done.

    The interpreter would free every object one by one before that, half a second after a million rows.
    """
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # nobody reads it any more
            stream.flush()
    os._exit(code)


def run(arguments: list[str]) -> int:
    """Run one command line; returns the exit code."""
    if tuple(arguments[:2]) in SECOND:
        arguments = [SECOND[arguments[0], arguments[1]], *arguments[2:]]
    elif arguments[:1] in (["judge"], ["baseline"]) and len(arguments) > 1 and not arguments[1].startswith("-"):
        arguments = arguments[:2]  # whatever comes after a word that is none of those which can follow
    try:
        result = _app(arguments)(args=arguments, prog_name="bloomery", standalone_mode=False)
    except BloomeryError as error:
        _say_error(str(error))
        return error.exit_code
    except KeyboardInterrupt:
        _say_error("Interrupted. Nothing was written under a final name.")
        return 130
    except BrokenPipeError:
        return 0
    except Exception as error:
        if not hasattr(error, "format_message"):
            raise
        return _usage(error)
    return result if isinstance(result, int) else 0


def _app(arguments: list[str]) -> typer.Typer:
    """The app with the verb in `arguments` loaded and the others as names."""
    app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    app.callback(help="From raw data to a fine-tuned model you can trust. Every removed row explains itself.")(_root)
    asked = next((a for a in arguments if not a.startswith("-")), None)
    for verb, (module, summary) in VERBS.items():
        function: Callable[..., Any] = _stub
        if verb == asked:
            function = importlib.import_module(f"bloomery.cli.{module}").command
        app.command(verb, short_help=summary)(function)
    if asked is not None and asked in SECOND.values():
        loaded = importlib.import_module(f"bloomery.cli.{asked.replace(' ', '_')}")
        app.command(asked, hidden=True)(loaded.command)
    gc.freeze()
    gc.enable()
    return app


def _stub() -> None:
    """Stand in for a verb that this command line does not use."""


def _version(value: bool) -> None:
    if value:
        typer.echo(f"bloomery {__version__}")
        raise typer.Exit


def _root(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),
) -> None:
    """Options before the verb."""


def _usage(error: Any) -> int:
    """A wrong command line: what is wrong and where help is."""
    path = error.ctx.command_path if getattr(error, "ctx", None) else "bloomery"
    message = error.format_message()
    if type(error).__name__ == "NoArgsIsHelpError":
        print(message)
        return 2
    unknown = re.match("No such command '([^']*)'", message)
    if unknown:  # without the several guesses of the command line's library
        message = unknown[0]
    hint = did_you_mean(unknown[1], VERBS) if unknown else ""
    _say_error(" ".join(filter(None, [f"{message.rstrip('.')}.", hint, f"See: {path} --help"])))
    return 2


def _say_error(message: str) -> None:
    print(f"bloomery: {message}", file=sys.stderr)
