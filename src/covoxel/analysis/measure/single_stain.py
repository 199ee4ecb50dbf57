"""What control images of a single stain give: thresholds and bleed-through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from covoxel.analysis.measure.schema import BLEED_COLUMNS
from covoxel.core.lazy import Computed
from covoxel.core.types import AnyArray, FloatArray
from covoxel.image.channel import Channel
from covoxel.image.regions import Region, as_region
from covoxel.intensity.gates import gate
from covoxel.intensity.histogram import JointHistogram, frame_histogram
from covoxel.intensity.marginal import marginal
from covoxel.intensity.moments import Moments
from covoxel.thresholds.spec import Spec, marginal_levels

#: Share of the control's pixels that lie below the threshold, unless the option has it.
_PERCENT = 99.0


def control_threshold(spec: Spec, channel: Channel, number: int) -> float:
    """Return the threshold that a control sets for a channel.

    A control lacks the channel's own stain: what the channel shows there is background and
    bleed-through. The threshold is the level below which 99 % of its pixels lie, or another
    percentage: ``control:FILE@99.9``. All time points count.

    `spec`: of kind ``control``. The file is read at the channel's own number; a file with one
        channel is taken as it is.
    `channel`: the channel that is to be thresholded.
    `number`: 1 or 2, the channel's number where its source does not have it.

    Raises
    ------
    ValueError
        If the file cannot be read, or has not that many channels.
    """
    from covoxel.io import read_image

    path, percent = control_file(spec)
    channels = read_image(path)
    at = 1 if len(channels) == 1 else _number(channel, number)
    if at > len(channels):
        msg = f"control {str(path)!r} has {len(channels)} channels, but channel {at} is thresholded"
        raise ValueError(msg)
    return _level(_counted(channels[at - 1], channels[at - 1]), Spec("percentile", percent))


def control_bleed(path: Path, pair: tuple[Channel, Channel], source: int) -> float:
    """Return the share of a channel that the other one sees as well, from a single-stain control.

    It is the slope of the other channel over the stained one, through the means of the pixels
    above and below Otsu's threshold of the stained channel (Wald 1940,
    doi:10.1214/aoms/1177731868), which noise hardly flattens, unlike a regression. A background
    takes no part. All time points count.

    `path`: the file is read at the channels' own numbers.
    `pair`: the channels that are measured.
    `source`: which of them is stained in the control.

    Raises
    ------
    ValueError
        If the file cannot be read, has not both channels, or shows no such stain.
    """
    from covoxel.io import read_image

    channels = read_image(path)
    numbers = [_number(channel, i) for i, channel in enumerate(pair, start=1)]
    control = f"control {str(path)!r}"
    if max(numbers) > len(channels):
        msg = (
            f"{control} has {len(channels)} channels, but channels {numbers[0]} and {numbers[1]} "
            "are measured; record both channels of the single stain"
        )
        raise ValueError(msg)
    stained, other = (channels[number - 1] for number in numbers[:: 1 if source == 1 else -1])
    histogram = _counted(stained, other)
    sums = gate(1, _level(histogram, Spec("otsu"))).sums(histogram)
    above = sums.above(1)
    if not above.n[0]:
        msg = f"{control} is constant in channel {numbers[source - 1]}, which should be stained"
        raise ValueError(msg)
    rise1, rise2 = _mean(above) - _mean(sums.everything() - above)
    share = max(0.0, float(rise2 / rise1))
    if share >= 1:
        msg = (
            f"{control} is brighter in channel {numbers[2 - source]} than in channel "
            f"{numbers[source - 1]}, which should be stained alone"
        )
        raise ValueError(msg)
    return share


def _number(channel: Channel, number: int) -> int:
    """Return a channel's number in its file, or the one given where it has none."""
    return channel.source.channel if channel.source is not None else number


def _counted(first: Channel, second: Channel) -> JointHistogram:
    everything: Region = as_region(None, None, first.spatial_shape)
    return frame_histogram(first, second, everything, frames=range(first.n_frames))


def _mean(moments: Moments) -> FloatArray:
    """Return the mean of each channel, of one region."""
    zero = np.zeros(1)
    return np.concatenate(moments.about(zero, zero)[:2]) / float(moments.n[0])


def _level(histogram: JointHistogram, spec: Spec) -> float:
    (group,) = histogram.groups()
    return float(marginal_levels(marginal(histogram, group, 1), spec)[0][0])


def control_file(spec: Spec) -> tuple[Path, float]:
    """Return the file of a control, and the percentage of its pixels that lie below.

    Examples
    --------
    >>> from covoxel.thresholds.spec import parse_threshold
    >>> control_file(parse_threshold("threshold1", "control:red.tif@99.9"))[1]
    99.9
    """
    path, _, percent = spec.path.rpartition("@")
    try:
        value = float(percent)
    except ValueError:
        return Path(spec.path), _PERCENT
    return (Path(path), value) if path and 0 <= value <= 100 else (Path(spec.path), _PERCENT)


@dataclass(frozen=True, slots=True)
class BleedShares:
    """What share of channel 1 channel 2 sees as well, and of channel 2 channel 1."""

    #: At least 0, and below 1.
    to2: float = 0.0
    to1: float = 0.0

    def columns(self) -> dict[str, float]:
        """Return the shares by column."""
        shares = (self.to2, self.to1)
        return {one.name: share for one, share in zip(BLEED_COLUMNS, shares, strict=True)}

    def subtracted(self, pair: tuple[Channel, Channel]) -> tuple[Channel, Channel]:
        """Return both channels without what they see of each other; read plane by plane.

        The intensities a and b that were recorded are x + β₂₁ y and y + β₁₂ x; what is
        left, x and y, is real and may be negative. A constant background stays constant.
        """
        first, second = pair
        return (
            replace(first, data=_Unmixed(first, second, self.to1, self.to1 * self.to2)),
            replace(second, data=_Unmixed(second, first, self.to2, self.to1 * self.to2)),
        )


def bleed_of(specs: Sequence[Spec], channels: Sequence[Channel]) -> BleedShares | None:
    """Return the shares of the bleed-through to subtract; None where none is subtracted."""
    asked = [spec.kind != "none" for spec in specs]
    if not any(asked):
        return None
    if len(channels) > 2:
        name = BLEED_COLUMNS[asked.index(True)].name
        msg = f"{name} is an option for two channels, but {len(channels)} are given"
        raise ValueError(msg)
    first, second = channels
    shares = (
        control_bleed(Path(spec.path), (first, second), stained)
        if spec.kind == "control"
        else float(np.nan_to_num(spec.number))
        for stained, spec in enumerate(specs, start=1)
    )
    return BleedShares(*shares)


class _Unmixed(Computed):
    """Data of a channel less a share of another, over 1 less the product of both shares."""

    def __init__(self, own: Channel, other: Channel, share: float, product: float) -> None:
        kinds = [channel.dtype for channel in (own, other)]
        small = all(kind.itemsize < (4 if kind.kind in "ui" else 8) for kind in kinds)
        super().__init__(own.shape, np.dtype(np.float32 if small else np.float64), 2)
        self._own, self._other, self._share, self._scale = own, other, share, 1 - product

    def _compute(self, index: tuple[int, ...]) -> AnyArray:
        own, other = (
            np.asarray(channel.data[index], np.float64) for channel in (self._own, self._other)
        )
        return (own - self._share * other) / self._scale
