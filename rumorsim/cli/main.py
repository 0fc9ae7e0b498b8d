"""The application: its commands, its options, and what becomes of every error."""

from __future__ import annotations

import contextlib
import itertools
import os
import sys
from collections.abc import Sequence
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup

from rumorsim import __version__
from rumorsim.cli import (
    calibrate,
    check,
    cite,
    compare,
    diff,
    explain,
    lesson,
    listing,
    merge,
    new,
    page,
    party,
    plot,
    reproduce,
    run,
    schema,
    selftest,
    sensitivity,
    sweep,
)
from rumorsim.errors import RumorsimError, RunError, StoreError, nearest, unknown

__all__ = ["Commands", "app", "main"]

#: Errors about the words on the command line. Their module has moved between versions of typer; this child has not.
_UsageError: Final[type[Exception]] = typer.BadParameter.__bases__[0]
_INTERRUPTED: Final = 130
#: Set to anything, it lets an unexpected error show where it happened.
_TRACEBACK: Final = "RUMORSIM_TRACEBACK"
#: Lets `run` read further KEY=VALUE words after --set.
_EXTRA: Final = {"allow_extra_args": True}
#: Order of the commands in the help.
_ORDER: Final = (
    "list",
    "explain",
    "cite",
    "party",
    "run",
    "calibrate",
    "sweep",
    "merge",
    "plot",
    "app",
    "lesson",
    "compare",
    "sensitivity",
    "reproduce",
    "diff",
    "new",
    "check",
    "schema",
    "selftest",
)


class Commands(TyperGroup):
    """Commands; a misspelled one is answered with the nearest right one."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of the commands in the order of a day's work."""
        names = super().list_commands(ctx)
        return sorted(names, key=lambda name: _ORDER.index(name) if name in _ORDER else len(_ORDER))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the command the first word names.

        Raises
        ------
        RumorsimError
            If there is none.
        """
        names = self.list_commands(ctx)
        if args and not args[0].startswith("-") and args[0] not in names:
            raise unknown("command", args[0], names)
        return super().resolve_command(ctx, args)


app = typer.Typer(
    cls=Commands,
    help="How a secret travels through a party built to keep secrets: rumor models on real organizations, against "
    "dated archives.",
    epilog="SCENARIO is a name that `rumorsim list` prints, or the path of a file. `rumorsim COMMAND --help` says "
    "more about a command.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_new = typer.Typer(cls=Commands, rich_markup_mode=None)
_new.command("scenario", short_help="print a scenario file")(new.new_scenario_file)
_new.command("study", short_help="print a study file")(new.new_study_file)

app.command("list", short_help="list the scenarios that can be run by name")(listing.list_scenarios)
app.command("explain", short_help="show every number behind a run and its source")(explain.explain)
app.command("cite", short_help="print the references behind a scenario, with reasons")(cite.cite)
app.command("party", short_help="count what is in the party and compare it with the evidence")(party.party)
app.command("run", short_help="run a scenario and compare it with the archive", context_settings=_EXTRA)(run.run)
app.command("calibrate", short_help="fit the numbers of a scenario to the archive")(calibrate.calibrate)
app.command("sweep", short_help="run a scenario at many points, on all cores or a cluster")(sweep.sweep)
app.command("merge", short_help="join runs or shards of a sweep that were made in pieces")(merge.merge)
app.command("plot", short_help="draw the figures of a run or a sweep")(plot.plot)
app.command("sensitivity", short_help="show which numbers a sweep depends on")(sensitivity.sensitivity)
app.command("compare", short_help="compare two scenarios with the same people and draws")(compare.compare)
app.command("app", short_help="show two worlds in the browser, for a class")(page.page)
app.command("lesson", short_help="write a lesson as one file that needs no Python")(lesson.lesson)
app.command("reproduce", short_help="run an experiment again and compare the results")(reproduce.reproduce)
app.command("diff", short_help="list the differences between two scenarios")(diff.diff)
app.add_typer(_new, name="new", help="Print a commented file to start from.", short_help="print a file to start from")
app.command("check", short_help="check scenario and study files")(check.check)
app.command("schema", short_help="print a JSON schema of scenario files, for editors")(schema.schema)
app.command("selftest", short_help="check that this machine gives the recorded fingerprints")(selftest.selftest)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"rumorsim {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _top(
    ctx: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    if ctx.invoked_subcommand is None:
        print(ctx.get_help())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status.

    Parameters
    ----------
    arguments : words after the name of the program; those of the process by default.

    Returns
    -------
    int
        0 when all went well, 2 for wrong input, 1 for a failure, 130 after an interrupt.

    Examples
    --------
    >>> main(["--version"])
    rumorsim 0.4.0
    0
    """
    if not _streams():
        _say("standard output is closed; use >/dev/null to discard what is printed")
        return 1
    _write_utf8()
    command = typer.main.get_command(app)
    words = sys.argv[1:] if arguments is None else list(arguments)
    try:
        status = command.main(args=words, prog_name="rumorsim", standalone_mode=False)
        sys.stdout.flush()
    except (KeyboardInterrupt, typer.Abort):
        _say("interrupted")
        return _INTERRUPTED
    except BrokenPipeError:
        # The reader, such as head, has seen enough.
        _abandon_broken()
        return 1
    except Exception as error:
        status = _explained(error, words)
        _abandon_broken()
        return status
    return status if isinstance(status, int) else 0


