"""covoxel report: a page on results that were written to files."""

from __future__ import annotations

from pathlib import Path

import typer

from covoxel.cli.files import check_endings, refuse_unwritable
from covoxel.cli.printing import echo


def report_command(
    results: Path = typer.Argument(
        ..., help="A folder that --out named, or a table of it, NAME.csv with NAME.json beside it."
    ),
    *,
    out: Path | None = typer.Option(
        None,
        "--out",
        help="The page to write, NAME.html (default report.html in the folder).",
        show_default=False,
    ),
    overwrite: bool = typer.Option(False, "--overwrite", help="Replace a file that exists."),
) -> None:
    """Write a page on results: pictures, numbers, cautions, settings and a methods paragraph."""
    from covoxel.batch.report import experiment_blocks
    from covoxel.report.page import render, write_page

    folder = results if results.is_dir() else results.parent
    page = folder / "report.html" if out is None else out
    check_endings({"out": page}, ".html", ".htm")
    refuse_unwritable([page], inputs=[results], overwrite=overwrite)
    title, blocks = experiment_blocks(results)
    echo(f"written: {write_page(page, render(title, blocks), overwrite=overwrite)}")
