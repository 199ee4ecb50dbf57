"""The layers that the Register widget adds or moves, and how all of it is undone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from covoxel.core.types import FloatArray
from covoxel.gui.running.jobs import gc_pause
from covoxel.gui.viewer.layers import add_or_update_layer, placement, point_look, show_table

if TYPE_CHECKING:
    from covoxel.analysis.result import LayerData
    from covoxel.gui.register.field_run import FieldRun
    from covoxel.gui.register.run import RegisterRun

#: What a registered layer takes over from its source, beside its place.
_LOOK = ("contrast_limits", "gamma", "blending", "opacity", "interpolation2d")


@dataclass(eq=False)
class _Step:
    """What a run did: how layers were before, and which layers it added."""

    run: RegisterRun | FieldRun
    affine: FloatArray
    visible: list[bool]
    added: list[Any] = field(default_factory=list)

    @property
    def layer(self) -> Any:
        """The layer of channel 2."""
        return self.run.selection.layer2

    @property
    def moved(self) -> bool:
        """Whether it was moved itself."""
        return self.run.kind == "registration" and self.run.movable and not self.run.moved

    @property
    def hidden(self) -> list[Any]:
        """The layers in whose place moved ones are shown."""
        return [] if self.run.kind == "field" else self.run.layers

    def replaces(self, other: _Step) -> bool:
        """Whether an earlier step was of the same kind, on the same layers."""
        one, two = ((step.layer, *step.hidden) for step in (self, other))
        drifts = [step.run.kind == "registration" and step.run.drift for step in (self, other)]
        alike = self.run.kind == other.run.kind and drifts[0] == drifts[1]
        return alike and len(one) == len(two) and all(a is b for a, b in zip(one, two, strict=True))


class RegisterLayers:
    """Puts results into the viewer and takes them back.

    Parameters
    ----------
    viewer : napari viewer
    """

    def __init__(self, viewer: Any) -> None:
        self._viewer = viewer
        self._steps: list[_Step] = []

    def show(self, run: RegisterRun | FieldRun) -> Iterator[None]:
        """Add the layers of a run, or move the one of channel 2; step by step."""
        with gc_pause():
            step, active = self._step(run), self._viewer.layers.selection.active
            if run.kind == "field":
                yield from self._show_field(run, step)
            else:
                yield from self._show(run, step)
            if active is not None and active in self._viewer.layers:
                self._viewer.layers.selection.active = active

    def _step(self, run: RegisterRun | FieldRun) -> _Step:
        """Return a new step, in the place of an earlier one of its kind on the same layers."""
        step = _Step(run, run.selection.layer2.affine.affine_matrix.copy(), [])
        earlier = next((other for other in self._steps if step.replaces(other)), None)
        now = [layer.visible for layer in step.hidden]
        step.visible = now if earlier is None else earlier.visible
        self._steps = [other for other in self._steps if other is not earlier] + [step]
        return step

    def _show_field(self, run: FieldRun, step: _Step) -> Iterator[None]:
        from covoxel.gui.register.field_layers import field_layers  # takes a while to load

        for data, options, kind in field_layers(run):
            layers, name = self._viewer.layers, options["name"]
            if name in layers and "covoxel" in layers[name].metadata:
                layers.remove(name)  # another field looks different: colours, limits, factor
            yield
            step.added.append((yield from add_or_update_layer(self._viewer, data, options, kind)))
            yield

    def _show(self, run: RegisterRun, step: _Step) -> Iterator[None]:
        if step.moved:
            step.layer.affine = moved_affine(run, run.inputs.frame, run.inputs.z)
        for source, moved in zip(run.layers, run.moved, strict=False):
            image = yield from add_or_update_layer(self._viewer, *_image(run, source, moved))
            step.added.append(image)
            source.visible = False
            yield
        table = yield from add_or_update_layer(self._viewer, *_table(run))
        step.added.append(table)

    def is_moved(self, layer: Any) -> bool:
        """Whether a layer was moved, and not back."""
        return any(step.layer is layer and step.moved for step in self._steps)

    def last(self) -> RegisterRun | FieldRun | None:
        """Return the last run whose layers are there, and let go of the others."""
        layers = self._viewer.layers
        self._steps = [
            step
            for step in self._steps
            if step.run.selection.layer1 in layers and step.layer in layers
        ]
        return self._steps[-1].run if self._steps else None

    def undo(self) -> None:
        """Take back what the last run did."""
        if self.last() is None:
            return
        step = self._steps.pop()
        for added in step.added:
            if added in self._viewer.layers:
                self._viewer.layers.remove(added)
        if step.moved:
            step.layer.affine = step.affine
        for layer, visible in zip(step.hidden, step.visible, strict=True):
            layer.visible = visible

    def factor(self, run: FieldRun) -> float | None:
        """Return how many times as long the arrows of a field are drawn, if they are there."""
        added = (layer for step in self._steps if step.run is run for layer in step.added)
        return next((float(layer.length) for layer in added if hasattr(layer, "length")), None)

    def open_table(self) -> None:
        """Open napari's table of the rows."""
        if self.last() is not None:
            show_table(self._viewer, self._steps[-1].added[-1])


def moved_affine(run: RegisterRun, t: int, z: int | None = None) -> FloatArray:
    """Return the affine that lays the layer of channel 2 on that of channel 1.

    It moves the pixels as the layer's own scale, units, translation and rotation place them.

    Parameters
    ----------
    run : RegisterRun
    t, z : int
        The time point, and the plane of a stack, whose registration counts.
    """
    from napari.utils.transforms import CompositeAffine

    placed = placement(run.selection.layer1)
    affine: FloatArray = placed["affine"]
    own = CompositeAffine(
        ndim=run.selection.layer1.ndim,
        **{name: placed[name] for name in ("scale", "translate", "rotate", "shear")},
    ).affine_matrix
    moved: FloatArray = affine @ own @ run.matrix(t, z) @ np.linalg.inv(own)
    return moved


def _image(run: RegisterRun, source: Any, moved: LayerData) -> LayerData:
    """Return a moved channel as a layer that lies and looks like its source."""
    data, attributes, kind = moved
    options = {
        **attributes,
        **placement(source),
        **{name: getattr(source, name) for name in _LOOK},
        "colormap": source.colormap,
        "metadata": _record(run),
    }
    return data, options, kind


def _table(run: RegisterRun) -> LayerData:
    """Return the rows as points in the middle of the frame or plane that they are of."""
    channel = run.inputs.channels[0]
    middle = (np.array(channel.shape) - 1) / 2
    points = np.tile(middle, (len(run.table), 1))
    if "T" in channel.axes:
        points[:, 0] = run.table["t"]
    planes = run.table["z"]
    if planes.notna().any():
        points[:, channel.axes.index("Z")] = planes
    title = "Drift" if run.drift else "Registration"
    options = {
        **placement(run.selection.layer1),
        "name": f"{title}: {' × '.join(_names(run))}",
        "features": run.table,
        "shown": np.ones(len(points), np.bool_),
        "metadata": _record(run),
        **point_look(channel),
    }
    return points, options, "points"


def _names(run: RegisterRun) -> list[str]:
    """Return the layers that were registered; the drift is that of one."""
    layers = [run.selection.layer1] if run.drift else [run.selection.layer1, run.selection.layer2]
    return [layer.name for layer in layers]


def _record(run: RegisterRun) -> dict[str, Any]:
    """Return what a result layer remembers of the run, JSON-able."""
    return {
        "covoxel": {
            **run.table.attrs["covoxel"],
            "registration": run.registrations.as_dict(),
            "layers": _names(run),
        }
    }
