"""The commands. Each stands in a file of its own, which is loaded only when it is called."""

from __future__ import annotations

import importlib
import math
import sys
from typing import Any, NoReturn

import click

from fidelity.errors import FidelityError, UsageError

#: Command: its module and what it does. The help page is made from this alone.
COMMANDS = {
    "agree": ("agree", "Do raters agree: every item, with intervals, and what is confused."),
    "calibrate": ("calibrate", "Each rater beside the agreed scores."),
    "chart": ("chart", "When did scores move more than they usually do, month by month."),
    "change": ("change", "Before and after a day, or first and latest, with intervals."),
    "demo": ("demo", "Score the made-up sample data and write every kind of output."),
    "diagnostic": ("diagnostic", "A brief of the organisation, on two pages at most."),
    "doctor": ("doctor", "Check this machine, and print what to send to IT."),
    "drift": ("drift", "Is it the practice that changes, or the scoring?"),
    "feedback": ("feedback", "A page for a team to learn from, or a sheet for supervision."),
    "form": ("form", "Make a form for a browser, which works offline, in which to score."),
    "ingest": ("ingest", "Bring in workbooks, records of forms and exports."),
    "key": ("key", "Make a key for pseudonyms."),
    "log": ("log", "The learning log: what was agreed, and whether it moved since."),
    "mapping": ("mapping", "Draft what the columns of your own export are."),
    "measures": ("measures", "What is counted beside rubrics: contacts, time, training."),
    "moderate": ("moderate", "Draw pieces to score twice, put scores side by side, agree."),
    "open": ("open", "Open the notebooks in JupyterLab, for this computer alone."),
    "pack": ("pack", "Write the evaluator's pack: data, methods, every number, made again."),
    "plan": ("plan", "Plan a sample: its size, the draw, who is observed, benchmark pieces."),
    "protocol": ("protocol", "Write down and stamp a question before the data are seen."),
    "report": ("report", "Write the director's briefing as one page that opens anywhere."),
    "rubric": ("rubric", "List, show and check rubrics; print their evidence cards."),
    "score": ("score", "Score ratings against a rubric, by group, with intervals."),
    "skills": ("skills", "Skill and behaviour over time, and how a training's gain lasts."),
    "strictness": ("strictness", "Stricter and more generous raters, and fair scores."),
    "triangulate": ("triangulate", "Do our sources agree: file, visit, family, staff."),
    "workbook": ("workbook", "Make an Excel workbook in which to score."),
}
DATA_PROBLEM, USAGE_PROBLEM = 1, 2


class _Commands(click.Group):
    """A group that loads a command when it is called, so that --help is quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"fidelity.cli.{COMMANDS[cmd_name][0]}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, told) for name, (_, told) in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """An unknown command is told with the nearest known one."""
        name = args[0] if args else ""
        if name and not name.startswith("-") and name not in COMMANDS:
            import difflib

            close = difflib.get_close_matches(name, COMMANDS, n=1)
            hint = f' Did you mean "{close[0]}"?' if close else ""
            known = ", ".join(COMMANDS)
            raise click.UsageError(f'No command "{name}".{hint} There are: {known}.')
        return super().resolve_command(ctx, args)


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="For learning about practice. Not for capability, pay, appraisal or ranking.",
)
@click.version_option(package_name="fidelity")
@click.option("--debug", is_flag=True, help="Show the full trace of an error.")
def commands(debug: bool) -> None:
    """How closely practice follows a model, how sure we are, and how it changes."""


def main() -> NoReturn:
    """Run a command. Exit code 0: fine; 1: something in the data; 2: something in the call."""
    for stream in (sys.stdout, sys.stderr):
        # A Windows console may not know every character; a word must not stop a report.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    debug = "--debug" in sys.argv
    try:
        commands.main(args=_debug_first(sys.argv[1:]), standalone_mode=False)
        sys.exit(0)
    except click.ClickException as error:
        error.show()
        sys.exit(USAGE_PROBLEM)
    except click.Abort:
        _say("Stopped. Nothing half-written is kept.")
        sys.exit(DATA_PROBLEM)
    except FidelityError as error:
        if debug:
            raise
        _say(str(error))
        sys.exit(USAGE_PROBLEM if isinstance(error, UsageError) else DATA_PROBLEM)
    except OSError as error:
        if debug:
            raise
        _say(f"{error.filename or 'A file'}: {error.strerror or error}.")
        sys.exit(DATA_PROBLEM)
    except Exception as error:
        if debug:
            raise
        _say(
            f"Something went wrong inside fidelity ({type(error).__name__}). This is a fault of "
            "the program. Run the same command with --debug, and send the last lines to whoever "
            "looks after it; they may hold references from your data, so read them first."
        )
        sys.exit(DATA_PROBLEM)


def _debug_first(args: list[str]) -> list[str]:
    """`--debug` may stand anywhere."""
    rest = [arg for arg in args if arg != "--debug"]
    return ["--debug", *rest] if len(rest) < len(args) else rest


def _say(text: str) -> None:
    click.echo(text, err=True)


def as_json(value: Any) -> None:
    """Print a value as JSON: numbers unrounded; null for what is not known or has no end."""
    import json

    click.echo(
        json.dumps(_plain(value), ensure_ascii=False, indent=2, default=str, allow_nan=False)
    )


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
