"""Thresholds from single-stain control images."""

from __future__ import annotations

from pathlib import Path

from covoxel.image.channel import Channel
from covoxel.image.region import Region, as_region
from covoxel.intensity.histogram import frame_histogram
from covoxel.intensity.marginal import marginal
from covoxel.thresholds.choose import marginal_levels
from covoxel.thresholds.spec import Spec

#: Share of the control's pixels that lie below the threshold, unless the file name says.
_PERCENT = 99.0


def control_threshold(spec: Spec, channel: Channel, number: int) -> float:
    """Return the threshold that a control sets for a channel.

    A control lacks the channel's own stain: what the channel shows there is background and
    bleed-through. The threshold is the level below which 99 % of its pixels lie, or another
    percentage: ``control:FILE@99.9``. All time points count.

    Parameters
    ----------
    spec : Spec
        Of kind ``control``. The file is read at the channel's own number; a file with one
        channel is taken as it is.
    channel : Channel
        The channel that is to be thresholded.
    number : int
        1 or 2, the channel's number where its source does not tell.

    Raises
    ------
    ValueError
        If the file cannot be read, or has not that many channels.
    """
    from covoxel.io import read_image

    path, percent = control_file(spec)
    channels = read_image(path)
    at = channel.source.channel if channel.source is not None else number
    if len(channels) == 1:
        at = 1
    if at > len(channels):
        msg = f"control {str(path)!r} has {len(channels)} channels, but channel {at} is thresholded"
        raise ValueError(msg)
    stain = channels[at - 1]
    everything: Region = as_region(None, None, stain.spatial_shape)
    histogram = frame_histogram(stain, stain, everything, frames=range(stain.n_frames))
    (group,) = histogram.groups()
    found, _ = marginal_levels(marginal(histogram, group, 1), Spec("percentile", percent))
    return float(found[0])


def control_file(spec: Spec) -> tuple[Path, float]:
    """Return the file of a control, and the percentage of its pixels that lie below.

    Examples
    --------
    >>> from covoxel.thresholds.spec import parse_threshold
    >>> control_file(parse_threshold("threshold_1", "control:red.tif@99.9"))[1]
    99.9
    """
    path, _, percent = spec.path.rpartition("@")
    try:
        value = float(percent)
    except ValueError:
        return Path(spec.path), _PERCENT
    return (Path(path), value) if path and 0 <= value <= 100 else (Path(spec.path), _PERCENT)
