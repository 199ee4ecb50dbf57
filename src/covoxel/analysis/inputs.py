"""What is compared by itself: a region of a frame, or of its plane, of two channels."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from covoxel.analysis.accepts import REGION_INPUTS, Accepts
from covoxel.analysis.channels import FramePair, checked_channels, frame_pairs
from covoxel.analysis.registrations import Registrations, registration_of_pair
from covoxel.core.checks import refuse_path, same_shape
from covoxel.core.progress import Steps
from covoxel.core.types import BoolArray, IntArray, Progress
from covoxel.image.channel import Channel, Slices, as_channel, frame_slices
from covoxel.image.regions import Region, Regions
from covoxel.registration.record import Registration

if TYPE_CHECKING:
    from covoxel.quality.caution import Caution, Finding

#: Makes channels of images, their axes and spacing, or raises an error.
Checked = Callable[[Sequence[Any], str | None, Sequence[float] | None], list[Channel]]


@dataclass(frozen=True, slots=True, eq=False)
class RegionPair:
    """Two channels around a region, without time, and where in them the region is.

    ``mask`` is None where everything belongs to it; ``box`` is its place in the frame; ``shift``
    holds the shift of channel 2, by column; ``progress`` is to be called with (steps done, steps
    in all) of this region; ``separate`` is True where there may be other regions.
    """

    frame_pair: FramePair
    label: int
    channel1: Channel
    channel2: Channel
    mask: BoolArray | None
    box: Slices
    shift: dict[str, float] = field(default_factory=dict)
    progress: Progress | None = None
    separate: bool = False

    @property
    def empty(self) -> bool:
        """Whether it is one of several regions, and no pixel is finite in both channels."""
        if not self.separate:
            return False
        finite = np.isfinite(self.channel1.data) & np.isfinite(self.channel2.data)
        return not np.any(finite if self.mask is None else finite & self.mask)

    @property
    def unit(self) -> str:
        """The unit of lengths, px where the voxel size is unknown."""
        return "px" if self.channel1.spacing is None else "µm"

    def identity(self) -> dict[str, Any]:
        """Return the columns that identify a row, and the shift of channel 2."""
        return self.frame_pair.identity() | {"label": self.label} | self.shift

    def cropped(self) -> RegionPair:
        """Return the same region with no more of its frame than the box around it."""
        from scipy.ndimage import find_objects  # takes a while to load

        if self.mask is None or self.mask.shape != self.frame_pair.shape or not self.mask.any():
            return self
        (box,) = find_objects(self.mask.view(np.uint8))
        near = [one.with_data(one.data[box]) for one in (self.channel1, self.channel2)]
        return replace(self, channel1=near[0], channel2=near[1], mask=self.mask[box], box=box)


@dataclass(frozen=True, slots=True, eq=False)
class SeriesRegions:
    """Two channels, or one plane of them, with their regions at every time point."""

    frame_pair: FramePair
    frames: Sequence[int]
    regions: Sequence[Region]
    shift: dict[str, float]
    progress: Progress

    def identity(self) -> dict[str, Any]:
        """Return the columns that identify the channels and the plane."""
        return self.frame_pair.identity() | {"t": None} | self.shift


class AnalysisInputs:
    """The images and regions of an analysis, checked, and what it goes through one by one.

    Parameters are those of the public functions, and `checked`, which makes channels of images.
    Channel 2 is registered to channel 1 where there is a registration, NaN where it does not reach.

    Attributes
    ----------
    given : tuple of Channel
        The channels, before any registration.
    channels : list of Channel
        As they are analysed.
    regions : Regions
    region_names : list of str
        Which of mask, labels and shapes are given.
    separate : bool
        Whether there are labels or shapes, each of which is analysed by itself.
    replicates : (Channel, Channel) or None
        Second images of both channels, before any registration.
    frame_pairs : list of FramePair
        The frames, or planes of them, of every pair.

    Raises
    ------
    ValueError, TypeError
        If images, regions and registration do not fit each other, or there is no such time point
        or plane.
    """

    def __init__(
        self,
        image1: Any,
        image2: Any = None,
        *,
        mask: Any = None,
        labels: Any = None,
        shapes: Any = None,
        axes: str | None = None,
        spacing: Sequence[float] | None = None,
        t: int | None = None,
        z: int | None = None,
        per_plane: bool = False,
        registration: Registration | Registrations | str | Path | None = None,
        replicate1: Any = None,
        replicate2: Any = None,
        keep_maps: bool = False,
        accepts: Accepts,
        checked: Checked | None = None,
        drift: bool = False,
    ) -> None:
        if not isinstance(per_plane, bool):
            msg = f"per_plane is {per_plane!r}; True or False is needed"
            raise TypeError(msg)
        groups = image_groups(image1, image2, drift=drift, one_by_one=accepts.one_by_one)
        checked = checked or partial(checked_channels, one_size=accepts.one_size)
        self.regions = Regions(mask, labels, shapes)
        given = zip(REGION_INPUTS, (mask, labels, shapes), strict=True)
        self.region_names = [name for name, one in given if one is not None]
        self.accepts, self.keep_maps = accepts, keep_maps
        self.separate = labels is not None or shapes is not None
        self.masked = mask is not None or labels is not None
        checked_groups = [checked(images, axes, spacing) for images in groups]
        self.channels = [channel for group in checked_groups for channel in group]
        self.given = tuple(self.channels)
        self.regions.place_on(groups[0][0])
        self.replicates = _replicates(replicate1, replicate2, groups[0], axes, spacing, checked)
        self.t, self.z, self.per_plane, self.registration = t, z, per_plane, None
        self._findings: dict[tuple[Channel, Channel], list[Finding]] = {}
        self._cautions: dict[tuple[Channel, Channel], Sequence[Caution]] = {}
        if registration is not None:
            self.registration = registration_of_pair(registration, self.channels)
            self.channels[1] = self.registration.apply(self.channels[1], fill_nan=True)
            checked_groups = [self.channels]
        self.frame_pairs = [
            frame_pair
            for group in checked_groups
            for frame_pair in frame_pairs(group, t=t, z=z, per_plane=per_plane, drift=drift)
        ]

    def findings(self, pair: tuple[Channel, Channel]) -> list[Finding]:
        """Return what is found in the images of two of the channels, whatever their regions.

        It is looked for once, in the first frame, and in the series where all of it is analysed.
        """
        from covoxel.quality.pixels.image_checks import image_findings, series_findings

        if pair not in self._findings:
            found = image_findings(*pair, t=self.t or 0, z=self.z, shift=self.registration is None)
            self._findings[pair] = found + (series_findings(*pair) if self.t is None else [])
        return self._findings[pair]

    def cautions(self, frame_pair: FramePair) -> Sequence[Caution]:
        """Return what is found in two of the channels, in all regions together.

        They are looked at once, before any registration, in the first frame or plane asked for, and
        in the series where all of it is analysed; not with themselves or channels of another size.
        """
        channels = frame_pair.channel1, frame_pair.channel2
        one, two = (self.given[self.channels.index(each)] for each in channels)
        if (one, two) not in self._cautions:
            comparable = one is not two and one.spatial_shape == two.spatial_shape
            as_given = replace(frame_pair, channel1=one, channel2=two)
            self._cautions[one, two] = self._checked(as_given) if comparable else ()
        return self._cautions[one, two]

    def _checked(self, frame_pair: FramePair) -> Sequence[Caution]:
        from covoxel.quality.pair import check_pair, check_series

        channels = frame_pair.channel1, frame_pair.channel2
        inside = self.regions.pooled(frame_pair.channel1, frame_pair.t)
        if inside is not None and frame_pair.z is not None:
            inside = inside[frame_pair.z]
        shift: Any = "suspected" if self.registration is None else False
        found: Any = check_pair(*frame_pair.images(), mask=inside, shift=shift)
        return [*found, *(check_series(*channels) if self.t is None else ())]

    @property
    def axes(self) -> str:
        """The axes of a frame, or of a plane of it."""
        return self.frame_pairs[0].axes

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of a frame, or of a plane of it."""
        return self.frame_pairs[0].shape

    @property
    def spacing(self) -> tuple[float, ...] | None:
        """Voxel size along these axes."""
        spacing = self.channels[0].spacing
        return spacing and spacing[-len(self.axes) :]

    def settings(self, options: dict[str, Any]) -> dict[str, Any]:
        """Return a JSON-able record of options and of all else that numbers depend on."""
        out = options | {"per_plane": self.per_plane} if self.accepts.per_plane else dict(options)
        if self.registration is not None:
            out["registration"] = self.registration.as_dict()
        return out

    def shift(self, frames: Sequence[int], z: int | None) -> dict[str, float]:
        """Return the columns of the shift of channel 2; none where there is no registration."""
        if self.registration is None:
            return {}
        return self.registration.columns(self.channels[0], frames, z)

    def frames(self, progress: Progress | None = None) -> Iterator[FramePair]:
        """Yield the frames, or planes of them; each has a total of 100 in the progress."""
        steps = Steps(progress, len(self.frame_pairs))
        for frame_pair in self.frame_pairs:
            yield replace(frame_pair, progress=steps, regions=self.regions)
            steps.next()

    def region_pairs(
        self, progress: Progress | None = None, *, cropped: bool = True
    ) -> Iterator[RegionPair]:
        """Read frame by frame, and yield the regions, `cropped` to the box around each.

        The progress has a total of 100 for each frame, which its regions share.
        """
        steps = Steps(progress, len(self.frame_pairs))
        for frame_pair in self.frame_pairs:
            passes = self.regions.passes(frame_pair.channel1, (frame_pair.t,))
            total = sum(region.ids.size for region in passes)
            shift = self.shift((frame_pair.t,), frame_pair.z)
            for number, pair in enumerate(regions_of(frame_pair, passes, cropped=cropped)):
                part = steps.part(number, total)
                yield replace(pair, shift=shift, progress=part, separate=self.separate)
            steps.next()

    def series(self, progress: Progress | None = None) -> Iterator[SeriesRegions]:
        """Yield every pair, or plane of it, with all time points."""
        grid = self.channels[0]
        if grid.n_frames < 2:
            msg = f"image1 has one time point (axes {grid.axes}); a series is needed"
            raise ValueError(msg)
        frames = range(grid.n_frames)
        passes = self.regions.passes(grid, frames)
        first = [frame_pair for frame_pair in self.frame_pairs if frame_pair.t == 0]
        steps = Steps(progress, len(first))
        for frame_pair in first:
            yield SeriesRegions(frame_pair, frames, passes, self.shift(frames, frame_pair.z), steps)
            steps.next()


