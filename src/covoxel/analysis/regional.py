"""What is compared by itself: a region of a frame, or of its plane, of two channels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import ndimage

from covoxel._types import BoolArray, IntArray, Progress
from covoxel.analysis.inputs import Regions, checked_channels
from covoxel.analysis.options import digest
from covoxel.analysis.pieces import Piece, pieces
from covoxel.channel import Channel, Slices
from covoxel.intensity.blocks import Region

if TYPE_CHECKING:
    import pandas as pd

    from covoxel.analysis.schema import Column


@dataclass(frozen=True, slots=True, eq=False)
class RegionPair:
    """Two channels around a region, without time, and where in them the region is.

    ``mask`` is None where everything belongs to it; ``box`` is the place in the piece;
    ``progress`` is to be called with (steps done, steps in all) of this region.
    """

    piece: Piece
    label: int
    channel1: Channel
    channel2: Channel
    mask: BoolArray | None
    box: Slices
    progress: Progress | None = None

    def identity(self) -> dict[str, Any]:
        """Return the columns that tell a row from any other."""
        return self.piece.identity() | {"label": self.label}


class Compared:
    """The pieces and regions that an analysis goes through.

    Raises
    ------
    ValueError, TypeError
        If images and regions do not fit each other, or there is no such time point or plane.
    """

    def __init__(
        self,
        image1: Any,
        image2: Any = None,
        *,
        mask: Any = None,
        labels: Any = None,
        axes: str | None = None,
        spacing: Sequence[float] | None = None,
        t: int | None = None,
        z: int | None = None,
    ) -> None:
        images = list(image1) if isinstance(image1, list | tuple) else [image1]
        images += [image2] * (image2 is not None)
        if len(images) < 2:
            msg = "image2 is missing; two channels are needed, or a list of two or more as image1"
            raise ValueError(msg)
        self.regions = Regions(mask, labels)
        self.channels = checked_channels(images, axes, spacing)
        self.regions.same_placement(images[0])
        self.pieces = list(pieces(self.channels, t=t, z=z, per_z=False))

    @property
    def axes(self) -> str:
        """The axes of a piece."""
        return self.pieces[0].axes

    @property
    def spacing(self) -> tuple[float, ...] | None:
        """Voxel size along these axes."""
        spacing = self.channels[0].spacing
        return spacing and spacing[-len(self.axes) :]

    def pairs(
        self, progress: Progress | None = None, *, cropped: bool = True
    ) -> Iterator[RegionPair]:
        """Read piece by piece, and yield its regions, `cropped` to the box around each."""
        for done, piece in enumerate(self.pieces):
            (region,) = self.regions.passes(piece.channel1, (piece.t,))
            count = region.ids.size
            of = len(self.pieces) * count
            for number, pair in enumerate(regions_of(piece, region, cropped=cropped)):
                part = progress and _part(progress, done * count + number, of)
                yield replace(pair, progress=part)
        if progress is not None:
            progress(len(self.pieces), len(self.pieces))


def _part(progress: Progress, done: int, of: int) -> Progress:
    """Return the progress of one of several regions, as a part of all; begin it."""
    progress(done, of)
    return lambda step, steps: progress(done * steps + step, of * steps)


def regions_of(piece: Piece, region: Region, *, cropped: bool = True) -> Iterator[RegionPair]:
    """Read a piece and yield its regions; a label that is elsewhere has an empty mask."""
    images = piece.images()
    whole = tuple(slice(0, n) for n in piece.shape)
    index = _index(piece, region)
    if index is None:
        yield RegionPair(piece, 1, *images, None, whole)
        return
    boxes = ndimage.find_objects(index, max_label=region.ids.size)
    for number, (label, found) in enumerate(zip(region.ids.tolist(), boxes, strict=True), start=1):
        box = found if cropped and found else whole
        near = [image.with_data(image.data[box]) for image in images]
        yield RegionPair(piece, label, near[0], near[1], index[box] == number, box)


def _index(piece: Piece, region: Region) -> IntArray | None:
    """Return region numbers from 1 in the shape of a piece; None where all belongs to one."""
    shape = piece.channel1.spatial_shape
    where = tuple(slice(0, n) for n in shape)
    if piece.z is not None:
        where = (slice(piece.z, piece.z + 1), *where[1:])
    found = region.read(piece.t, where)
    if found is None:
        return None
    full = tuple(part.stop - part.start for part in where)
    return np.broadcast_to(found, full).reshape(piece.shape).astype(np.int64)


def reason(column: str, error: ValueError) -> str:
    """Return what a refusal says, as the note of a row."""
    return joined_notes([f"{column}: {error}"])


def joined_notes(notes: Sequence[str]) -> str:
    """Return notes as a table has them, with semicolons between."""
    return "; ".join(note.replace("; ", ", ") for note in notes if note)


def table_of_rows(
    rows: Sequence[dict[str, Any]], columns: Sequence[Column], record: dict[str, Any]
) -> pd.DataFrame:
    """Return rows as a table with the settings that they share, in the order of a schema.

    Columns of the axis z are left out where no row has them.
    """
    import pandas as pd

    told = {"version": version("covoxel"), "settings": digest(record)}
    seen = set().union(*rows)
    names = [c.name for c in columns if not c.name.endswith("_z") or c.name in seen]
    table = pd.DataFrame([row | told for row in rows], columns=names)
    for name in ("t", "z"):
        table[name] = table[name].astype("Int64")
    table.attrs["covoxel"] = {"version": version("covoxel"), "options": record, "inputs": {}}
    return table


def long_table(
    table: pd.DataFrame, points: Sequence[dict[str, Any] | None], columns: Sequence[Column]
) -> pd.DataFrame:
    """Return the points that rows of a table were read from, with what tells the rows apart.

    Parameters
    ----------
    table : pandas.DataFrame
        The rows.
    points : sequence of dict or None
        Arrays of equal length for each row, by column.
    columns : sequence of Column
        The schema of what is returned.
    """
    import pandas as pd

    names = [column.name for column in columns]
    shared = [name for name in names if name in table]
    parts = [
        pd.DataFrame(row | arrays, columns=names)
        for row, arrays in zip(table[shared].to_dict("records"), points, strict=True)
        if arrays is not None
    ]
    out = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=names)
    for name in ("t", "z"):
        out[name] = out[name].astype("Int64")
    out.attrs = table.attrs
    return out
