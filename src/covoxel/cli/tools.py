"""covoxel info, simulate, demo, open and report: commands that are no analyses."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import typer

from covoxel.analysis.registry import analysis
from covoxel.cli.command import run_files
from covoxel.cli.files import FileOptions, check_endings, refuse_unwritable, split_flags
from covoxel.cli.flags import with_flags
from covoxel.cli.printing import echo
from covoxel.core.extras import no_display, why_missing
from covoxel.core.files import refuse_existing
from covoxel.simulate.options import SimulateOptions

_SAMPLE, _RESULTS = "two_channel_cells.ome.tif", "covoxel-results"


def info(
    file: Path = typer.Argument(..., help="An image file, or the folder of an NDTiff set."),
    *,
    as_json: bool = typer.Option(False, "--json", help="Print one JSON object instead."),
) -> None:
    """Print axes, channels, colours and voxel size of an image file."""
    from covoxel.io import image_info

    found = image_info(file)
    if as_json:
        record = asdict(found) | {"path": Path(found.path).name}
        echo(json.dumps(record, ensure_ascii=False))
        return
    echo(f"{Path(found.path).name}: {found.format}")
    for series in found.series:
        for what, value in found.heading(series):
            echo(f"{what} {value}")
        rows = series.rows()
        width = max(len(what) for what, _ in rows)
        for what, value in rows:
            echo(f"  {what:<{width}}  {value}")


@with_flags(FileOptions, only=["overwrite", "memory_budget"])
@with_flags(SimulateOptions)
def simulate(
    out: Path = typer.Argument(..., help="The image to write, NAME.ome.tif or NAME.tif."),
    **given: Any,
) -> None:
    """Simulate two channels; write the image, its cell labels and its truth as JSON."""
    from covoxel.io.write import pair_files, write_pair
    from covoxel.simulate import simulate_pair

    files, changes = split_flags(FileOptions, given)
    options = SimulateOptions(**changes)
    refuse_existing(pair_files(out, labelled=options.n_cells > 0), overwrite=files.overwrite)
    with files.within_memory():
        pair = simulate_pair(options)
    for path in write_pair(pair, out, overwrite=files.overwrite):
        echo(path)


@with_flags(FileOptions, only=["overwrite"])
def demo(
    out: Path = typer.Option(
        Path(_RESULTS),
        "--out",
        help=f"Folder for table, mask, figure and provenance (default {_RESULTS}).",
        show_default=False,
    ),
    *,
    open_: bool = typer.Option(False, "--open", help="Show the result in napari as well."),
    **given: Any,
) -> None:
    """Measure the cells of the sample that comes with Covoxel, and show the result."""
    from covoxel.io.samples import sample_path

    image = sample_path(_SAMPLE)
    labels = sample_path("two_channel_cells_labels.tif")
    settings = {"background1": "percentile:5", "background2": "percentile:5"}
    flags = {"labels": labels, "out": out, **settings, **given}
    written = run_files(analysis("measure"), [image], flags)
    reason = _why_no_viewer()
    if open_ and reason:
        echo(f"not opened: {reason}", err=True)
    elif open_:
        mask = next(path for path in written if path.name.endswith("_mask.ome.tif"))
        _show([image], {"Cells": labels, "Colocalized": mask})


def open_viewer(
    files: list[Path] = typer.Argument(..., help="Image files, or the results of one batch."),
) -> None:
    """Open image files in napari, a layer for each channel; or the results of a batch."""
    from covoxel.io import image_info

    if reason := _why_no_viewer():
        raise OSError(reason)
    if len(files) == 1 and (files[0] / "recipe.toml").is_file():
        from covoxel.gui.batch.widget import show_results

        show_results(files[0])
        return
    for file in files:
        image_info(file)
    _show(files)


def _why_no_viewer() -> str:
    """Say why the viewer cannot be opened here; empty where it can."""
    if no_display():
        return "the viewer needs a display, and neither DISPLAY nor WAYLAND_DISPLAY names one"
    return why_missing("the viewer", "napari", "napari")


def _show(files: list[Path], labels: dict[str, Path] | None = None) -> None:
    """Open the viewer on images."""
    from covoxel.gui.viewer.reader import show

    show(files, labels)


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
