"""The program: its commands, and one line for everything that goes wrong."""

from __future__ import annotations

import gc
import io
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any, TextIO

import numpy as np
import typer

from covoxel.analysis.registry import ANALYSES, analysis
from covoxel.cli.flags import flag
from covoxel.cli.printing import echo
from covoxel.core.renamed import new_name
from covoxel.io.errors import ImageError

#: Where commands are that do more than their analyses, or that are of none.
_WRITTEN = {
    "measure": "covoxel.cli.measure:measure_command",
    "register": "covoxel.cli.register:register_command",
    "compare": "covoxel.cli.compare:compare_command",
    "compare-groups": "covoxel.cli.groups:compare_groups_command",
    "report": "covoxel.cli.tools:report_command",
    "batch": "covoxel.cli.batch:batch",
    "verify": "covoxel.cli.batch:verify",
    "simulate": "covoxel.cli.tools:simulate",
    "info": "covoxel.cli.tools:info",
    "demo": "covoxel.cli.tools:demo",
    "doctor": "covoxel.cli.doctor:doctor",
    "open": "covoxel.cli.tools:open_viewer",
}
#: Where commands are that have commands of their own.
_GROUPS = {"recipe": "covoxel.cli.recipe:recipe"}
_FILE, _CALL, _STOPPED = 1, 2, 130
#: New objects before garbage is looked for: imports and options make many, which are kept.
_FEW_COLLECTIONS = 50_000
#: Characters of the longest message that is printed as a whole.
_LONGEST = 1000
#: What a wrong call raises; typer keeps click's class under different names.
_WrongCall: type[Exception] = typer.BadParameter.__mro__[2]


def _version(*, value: bool) -> None:
    if value:
        from covoxel import __version__

        typer.echo(f"covoxel {__version__}")
        raise typer.Exit


def program(name: str = "") -> typer.Typer:
    """Return the program with the command that is named alone, so that no other is loaded.

    It has all of its commands where there is none of that name.
    """
    app = typer.Typer(
        name="covoxel",
        help="Are two fluorescence channels together? Measures, warns, and says why.",
        invoke_without_command=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    app.callback()(_root)
    names = [*ANALYSES, *(one for one in _WRITTEN if one not in ANALYSES), *_GROUPS]
    for each in [name] if name in names and not _is_mode(name) else names:
        if each in _GROUPS:
            app.add_typer(_loaded(_GROUPS[each]), name=each)
        elif not _is_mode(each):
            app.command(each)(_command(each))
    return app


def _is_mode(name: str) -> bool:
    """Whether the command of another analysis runs this one."""
    return name in ANALYSES and name not in _WRITTEN and bool(analysis(name).mode_of)


def _command(name: str) -> Callable[..., None]:
    if name in _WRITTEN:
        found: Callable[..., None] = _loaded(_WRITTEN[name])
        return found
    from covoxel.cli.command import command_of

    return command_of(analysis(name))


def _loaded(place: str) -> Any:
    module, _, name = place.partition(":")
    return getattr(import_module(module), name)


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


class _Ended(SystemExit):
    """A signal that ends the program; what is half written is removed on the way out."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the program and exit: 0, 1 for a file that cannot be measured, 2 for a wrong call.

    An interrupted run ends with 130, and one that a signal ended with 128 and its number.
    """
    gc.set_threshold(_FEW_COLLECTIONS)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal may lack a sign or two
    try:
        # what is undefined is NaN with a reason, so that NumPy need not warn
        with _ended_by_signals(), np.errstate(all="ignore"):
            given = sys.argv[1:] if arguments is None else arguments
            code = program(*given[:1])(given, standalone_mode=False) or 0
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
        _fail(_message(error), _CALL, getattr(error, "faults", ()))
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


def _fail(message: str, code: int, faults: Sequence[str] = ()) -> None:
    """Print one line, or one for each fault of a file, and exit."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        _let_go(sys.stdout)
    try:
        for line in faults or [message]:
            echo("covoxel: " + _shortened(" ".join(line.split())), err=True)
    except OSError:
        _let_go(sys.stderr)
    sys.exit(code)


def _shortened(message: str) -> str:
    """Leave out the middle of a message that quotes something very long."""
    return message if len(message) <= _LONGEST else f"{message[: _LONGEST // 2]} … {message[-99:]}"


def _let_go(stream: TextIO) -> None:
    """Have what is still to be printed go nowhere, so that Python's end does not complain."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
