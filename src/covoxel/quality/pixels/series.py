"""Time series: bleaching, and time points that are the same."""

from __future__ import annotations

import numpy as np

from covoxel.core.types import AnyArray, FloatArray
from covoxel.image.channel import Channel
from covoxel.quality.codes import BLEACHING, REPEATED_FRAMES
from covoxel.quality.findings import Finding, digits
from covoxel.quality.pixels.sampled import middle_rows

#: Fewest time points, and how many are looked at of a long series.
_FRAMES, _MOST = 4, 64
#: The light that is lost from the first to the last time points, of that above the background.
_LOST = 0.15
#: How closely the light follows time: Pearson's r of both.
_STEADY = -0.8
#: The background is below this share of the pixels.
_DARK = 0.05


def series_findings(channel1: Channel, channel2: Channel) -> list[Finding]:
    """Look for bleaching, and for time points that are the same, in both channels."""
    return _of_channel(channel1, 1) + _of_channel(channel2, 2)


def _of_channel(channel: Channel, number: int) -> list[Finding]:
    """Look at one channel.

    Parameters
    ----------
    channel : Channel
    number : int
        1 or 2, which messages name.

    Returns
    -------
    list of Finding
        None without a time axis.
    """
    if channel.n_frames < 2:
        return []
    frames = np.unique(np.linspace(0, channel.n_frames - 1, _MOST).astype(int))
    bands = [_band(channel, int(t)) for t in frames]
    found = []
    for before, after in zip(range(len(bands) - 1), range(1, len(bands)), strict=True):
        if np.array_equal(bands[before], bands[after]) and np.ptp(bands[after]):
            found.append(_repeated(number, int(frames[before]), int(frames[after])))
            break
    lost = bleached(np.array([_light(band) for band in bands]))
    if lost >= _LOST:
        found.append(_bleaching(number, lost, channel.n_frames))
    return found


def bleached(light: FloatArray) -> float:
    """Return the share of the light that is lost over time; 0 where it does not fall steadily.

    Examples
    --------
    >>> round(bleached(np.exp(-0.1 * np.arange(8))), 2)
    0.45
    """
    if len(light) < _FRAMES or not np.ptp(light) or not np.isfinite(light).all():
        return 0.0
    time = np.arange(len(light))
    if np.corrcoef(time, light)[0, 1] > _STEADY:
        return 0.0
    quarter = max(1, len(light) // 4)
    first, last = light[:quarter].mean(), light[-quarter:].mean()
    return float(1 - last / first) if first > 0 else 0.0


def _band(channel: Channel, t: int) -> AnyArray:
    shape = channel.spatial_shape
    if len(shape) < 2:
        return channel.read(t)
    deep = (slice(shape[0] // 2, shape[0] // 2 + 1),) if len(shape) > 2 else ()
    return channel.read(t, (*deep, middle_rows(shape[-2])))


def _light(band: AnyArray) -> float:
    """Return the mean intensity above the dimmest."""
    finite = band[np.isfinite(band)].astype(np.float64)
    return float(finite.mean() - np.quantile(finite, _DARK)) if finite.size else np.nan


def _repeated(number: int, first: int, second: int) -> Finding:
    return Finding(
        REPEATED_FRAMES,
        "warning",
        np.True_,
        f"time points {{}} and {{}} of channel {number} are the same, pixel by pixel",
        (np.asarray(first), np.asarray(second)),
        number,
    )


def _bleaching(number: int, lost: float, n_frames: int) -> Finding:
    return Finding(
        BLEACHING,
        "warning",
        np.True_,
        f"channel {number} loses {{}} % of its light over {{}} time points",
        (digits(100 * lost), np.asarray(n_frames)),
        number,
    )
