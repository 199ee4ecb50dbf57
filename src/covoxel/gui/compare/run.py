"""One run of the Compare widget: measures, both images on one grid, and what changed; no Qt."""

from __future__ import annotations

from dataclasses import dataclass

from covoxel.analysis.compare.analysis import COMPARE
from covoxel.analysis.compare.options import CompareOptions
from covoxel.analysis.compare.result import ChangeBoxes, CompareResult, change_boxes, fitted_layers
from covoxel.analysis.result import LayerData
from covoxel.core.types import Progress
from covoxel.gui.running.selection import Inputs, RunRecord, Selection
from covoxel.gui.running.sources import with_sources


@dataclass(frozen=True, eq=False)
class CompareRun(RunRecord):
    """What a run found."""

    region_as = "mask"
    options: CompareOptions
    result: CompareResult
    #: What was compared, on one grid.
    images: tuple[LayerData, LayerData]
    #: Boxes about what changed.
    changes: ChangeBoxes


def run_compare(
    selection: Selection,
    inputs: Inputs,
    options: CompareOptions,
    progress: Progress,
    *,
    min_pixels: int = 1,
) -> CompareRun:
    """Compare the selected images, and box changes of `min_pixels` or more; for a thread."""
    inputs = with_sources(inputs)
    result = COMPARE.run(
        *inputs.channels,
        **inputs.given(COMPARE, mask=inputs.pooled_mask()),
        keep_maps=True,
        options=options,
        progress=progress,
    )
    images, changes = fitted_layers(result), change_boxes(result, min_pixels)
    run = CompareRun(selection, inputs, options, result, images, changes)
    _ = run.layers
    return run
