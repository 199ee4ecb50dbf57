"""The numbers of a map, in a few lines to read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from covoxel.analysis.map.options import MEANINGS

if TYPE_CHECKING:
    from covoxel.gui.map.run import MapRun


def summary(run: MapRun, t: int) -> str:
    """Return a few lines on the map of a time point, of the first where that was not mapped."""
    times = [frame["t"] for frame in run.frames]
    at = times.index(t) if t in times else 0
    frame = run.frames[at]
    lines = [MEANINGS[run.options.kind]]
    if len(times) > 1:
        lines[0] += f", time point {frame['t']}"
    if frame["mean"] is None:
        lines.append("defined nowhere")
    else:
        low, high = frame["minimum"], frame["maximum"]
        numbers = f"mean {frame['mean']:.3g}, from {low:.3g} to {high:.3g}".replace("-", "−")
        lines.append(f"{numbers} on {frame['pixels']:,} px")
    if "shift" in frame:
        moved = ", ".join(f"{step:.2f}" for step in frame["shift"])
        lines.append(f"channel 2 moved by {moved} px {frame['notes']}".strip())
    if run.beyond is not None:
        far = run.beyond if len(times) == 1 else run.beyond[at]
        share = np.count_nonzero(far) / max(1, frame["pixels"])
        lines.append(
            f"beyond chance, |r| > {run.thresholds[at]:.3g}: {share:.2%} of the map. Of unrelated "
            "channels, one image in 20 has such a pixel."
        )
        if run.selection.region is None:
            lines.append("Outlines that both channels share are beyond it too; map inside cells.")
    return "\n".join(lines)
