"""The layers that the Register widget adds or moves, and how all of it is undone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from covoxel.core.types import FloatArray
from covoxel.gui.collector import without_collection
from covoxel.gui.placement import placement
from covoxel.gui.put import put, show_table
from covoxel.gui.results import point_look

if TYPE_CHECKING:
    from covoxel.gui.register.field_run import FieldRun
    from covoxel.gui.register.run import RegisterRun

#: What a registered layer takes over from its source, beside its place.
_LOOK = ("contrast_limits", "gamma", "blending", "opacity", "interpolation2d")


@dataclass(eq=False)
class _Step:
    """What a run did: how the layer was before, and which layers it added."""

    run: RegisterRun | FieldRun
    affine: FloatArray
    visible: bool
    added: list[Any] = field(default_factory=list)

    @property
    def layer(self) -> Any:
        """The layer of channel 2."""
        return self.run.choice.layer2

    @property
    def moved(self) -> bool:
        """Whether it was moved itself."""
        return self.run.kind == "registration" and self.run.movable and self.run.data is None


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
        with without_collection():
            step, active = self._step(run), self._viewer.layers.selection.active
            if run.kind == "field":
                yield from self._show_field(run, step)
            else:
                yield from self._show(run, step)
            if active is not None and active in self._viewer.layers:
                self._viewer.layers.selection.active = active

    def _step(self, run: RegisterRun | FieldRun) -> _Step:
        """Return a new step, in the place of an earlier one of its kind on the same layer."""
        layer = run.choice.layer2
        alike = (s for s in self._steps if s.layer is layer and s.run.kind == run.kind)
        earlier = next(alike, None)
        visible = layer.visible if earlier is None else earlier.visible
        step = _Step(run, layer.affine.affine_matrix.copy(), visible)
        self._steps = [other for other in self._steps if other is not earlier] + [step]
        return step

    def _show_field(self, run: FieldRun, step: _Step) -> Iterator[None]:
        from covoxel.gui.register.field_layers import field_layers  # takes a while to load

        for data, options, kind in field_layers(run):
            layers, name = self._viewer.layers, options["name"]
            if name in layers and "covoxel" in layers[name].metadata:
                layers.remove(name)  # another field looks different: colours, limits, factor
            yield
            step.added.append((yield from put(self._viewer, data, options, kind)))
            yield

    def _show(self, run: RegisterRun, step: _Step) -> Iterator[None]:
        layer = step.layer
        if step.moved:
            layer.affine = moved_affine(run, run.inputs.frame)
        elif run.data is not None:
            image = yield from put(self._viewer, *_image(run, run.data))
            step.added.append(image)
            layer.visible = False
        yield
        table = yield from put(self._viewer, *_table(run))
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
            if step.run.choice.layer1 in layers and step.layer in layers
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
        step.layer.visible = step.visible

    def factor(self, run: FieldRun) -> float | None:
        """Return how many times as long the arrows of a field are drawn, if they are there."""
        added = (layer for step in self._steps if step.run is run for layer in step.added)
        return next((float(layer.length) for layer in added if hasattr(layer, "length")), None)

    def open_table(self) -> None:
        """Open napari's table of the rows."""
        if self.last() is not None:
            show_table(self._viewer, self._steps[-1].added[-1])


def moved_affine(run: RegisterRun, t: int) -> FloatArray:
    """Return the affine that lays the layer of channel 2 on that of channel 1.

    It moves the pixels as the layer's own scale, units, translation and rotation place them.

    Parameters
    ----------
    run : RegisterRun
    t : int
        The time point whose registration counts.
    """
    from napari.utils.transforms import CompositeAffine

    placed = placement(run.choice.layer1)
    affine: FloatArray = placed["affine"]
    own = CompositeAffine(
        ndim=run.choice.layer1.ndim,
        **{name: placed[name] for name in ("scale", "translate", "rotate", "shear")},
    ).affine_matrix
    moved: FloatArray = affine @ own @ run.matrix(t) @ np.linalg.inv(own)
    return moved


def _image(run: RegisterRun, data: Any) -> tuple[Any, dict[str, Any], str]:
    source = run.choice.layer2
    options = {
        **placement(source),
        **{name: getattr(source, name) for name in _LOOK},
        "colormap": source.colormap,
        "name": f"{source.name} registered",
        "metadata": _record(run),
    }
    return data, options, "image"


def _table(run: RegisterRun) -> tuple[Any, dict[str, Any], str]:
    """Return the rows as points in the middle of what they tell of."""
    channel = run.inputs.channels[0]
    middle = (np.array(channel.shape) - 1) / 2
    points = np.tile(middle, (len(run.table), 1))
    if "T" in channel.axes:
        points[:, 0] = run.table["t"]
    if run.inputs.z is not None:
        points[:, channel.axes.index("Z")] = run.inputs.z
    names = run.choice.layer1.name, run.choice.layer2.name
    options = {
        **placement(run.choice.layer1),
        "name": f"Registration: {' × '.join(names)}",
        "features": run.table,
        "shown": np.ones(len(points), np.bool_),
        "metadata": _record(run),
        **point_look(channel),
    }
    return points, options, "points"


def _record(run: RegisterRun) -> dict[str, Any]:
    """Return what a result layer remembers of the run, JSON-able."""
    names = [run.choice.layer1.name, run.choice.layer2.name]
    return {
        "covoxel": {
            **run.table.attrs["covoxel"],
            "registration": run.registrations.as_dict(),
            "layers": names,
        }
    }