def _replicates(
    replicate1: Any,
    replicate2: Any,
    images: Sequence[Any],
    axes: str | None,
    spacing: Sequence[float] | None,
    checked: Checked,
) -> tuple[Channel, Channel] | None:
    """Return second images of two channels, on their grid; None where there are none."""
    if replicate1 is None and replicate2 is None:
        return None
    for name, image in (("replicate1", replicate1), ("replicate2", replicate2)):
        if image is None:
            msg = f"{name} is missing; a second image of each channel is needed"
            raise ValueError(msg)
    if len(images) != 2:
        msg = f"replicate1 and replicate2 are for two channels, but {len(images)} are given"
        raise ValueError(msg)
    for name, image in (("replicate1", replicate1), ("replicate2", replicate2)):
        given, own = as_channel(image, axes=axes, spacing=spacing), images[0]
        same_shape("image1", as_channel(own, axes=axes, spacing=spacing).shape, name, given.shape)
    _, first, second = checked([images[0], replicate1, replicate2], axes, spacing)
    return first, second


def image_groups(
    image1: Any, image2: Any, *, drift: bool = False, one_by_one: bool = False
) -> list[list[Any]]:
    """Return the images in groups, of which every pair is analysed.

    It is one group, of the first image alone where its `drift` is measured; of two lists that
    are taken `one_by_one`, each pair is a group.
    """
    if one_by_one and image2 is not None:
        firsts, seconds = (
            list(image) if isinstance(image, list | tuple) else [image]
            for image in (image1, image2)
        )
        if len(firsts) != len(seconds):
            msg = f"image1 has {len(firsts)} channels but image2 has {len(seconds)}; choose as many"
            raise ValueError(msg)
        return [list(pair) for pair in zip(firsts, seconds, strict=True)]
    images = list(image1) if isinstance(image1, list | tuple) else [image1]
    images += [image2] * (image2 is not None)
    if drift:
        return [images[:1]]
    if len(images) < 2:
        refuse_path("image1", image1)
        msg = "image2 is missing; two channels are needed, or a list of two or more as image1"
        raise ValueError(msg)
    return [images]


def regions_of(
    frame_pair: FramePair, passes: Sequence[Region], *, cropped: bool = True
) -> Iterator[RegionPair]:
    """Read both frames and yield their regions by label; a region elsewhere has an empty mask."""
    from scipy.ndimage import find_objects  # takes a while to load

    images = frame_pair.images()
    whole = frame_slices(frame_pair.shape)
    places: list[tuple[int, int, Slices | None, IntArray]] = []
    for region in passes:
        if region.everywhere:
            yield RegionPair(frame_pair, 1, *images, None, whole)
            return
        where = frame_pair.where(frame_pair.channel1)
        index = region.index(frame_pair.t, where).reshape(frame_pair.shape)
        boxes = find_objects(index, max_label=region.ids.size)
        for number, box in enumerate(boxes, start=1):
            places.append((int(region.ids[number - 1]), number, box, index))
    for label, number, found, index in sorted(places, key=itemgetter(0)):
        box = found if cropped and found else whole
        near = [image.with_data(image.data[box]) for image in images]
        yield RegionPair(frame_pair, label, near[0], near[1], index[box] == number, box)
