"""What a user selected in a widget, and the core's inputs made from it; no Qt."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import numpy as np

from covoxel.analysis.channels import checked_channels
from covoxel.core.types import AnyArray, FloatArray
from covoxel.gui.running.refusals import is_refusal
from covoxel.gui.viewer.reader import file_hint
from covoxel.gui.viewer.tables import frame_positions, row_positions
from covoxel.image.channel import Channel, as_channel, block_slices
from covoxel.image.placement import same_placement, unit_factors
from covoxel.image.regions import Regions
from covoxel.image.shapes import polygons

if TYPE_CHECKING:
    import pandas as pd

    from covoxel.analysis.analysis import Analysis
    from covoxel.analysis.inputs import Checked
    from covoxel.analysis.result import LayerData


Made = TypeVar("Made")
Scope = Literal["everything", "this z", "this t"]


@dataclass(frozen=True, eq=False)
class Selection:
    """Two image layers, a region, a scope, and a second image of each channel if there is one."""

    #: napari image layers.
    layer1: Any
    layer2: Any
    #: napari Labels or Shapes layer, or None.
    region: Any = None
    scope: Scope = "everything"
    #: Position of the viewer's sliders, in world coordinates.
    point: tuple[float, ...] = ()
    #: Names of the layers' axes, where the layers have none.
    axes: str | None = None
    #: Of `point`; None where the viewer ignores the units of its layers.
    units: tuple[Any, ...] | None = None
    #: Second images of both channels.
    replicates: tuple[Any, Any] = (None, None)

    @property
    def layers(self) -> tuple[Any, Any, Any, Any, Any]:
        """Both image layers, the region, and the second images; None for those not chosen."""
        return self.layer1, self.layer2, self.region, *self.replicates

    @property
    def images(self) -> tuple[Any, ...]:
        """Both image layers, and the second images that are chosen."""
        return self.layer1, self.layer2, *(one for one in self.replicates if one is not None)

    def missing_from(self, layers: Container[Any]) -> bool:
        """Whether an image layer has been removed from the viewer."""
        return any(layer not in layers for layer in (self.layer1, self.layer2))

    def position(self) -> tuple[int | None, int | None]:
        """Return the time point in view, and the plane if it alone is measured."""
        try:
            channel = as_channel(self.layer1, axes=self.axes)
        except (ValueError, TypeError, AttributeError):
            return None, None  # reported by `inputs_of`
        at = indices(self.layer1, channel, self.point, self.units)
        return at.get("T"), at.get("Z") if self.scope == "this z" else None


@dataclass(frozen=True, eq=False)
class Inputs:
    """Arguments of an analysis."""

    #: As `covoxel.measure` takes them.
    channels: tuple[Channel, Channel]
    regions: dict[str, Any]
    t: int | None
    z: int | None
    #: The files of the layers of `images`, see `file_hint`.
    file_hints: tuple[dict[str, Any], ...] = ({}, {})
    #: The time point in view.
    shown: int = 0
    per_plane: bool = False
    #: Second images of both channels, by the arguments that take them.
    replicates: dict[str, Any] = field(default_factory=dict)

    @property
    def images(self) -> tuple[Channel, ...]:
        """Both channels, and their second images."""
        return (*self.channels, *self.replicates.values())

    @property
    def frame(self) -> int:
        """The time point that is measured, else the one in view."""
        return self.shown if self.t is None else self.t

    @property
    def view(self) -> str:
        """The time point of `frame` in words; empty where there is no series."""
        return f"time point {self.frame}" if self.channels[0].n_frames > 1 else ""

    def frames(self) -> Iterator[Channel]:
        """Yield both channels at the time point in view."""
        for channel in self.channels:
            data = channel.data[self.frame] if "T" in channel.axes else channel.data
            yield replace(channel, data=data, axes=channel.spatial_axes)

    def pooled_mask(self) -> Any:
        """Return one mask of all regions, None for the whole image."""
        return Regions(**self.regions).as_mask(self.channels[0])

    def given(self, analysis: Analysis[Any, Any, Any], **regions: Any) -> dict[str, Any]:
        """Return what an analysis accepts besides channels, with `regions` in place of its own."""
        places = {"t": self.t, "z": self.z, "per_plane": self.per_plane}
        every = (regions or self.regions) | self.replicates | places
        return {name: every[name] for name in analysis.accepts.names() if name in every}


@dataclass(frozen=True, eq=False)
class RunRecord:
    """The request and the result of a run; what takes long is first read in a thread."""

    selection: Selection
    inputs: Inputs
    options: Any
    result: Any

    @property
    def regions_taken(self) -> dict[str, Any]:
        """The mask, labels or shapes that the analysis took."""
        return self.inputs.regions

    @cached_property
    def layers(self) -> list[LayerData]:
        """The layers of the result."""
        return [
            (_in_16_bits(data) if kind == "labels" else data, look, kind)
            for data, look, kind in self.result.layers()
        ]

    @cached_property
    def positions(self) -> FloatArray:
        """Where the region, or the frame, of each row lies, (rows, axes)."""
        if "label" not in self.table:
            return frame_positions(self.table, self.inputs.channels[0])
        return row_positions(self.table, self.inputs.channels[0], **self.regions_taken)

    @property
    def region_as(self) -> Literal["mask", "labels"] | None:
        """The argument that takes the region in copied lines; None for its own kind."""
        return None

    @property
    def listed(self) -> str:
        """The table whose rows are points in the viewer: the main one."""
        name: str = self.result.analysis.main.name
        return name

    @property
    def table(self) -> pd.DataFrame:
        """The main table of the result."""
        table: pd.DataFrame = self.result.table
        return table

    def row(self, t: int, z: int | None = None) -> int:
        """Return the row of a time point and plane, or the nearest to that."""
        times, planes = (self.table[name].to_numpy(np.int64, na_value=-1) for name in ("t", "z"))
        return int(np.argmax(2 * (times == t) + (planes == (-1 if z is None else z))))

    def title(self, row: int) -> str:
        """Return the label, time point and plane of a row in words, as far as they vary."""
        words = {"label": "label", "t": "time point", "z": "plane"}
        columns = {word: self.table[name] for name, word in words.items() if name in self.table}
        return ", ".join(f"{w} {one.iat[row]}" for w, one in columns.items() if one.nunique() > 1)


def make_or_refuse(make: Callable[[], Made], refuse: Callable[[str], None]) -> Made | None:
    """Return what `make` returns; None, after `refuse` was called, if it refuses.

    Other errors are raised. ``refuse("")`` is called if there is no refusal.
    """
    try:
        made = make()
    except (ValueError, TypeError) as error:
        if not is_refusal(error):
            raise
        refuse(str(error))
        return None
    refuse("")
    return made


def inputs_of(
    selection: Selection, checked: Checked = checked_channels, *, one_layer: bool = False
) -> Inputs:
    """Return the channels, regions and indices of a selection.

    `checked`: makes channels of the layers, or raises; by default they must be on one grid.
    `one_layer`: whether both channels may be the same layer.

    Raises
    ------
    ValueError, TypeError
        For the same layer twice, RGB or complex layers, layers on different grids, unnamed
        axes, a region that does not lie on the image, a second image of one channel alone.
    """
    if selection.layer1 is None or selection.layer2 is None:
        msg = "choose two image layers: open an image with two channels, or two images"
        raise ValueError(msg)
    if selection.layer1 is selection.layer2 and not one_layer:
        name = selection.layer1.name
        msg = (
            f"both channels are the same layer, {name!r}: choose or open the image of the other "
            "channel, or split this one if it holds both"
        )
        raise ValueError(msg)
    _check_replicates(selection)
    images = selection.images
    for layer in images:
        _check_axes(layer, selection.axes)
    first, second, *again = checked(images, selection.axes, None)
    at = indices(selection.layer1, first, selection.point, selection.units)
    t = at.get("T") if selection.scope != "everything" and "T" in first.axes else None
    z = at.get("Z") if selection.scope == "this z" and "Z" in first.axes else None
    return Inputs(
        (first, second),
        _regions(selection, first, t),
        t,
        z,
        tuple(map(file_hint, images)),
        at.get("T", 0),
        replicates={f"replicate{i}": image for i, image in enumerate(again, start=1)},
    )


def _check_replicates(selection: Selection) -> None:
    """Refuse a second image of one channel alone, and one that is no other image."""
    missing = [one is None for one in selection.replicates]
    if any(missing) and not all(missing):
        number = 1 + missing.index(True)
        msg = f"choose a second image of channel {number} too; each channel needs one, or none"
        raise ValueError(msg)
    for layer in selection.images[2:]:
        if sum(layer is one for one in selection.images) > 1:
            msg = f"layer {layer.name!r} is chosen twice; a second image is another recording"
            raise ValueError(msg)


def _check_axes(layer: Any, axes: str | None) -> None:
    """Refuse a layer of more than three axes without names."""
    if getattr(layer, "rgb", False) or axes is not None:
        return
    ndim = full_data(layer).ndim
    if ndim > 3 and any(str(label).lower() not in "tzyx" for label in layer.axis_labels):
        msg = (
            f"layer {layer.name!r} has {ndim} axes that it does not name; "
            "say what they are, or split it into channels"
        )
        raise ValueError(msg)


def full_data(layer: Any) -> Any:
    """Return the pixels of an image layer, of a pyramid those in full resolution."""
    return layer.data[0] if getattr(layer, "multiscale", False) else layer.data


def indices(
    layer: Any, channel: Channel, point: Sequence[float], units: Sequence[Any] | None = None
) -> dict[str, int]:
    """Return the position of the sliders along each axis of the data.

    `layer`: napari image layer
    `channel`: made from the layer.
    `point`: ``viewer.dims.point``; empty without sliders.
    `units`: ``viewer.dims.units``, which ``world_to_data`` of napari ignores.
    """
    if not point:
        return {}
    own = np.asarray(point, np.float64)
    if units is not None:
        n = min(len(own), len(units), layer.ndim)
        own[-n:] *= unit_factors(tuple(units)[-n:], tuple(layer.units)[-n:])
    place = np.asarray(layer.world_to_data(own), np.float64)[-len(channel.axes) :]
    return {
        axis: int(np.clip(round(float(at)), 0, size - 1))
        for axis, at, size in zip(channel.axes, place, channel.shape, strict=False)
    }


def plane_in_view(run: RunRecord, dims: Any) -> tuple[int, int | None]:
    """Return the time point, and the plane of a stack, in view."""
    at = indices(run.selection.layer1, run.inputs.channels[0], dims.point, dims.units)
    return at.get("T", 0), at.get("Z")


def _regions(selection: Selection, channel: Channel, t: int | None) -> dict[str, Any]:
    layer = selection.region
    if layer is None:
        return {}
    if hasattr(layer, "shape_type"):
        _same_units(layer, selection)
        return {"shapes": polygons(layer, selection.layer1)}
    same_placement(f"{selection.layer1.name!r} and {layer.name!r}", selection.layer1, layer)
    data = full_data(layer)
    (region,) = Regions(mask=data).passes(channel, (t or 0,))  # as labels they would be counted
    one = t is not None and region.timed
    if isinstance(data, np.ndarray) and not _any_label(data[t] if one else data):
        where = f" at time point {t}" if one else ""
        msg = f"layer {layer.name!r} has no labels{where}; paint one, or choose the whole image"
        raise ValueError(msg)
    return {"labels": data}


def _any_label(labels: AnyArray) -> bool:
    """Whether a pixel has a label; stops at the first block with one."""
    return any(labels[where].max(initial=0) > 0 for where in block_slices(labels.shape))


def _same_units(layer: Any, selection: Selection) -> None:
    """Refuse a region in other units than the image, where the viewer ignores units."""
    n = min(layer.ndim, selection.layer1.ndim)
    own, image = layer.units[-n:], selection.layer1.units[-n:]
    if selection.point and selection.units is None and not np.all(unit_factors(own, image) == 1):
        name = selection.layer1.name
        # versions of pint write micro as either of two letters that look alike
        drawn, unit = (
            f"{units[-1]:~P}".replace("\N{GREEK SMALL LETTER MU}", "µ") for units in (own, image)
        )
        msg = (
            f"layer {layer.name!r} is in {drawn}, {name!r} in {unit}, and napari draws "
            "both without units, since other layers have none; give all layers the same units"
        )
        raise ValueError(msg)


def _in_16_bits(labels: AnyArray) -> AnyArray:
    """Return labels in 16 bits where they fit: larger ones napari recodes whenever it draws."""
    least = np.uint16
    fit = labels.dtype.itemsize > least().itemsize and labels.max(initial=0) <= np.iinfo(least).max
    return labels.astype(least) if fit else labels
