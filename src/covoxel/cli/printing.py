"""Lines and progress on a terminal; nothing that a file contains is taken for an instruction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from covoxel.core.text import plain

if TYPE_CHECKING:
    from covoxel.core.types import Progress


def echo(text: object, *, err: bool = False) -> None:
    """Print one line, without control characters and terminal escapes; to stderr with `err`."""
    typer.echo(plain(str(text)), err=err)


@contextmanager
def shown_progress(what: str) -> Iterator[Progress | None]:
    """Show a progress bar on stderr if it is a terminal."""
    from rich.console import Console
    from rich.progress import Progress as Bar

    console = Console(stderr=True)
    if not console.is_terminal:
        yield None
        return
    with Bar(console=console, transient=True) as bar:
        task = bar.add_task(what, total=None)

        def report(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        yield report
