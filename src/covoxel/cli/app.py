"""The program: its commands, and one line for everything that goes wrong."""

from __future__ import annotations

import io
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TextIO

import numpy as np
import typer

from covoxel.analysis.registry import ANALYSES, analysis
from covoxel.cli.command import command_of
from covoxel.cli.compare import compare_command
from covoxel.cli.flags import flag
from covoxel.cli.groups import compare_groups_command
from covoxel.cli.measure import measure_command
from covoxel.cli.printing import echo
from covoxel.cli.register import register_command
from covoxel.cli.tools import demo, info, open_viewer, simulate
from covoxel.core.renamed import new_name
from covoxel.io.errors import ImageError

#: Commands that do more than their analyses.
_EXTENDED = {
    "measure": measure_command,
    "register": register_command,
    "compare": compare_command,
}
_FILE, _CALL, _STOPPED = 1, 2, 130
#: Characters of the longest message that is printed as a whole.
_LONGEST = 1000
#: What a wrong call raises; typer keeps click's class under different names.
_WrongCall: type[Exception] = typer.BadParameter.__mro__[2]


def _version(*, value: bool) -> None:
    if value:
        from covoxel import __version__

        typer.echo(f"covoxel {__version__}")
        raise typer.Exit


app = typer.Typer(
    name="covoxel",
    help="Are two fluorescence channels together? Measures, warns, and says why.",
    invoke_without_command=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def _root(
    context: typer.Context,
    *,
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Print the version."
    ),
) -> None:
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(_CALL)


for _name in ANALYSES:
    if not analysis(_name).mode_of:
        app.command(_name)(_EXTENDED.get(_name) or command_of(analysis(_name)))
app.command("compare-groups")(compare_groups_command)
app.command("simulate")(simulate)
app.command("info")(info)
app.command("demo")(demo)
app.command("open")(open_viewer)


class _Ended(SystemExit):
    """A signal that ends the program; what is half written is removed on the way out."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the program and exit: 0, 1 for a file that cannot be measured, 2 for a wrong call.

    An interrupted run ends with 130, and one that a signal ended with 128 and its number.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal may lack a sign or two
    try:
        # what is undefined is NaN with a reason, and what NumPy warns of besides is no news
        with _ended_by_signals(), np.errstate(all="ignore"):
            code = app(arguments, standalone_mode=False) or 0
        if sys.stdout is not None:
            sys.stdout.flush()
    except _WrongCall as error:
        _fail(_with_new_name(error), _CALL)
    except (typer.Abort, KeyboardInterrupt):
        code = _STOPPED
    except _Ended as end:
        _fail("stopped", int(str(end.code)))
    except BrokenPipeError:
        _let_go(sys.stdout)
        sys.exit(_FILE)
    except (ImageError, OSError, MemoryError, ImportError) as error:
        _fail(_message(error), _FILE)
    except (ValueError, TypeError) as error:
        _fail(_message(error), _CALL)
    if code == _STOPPED:
        _fail("stopped", _STOPPED)
    sys.exit(code)


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Have signals that would kill the program on the spot end it as an exception does."""

    def end(number: int, _frame: object) -> None:
        raise _Ended(128 + number)

    names = [name for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    numbers = [getattr(signal, name) for name in names]
    if threading.current_thread() is not threading.main_thread():
        numbers = []
    replaced = [number for number in numbers if signal.getsignal(number) is signal.SIG_DFL]
    for number in replaced:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number in replaced:
            signal.signal(number, signal.SIG_DFL)


def _with_new_name(error: Any) -> str:
    """Return the message of a wrong call; of a flag that has another name now, that name."""
    old = getattr(error, "option_name", "").lstrip("-").replace("-", "_")
    context = getattr(error, "ctx", None)
    names = [] if context is None else [parameter.name for parameter in context.command.params]
    new = new_name(old, names)
    message: str = error.format_message()
    return message if new is None else f"{error.option_name} is called {flag(new)} now"


def _message(error: BaseException) -> str:
    if isinstance(error, FileNotFoundError) and error.strerror:
        return f"{error.filename}: does not exist"
    if isinstance(error, IsADirectoryError) and error.strerror:
        return f"{error.filename}: is a folder; a file is needed"
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error) or "memory ran out"


def _fail(message: str, code: int) -> None:
    """Print one line and exit."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        _let_go(sys.stdout)
    try:
        echo("covoxel: " + _shortened(" ".join(message.split())), err=True)
    except OSError:
        _let_go(sys.stderr)
    sys.exit(code)


def _shortened(message: str) -> str:
    """Leave out the middle of a message that quotes something very long."""
    return message if len(message) <= _LONGEST else f"{message[: _LONGEST // 2]} … {message[-99:]}"


def _let_go(stream: TextIO) -> None:
    """Have what is still to be printed go nowhere, so that Python's end does not complain."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
