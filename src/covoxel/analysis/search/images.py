"""Single images that are analysed one by one, and what is found in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from covoxel.analysis.accepts import Accepts
from covoxel.analysis.channels import frames_of, named_channels, origin_of
from covoxel.analysis.result import Result
from covoxel.analysis.schema import Column, record_columns
from covoxel.core.progress import Steps
from covoxel.core.types import AnyArray, Progress
from covoxel.image.channel import Channel, as_channel

if TYPE_CHECKING:
    import pandas as pd

IMAGE = (
    Column("file", "", "Name of the image file"),
    Column("series", "", "Index of the series in the file, from 0"),
    Column("channel", "", "Name of the channel"),
    Column("t", "frame", "Time point, from 0", dtype="Int64"),
)
#: The inputs of searches: images with axes and spacing, and a time point.
ACCEPTS = Accepts(
    several=False,
    mask=False,
    labels=False,
    shapes=False,
    z=False,
    per_plane=False,
    registration=False,
)
RECORD = record_columns("What to know of the row")


@dataclass(frozen=True, slots=True, eq=False)
class ImageFrame:
    """A frame of one channel; ``progress`` takes its steps."""

    channel: Channel
    t: int
    progress: Progress
    #: The small image that is searched for, where there is one.
    template: AnyArray | None = None

    def read(self) -> AnyArray:
        """Return the pixels."""
        return self.channel.read(self.t)

    def identity(self) -> dict[str, Any]:
        """Return the columns that identify a row."""
        return {**origin_of(self.channel), "channel": self.channel.name, "t": self.t}


class ImageInputs:
    """Images that are analysed one by one.

    Parameters are those of the public functions, and the small image that is searched for; the
    sizes of the images may differ.

    Attributes
    ----------
    given : tuple of Channel
        The images.
    registration : None
        Single images have none.

    Raises
    ------
    ValueError, TypeError
        If one is not an image, or there is no such time point.
    """

    registration = None

    def __init__(
        self,
        images: Any,
        *,
        axes: str | None = None,
        spacing: Sequence[float] | None = None,
        t: int | None = None,
        template: AnyArray | None = None,
    ) -> None:
        several = images if isinstance(images, list | tuple) else [images]
        channels = [as_channel(image, axes=axes, spacing=spacing) for image in several]
        self.given = tuple(named_channels(channels))
        self._template = template
        self._frames = [
            (channel, frame)
            for channel in self.given
            for (frame,) in frames_of(channel, t, pool_time=False)
        ]

    def settings(self, options: dict[str, Any]) -> dict[str, Any]:
        """Return a JSON-able record of options."""
        return options

    def frames(self, progress: Progress | None = None) -> Iterator[ImageFrame]:
        """Yield the frames; each has a total of 100 in the progress."""
        steps = Steps(progress, len(self._frames))
        for channel, frame in self._frames:
            yield ImageFrame(channel, frame, steps, self._template)
            steps.next()


@dataclass(frozen=True, eq=False, repr=False)
class SearchResult(Result):
    """Places that were found in the frames of images."""

    @property
    def places(self) -> pd.DataFrame:
        """The places, or pairs of them, the best first."""
        return self.tables[f"{self.analysis.name}_place"]

    def with_found(self) -> Iterator[tuple[dict[str, Any], Any]]:
        """Yield channel and time point of each searched frame, with what was found in it."""
        pairs = zip(self._frames(), self.found, strict=True)
        return ((place, found) for place, found in pairs if found is not None)

    def refusals(self) -> Iterator[str]:
        """Yield a sentence for each frame that could not be searched."""
        rows = zip(self._frames(), self.found, self.remarks["notes"], strict=True)
        for place, found, notes in rows:
            if found is None:
                yield f"{place['channel']}, t {place['t']}: {notes[-1][1]}"

    def _frames(self) -> Any:
        return self.table[["channel", "t"]].to_dict("records")
