"""Lines on a terminal, in which nothing that a file says is taken for an instruction."""

from __future__ import annotations

import typer

from covoxel.core.text import plain


def echo(text: object, *, err: bool = False) -> None:
    """Print one line, without control characters and terminal escapes.

    Parameters
    ----------
    text : object
    err : bool
        Whether it goes to stderr.
    """
    typer.echo(plain(str(text)), err=err)
