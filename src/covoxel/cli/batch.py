"""covoxel batch and verify: all images of a recipe, and some of them again."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from covoxel.cli.printing import echo

if TYPE_CHECKING:
    from covoxel.batch.outcome import Entry
    from covoxel.batch.run import BatchResult

#: Seconds between lines of progress where there is no terminal.
_PAUSE = 30.0
#: Failures that are printed.
_MOST = 10


def batch(
    recipe: Path = typer.Argument(..., help="The recipe, NAME.toml."),
    *,
    out: Path | None = typer.Option(
        None, help="Folder for the results (default that of the recipe).", show_default=False
    ),
    workers: int | None = typer.Option(
        None,
        help="Processes on this machine (default one for each processor; 0 for none but this).",
        show_default=False,
    ),
    scheduler: str | None = typer.Option(
        None,
        help="Address of a scheduler of dask.distributed, whose workers are used instead, such as "
        "tcp://127.0.0.1:8786.",
    ),
    resume: bool = typer.Option(
        False,
        "--resume",
        help="Go on with results of the same recipe: what is missing, what failed, and images "
        "whose files have changed.",
    ),
    limit: int | None = typer.Option(None, help="Analyse only the first images, by name."),
    only: str | None = typer.Option(
        None, help="Analyse only images whose names match, such as 'control/*'."
    ),
    overwrite: bool = typer.Option(False, "--overwrite", help="Replace results that are there."),
    dry_run: bool = typer.Option(
        False,
        "--dry-run",
        help="Analyse one image only; print what would be done, what is missing, and the time.",
    ),
    as_json: bool = typer.Option(False, "--json", help="Print one JSON object and nothing else."),
) -> None:
    """Analyse all images of an experiment as a recipe says: one table for each analysis.

    Exits with 0 where all rows are there, 3 where some images failed, 1 where nothing could run, 2
    for a wrong recipe, and 130 or 143 where it was stopped; --resume goes on.
    """
    from covoxel.batch import run_batch

    if dry_run:
        _print_overview(recipe, out, workers, limit, only)
        return
    with _shown(recipe, out) as shown:
        found = run_batch(
            recipe,
            out,
            workers=workers,
            scheduler=scheduler,
            resume=resume,
            limit=limit,
            only=only,
            overwrite=overwrite,
            progress=shown.report,
            each=shown.count,
            note=shown.note,
        )
    if as_json:
        echo(json.dumps(_record(found) | {"notes": shown.notes}, ensure_ascii=False))
    else:
        _print(found)
    raise typer.Exit(found.exit_code)


def verify(
    folder: Path = typer.Argument(..., help="The results of covoxel batch."),
    *,
    sample: int = typer.Option(10, help="How many images are analysed again."),
) -> None:
    """Analyse some images of a batch again, and compare their rows with the tables.

    Exits with 0 where all are equal, to the byte or, on another processor, to 1e-9; else with 1.
    """
    from covoxel.batch import verify_batch
    from covoxel.cli.printing import shown_progress
    from covoxel.core.text import counted

    with shown_progress("repeating") as progress:
        found = verify_batch(folder, sample, progress=progress)
    for line in (*found.notes, *found.differences):
        echo(line)
    how = f"equal to 1e-9, {found.rows - found.close} of them to the byte"
    if not found.close:
        how = "the same to the byte"
    what = f"{counted(found.rows, 'row')} of {counted(len(found.images), 'image')}"
    echo(f"{what}: {'not all are equal' if found.differences else how}")
    raise typer.Exit(bool(found.differences))


def _print_overview(
    path: Path, out: Path | None, workers: int | None, limit: int | None, only: str | None
) -> None:
    from covoxel.batch import dry_run, read_recipe
    from covoxel.batch.finding import find
    from covoxel.batch.run import chosen_images
    from covoxel.core.sharing import processors

    recipe = read_recipe(path)
    found = find(recipe)
    chosen = replace(found, images=chosen_images(found.images, limit=limit, only=only))
    shared = processors() if workers is None else max(1, workers)
    for line in dry_run(recipe, chosen, shared).lines(out):
        echo(line)


class Shown:
    """How far a batch is: images done, images per second, time left and failures."""

    def __init__(self) -> None:
        self.done = self.total = self.failed = self._fresh = 0
        self.notes: list[str] = []
        self._begun = self._last = time.monotonic()
        self.show: Callable[[], None] = self._print

    def note(self, text: str) -> None:
        """Print a remark on how the images were found, and keep it."""
        self.notes.append(text)
        echo(f"note: {text}", err=True)

    def count(self, entry: Entry) -> None:
        """Take note of an image that has ended."""
        self._fresh += 1
        self.failed += bool(entry.reasons)

    def report(self, done: int, total: int) -> None:
        """Take note of how many are done, and show it."""
        if not self._fresh:  # images that were done before take no time
            self._begun = time.monotonic()
        self.done, self.total = done, total
        self.show()

    def _print(self) -> None:
        """Print a line now and then, where there is no terminal."""
        if time.monotonic() - self._last >= _PAUSE:
            self._last = time.monotonic()
            echo(self.line(), err=True)

    def line(self) -> str:
        """Return how far it is in words.

        Examples
        --------
        >>> shown = Shown()
        >>> shown.done, shown.total, shown.failed = 12, 60, 1
        >>> shown.line()
        '12/60 images, 1 failed'
        """
        parts = [f"{self.done}/{self.total} images"]
        seconds = time.monotonic() - self._begun
        if self._fresh and seconds:
            rate = self._fresh / seconds
            left = round((self.total - self.done) / rate)
            parts += [f"{rate:.3g}/s", f"{left // 3600}:{left // 60 % 60:02}:{left % 60:02} left"]
        return ", ".join([*parts, f"{self.failed} failed"])


@contextmanager
def _shown(recipe: Path, out: Path | None) -> Iterator[Shown]:
    """Show progress on stderr, and how to go on after a stop."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    shown, console = Shown(), Console(stderr=True)
    try:
        if not console.is_terminal:
            yield shown
            return
        columns = (BarColumn(), TextColumn("{task.description}"))
        with Progress(*columns, console=console, transient=True) as bar:
            task = bar.add_task("")
            shown.show = lambda: bar.update(
                task, completed=shown.done, total=shown.total, description=shown.line()
            )
            yield shown
    except (KeyboardInterrupt, SystemExit, OSError) as error:
        if isinstance(error, OSError) and not shown.done:  # there is nothing to go on with
            raise
        done = f"{shown.done} of {shown.total} images are done"
        line = f"covoxel batch {recipe}{'' if out is None else f' --out {out}'} --resume"
        echo(f"covoxel: {done}; {line} goes on", err=True)
        raise


def _record(found: BatchResult) -> dict[str, object]:
    failures = found.failures[["image", "reason"]].to_dict("records")
    counts = {"images": found.images, "failed": found.failed, "repeated": [*found.repeated]}
    return {"folder": str(found.folder), **counts, "failures": failures, "tables": [*found.tables]}


def _print(found: BatchResult) -> None:
    """Print what there is now, and what is missing."""
    from covoxel.core.text import counted

    if found.repeated:
        names = ", ".join(found.repeated[:_MOST]) + (" …" if len(found.repeated) > _MOST else "")
        echo(f"analysed again, since files have changed: {names}")
    failed = f", {found.failed} failed" if found.failed else ""
    echo(f"{counted(found.images, 'image')}{failed}; tables in {found.folder}")
    if found.failed:
        for row in found.failures.head(_MOST).to_dict("records"):
            image = f"{row['image']}: "  # which its reason may begin with
            echo(image + row["reason"].removeprefix(image), err=True)
        if found.failed > _MOST:
            echo(f"and {found.failed - _MOST} more, see failures.csv", err=True)
