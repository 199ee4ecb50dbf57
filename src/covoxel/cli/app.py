"""The program: its commands, and one line for everything that goes wrong."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence

import typer

from covoxel.cli.ccf import ccf_command
from covoxel.cli.compare import compare_command
from covoxel.cli.delay import delay_command
from covoxel.cli.distance import distance_command
from covoxel.cli.field import field_command
from covoxel.cli.look import demo, info, open_viewer
from covoxel.cli.map import map_command
from covoxel.cli.measure import measure_command
from covoxel.cli.register import register_command
from covoxel.cli.simulate import simulate_command
from covoxel.io.errors import ImageError

_FILE, _CALL, _STOPPED = 1, 2, 130
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


app.command("measure")(measure_command)
app.command("map")(map_command)
app.command("register")(register_command)
app.command("field")(field_command)
app.command("compare")(compare_command)
app.command("distance")(distance_command)
app.command("ccf")(ccf_command)
app.command("delay")(delay_command)
app.command("simulate")(simulate_command)
app.command("info")(info)
app.command("demo")(demo)
app.command("open")(open_viewer)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the program and exit: 0, 1 for a file that cannot be measured, 2 for a wrong call."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal may lack a sign or two
    try:
        code = app(arguments, standalone_mode=False) or 0
    except _WrongCall as error:
        _fail(error.format_message(), _CALL)  # type: ignore[attr-defined]
    except (typer.Abort, KeyboardInterrupt):
        code = _STOPPED
    except BrokenPipeError:
        _let_go_of_output()
        sys.exit(_FILE)
    except (ImageError, OSError, MemoryError, ImportError) as error:
        _fail(_said(error), _FILE)
    except (ValueError, TypeError) as error:
        _fail(_said(error), _CALL)
    if code == _STOPPED:
        _fail("stopped", _STOPPED)
    sys.exit(code)


def _said(error: BaseException) -> str:
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
        sys.stdout.flush()
    except OSError:
        _let_go_of_output()
    typer.echo("covoxel: " + " ".join(message.split()), err=True)
    sys.exit(code)


def _let_go_of_output() -> None:
    """Have what is still to be printed go nowhere, so that Python's end does not complain."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
