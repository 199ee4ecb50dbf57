"""What is compared by itself: a region of a frame, or of its plane, of two channels."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import ndimage

from covoxel.analysis.file_notes import with_file_notes
from covoxel.analysis.inputs import checked_channels
from covoxel.analysis.moved import laid
from covoxel.analysis.options import digest
from covoxel.analysis.pieces import Piece, pieces
from covoxel.analysis.registrations import SHIFT_DIFFERS, Registrations, registration_of_pair
from covoxel.analysis.schema import SHIFTS
from covoxel.core.progress import Steps
from covoxel.core.types import BoolArray, IntArray, Progress
from covoxel.image.channel import Channel, Slices
from covoxel.image.region import Region
from covoxel.image.regions import Regions
from covoxel.registration.record import Registration

if TYPE_CHECKING:
    import pandas as pd

    from covoxel.analysis.schema import Column


@dataclass(frozen=True, slots=True, eq=False)
class RegionPair:
    """Two channels around a region, without time, and where in them the region is.

    ``mask`` is None where everything belongs to it; ``box`` is the place in the piece; ``shift``
    tells how channel 2 was moved, by column; ``progress`` is to be called with (steps done, steps
    in all) of this region.
    """

    piece: Piece
    label: int
    channel1: Channel
    channel2: Channel
    mask: BoolArray | None
    box: Slices
    shift: dict[str, float] = field(default_factory=dict)
    progress: Progress | None = None

    @property
    def empty(self) -> bool:
        """Whether no pixel of the region is finite in both channels."""
        finite = np.isfinite(self.channel1.data) & np.isfinite(self.channel2.data)
        return not np.any(finite if self.mask is None else finite & self.mask)

    def identity(self) -> dict[str, Any]:
        """Return the columns that tell a row from any other, and how channel 2 was moved."""
        return self.piece.identity() | {"label": self.label} | self.shift


class Compared:
    """The pieces and regions that an analysis goes through.

    Parameters are those of `covoxel.distance_channels`; channel 2 is laid on channel 1 where there
    is a registration, NaN where it does not reach.

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
        per_z: bool = False,
        registration: Registration | Registrations | str | Path | None = None,
    ) -> None:
        if not isinstance(per_z, bool):
            msg = f"per_z is {per_z!r}; True or False is needed"
            raise TypeError(msg)
        images = list(image1) if isinstance(image1, list | tuple) else [image1]
        images += [image2] * (image2 is not None)
        if len(images) < 2:
            msg = "image2 is missing; two channels are needed, or a list of two or more as image1"
            raise ValueError(msg)
        self.regions = Regions(mask, labels, shapes)
        self.apart = labels is not None or shapes is not None
        self.channels = checked_channels(images, axes, spacing)
        self.regions.place_on(images[0])
        self.per_z, self.registration = per_z, None
        if registration is not None:
            self.registration = registration_of_pair(registration, self.channels)
            self.channels[1] = laid(self.channels[1], self.registration, dropped=True)
        self.pieces = list(pieces(self.channels, t=t, z=z, per_z=per_z))

    @property
    def axes(self) -> str:
        """The axes of a piece."""
        return self.pieces[0].axes

    @property
    def spacing(self) -> tuple[float, ...] | None:
        """Voxel size along these axes."""
        spacing = self.channels[0].spacing
        return spacing and spacing[-len(self.axes) :]

    def settings(self, options: dict[str, Any]) -> dict[str, Any]:
        """Return a JSON-able record of options, and of what else tells rows from any others."""
        out = options | {"per_z": self.per_z}
        if self.registration is not None:
            out["registration"] = self.registration.as_dict()
        return out

    def shift(self, frames: Sequence[int], z: int | None) -> dict[str, float]:
        """Return the columns that tell how channel 2 was moved; none where it was not."""
        if self.registration is None:
            return {}
        return self.registration.columns(self.channels[0], frames, z)

    def pairs(
        self, progress: Progress | None = None, *, cropped: bool = True
    ) -> Iterator[RegionPair]:
        """Read piece by piece, and yield its regions, `cropped` to the box around each.

        The progress has a total of 100 for each piece, which its regions share.
        """
        steps = Steps(progress, len(self.pieces))
        for piece in self.pieces:
            passes = self.regions.passes(piece.channel1, (piece.t,))
            total = sum(region.ids.size for region in passes)
            shift = self.shift((piece.t,), piece.z)
            for number, pair in enumerate(regions_of(piece, passes, cropped=cropped)):
                yield replace(pair, shift=shift, progress=steps.part(number, total))
            steps.next()


def regions_of(
    piece: Piece, passes: Sequence[Region], *, cropped: bool = True
) -> Iterator[RegionPair]:
    """Read a piece and yield its regions by label; one that is elsewhere has an empty mask."""
    images = piece.images()
    whole = tuple(slice(0, n) for n in piece.shape)
    places: list[tuple[int, int, Slices | None, IntArray]] = []
    for region in passes:
        index = _index(piece, region)
        if index is None:
            yield RegionPair(piece, 1, *images, None, whole)
            return
        boxes = ndimage.find_objects(index, max_label=region.ids.size)
        for number, box in enumerate(boxes, start=1):
            places.append((int(region.ids[number - 1]), number, box, index))
    for label, number, found, index in sorted(places, key=itemgetter(0)):
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

    Columns of the axis z, and of the registration, are left out where no row has them.
    """
    import pandas as pd

    told = {"version": version("covoxel"), "settings": digest(record)}
    seen = set().union(*rows)
    shifts = {column.name for column in SHIFTS}
    names = [c.name for c in columns]
    names = [n for n in names if n in seen or not (n.endswith("_z") or n in shifts)]
    held = record.get("registration")
    doubt = "" if held is None else Registrations.from_dict(held).doubt
    table = pd.DataFrame([row | told | _shift_notes(row, doubt) for row in rows], columns=names)
    for name in ("t", "z"):
        table[name] = table[name].astype("Int64")
    table.attrs["covoxel"] = {"version": version("covoxel"), "options": record, "inputs": {}}
    return table


def _shift_notes(row: dict[str, Any], doubt: str) -> dict[str, str]:
    """Return the notes of a row, with those of its files and of the registration it is with."""
    missing = [c.name for c in SHIFTS if math.isnan(row.get(c.name, 0))]
    notes = [row["notes"], *(f"{name}: {SHIFT_DIFFERS}" for name in missing)]
    notes += [f"registration: {doubt}"] * bool(doubt)
    return {"notes": with_file_notes(row["file_notes"], "; ".join(filter(None, notes)))}


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
