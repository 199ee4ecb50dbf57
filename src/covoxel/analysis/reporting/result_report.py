"""The report of a result that is at hand."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from covoxel.analysis.provenance import provenance
from covoxel.analysis.reporting.sections import Images, Reported, report_blocks
from covoxel.image.channel import frame_slices
from covoxel.report.page import render, write_page


def write_report(
    result: Any,
    path: str | Path,
    *,
    overwrite: bool,
    inputs: Mapping[str, str | Path] | None,
    asked: Mapping[str, Any] | None,
) -> Path:
    """Write a page on a result as `Result.report` does."""
    analysis, given = result.analysis, result.inputs
    record = provenance(result.table, result.channels, inputs, analysis.main.columns, asked)
    regions = getattr(given, "region_names", [])
    reported = Reported(result, record | {"regions": regions}, _images(result))
    title, blocks = report_blocks([reported])
    return write_page(path, render(title, blocks), overwrite=overwrite)


def _images(result: Any) -> Images:
    """Return the channels, with the regions of the first time point."""
    given = result.inputs
    if not getattr(given, "region_names", ()):
        return Images(result.channels)
    grid, t = result.channels[0], given.t or 0
    (region, *_) = given.regions.passes(grid, [t])
    return Images(result.channels, region.raw(t, frame_slices(grid.spatial_shape)))