def _explained(error: Exception, words: Sequence[str]) -> int:
    """Say what went wrong with the words given and return the exit status."""
    if isinstance(error, RumorsimError):
        _say(str(error))
        # What could be given instead makes it wrong input; a run or a disk that breaks has no such words.
        return 1 if isinstance(error, (RunError, StoreError)) and error.allowed is None else 2
    if isinstance(error, _UsageError):
        context = getattr(error, "ctx", None)
        _say(_usage(error, context, words))
        path = context.command_path if context is not None else "rumorsim"
        print(f"Try: {path} --help", file=sys.stderr)
        return 2
    if os.environ.get(_TRACEBACK):
        raise error
    if isinstance(error, OSError):
        # Folders of results name the file themselves; what has none is what is printed.
        where = os.fsdecode(error.filename) if isinstance(error.filename, (str, bytes)) else "what is printed"
        _say(f"{where}: {error.strerror or error}")
    elif isinstance(error, MemoryError):
        _say("not enough memory; try fewer --workers")
    else:
        _say(f"unexpected {type(error).__name__}: {error}")
        print(f"This is a bug in rumorsim. {_TRACEBACK}=1 shows where it happened.", file=sys.stderr)
    return 1


def _usage(error: Any, context: Any, words: Sequence[str]) -> str:
    """Return the message about wrong words on the command line."""
    option = getattr(error, "option_name", None)
    if option is None or context is None:
        message = str(error.format_message())
        for name in getattr(getattr(error, "param", None), "opts", ()):
            given = [one for word, one in itertools.pairwise(words) if word == name]
            given += [word.partition("=")[2] for word in words if word.startswith(f"{name}=")]
            message += f" (given: {given[-1]!r})" if given else ""
        return message
    known = [word for parameter in context.command.get_params(context) for word in parameter.opts if word[:1] == "-"]
    if option in known:  # known, but used in a wrong way
        return str(error.format_message())
    return str(RumorsimError(f"unknown option {option}", allowed=known, nearest=nearest(option, known)))


def _say(message: str) -> None:
    with contextlib.suppress(OSError):  # where nothing can be written the exit status has to do
        print(f"rumorsim: {message}".encode(errors="backslashreplace").decode(), file=sys.stderr, flush=True)


def _streams() -> bool:
    """Put something in the place of standard streams that are closed; return whether standard output is there.

    A file opened later would get the number of a closed stream, and what is printed would be written into it.
    """
    there = sys.stdout is not None
    if not there or sys.stderr is None:
        for number in range(3):
            try:
                os.fstat(number)
            except OSError:
                os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free
        sys.stdout = sys.stdout or os.fdopen(1, "w", encoding="utf-8", closefd=False)
        sys.stderr = sys.stderr or os.fdopen(2, "w", encoding="utf-8", closefd=False)
    return there


def _abandon_broken() -> None:
    """Let nothing more be written, not even at exit, to a standard stream that takes nothing."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            with contextlib.suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _write_utf8() -> None:
    """Write Albanian letters as they are, also into pipes and files on machines with another default."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is None:
            continue
        if stream.isatty():
            reconfigure(errors="replace")
        elif (stream.encoding or "").lower().replace("-", "") != "utf8":
            reconfigure(encoding="utf-8")
