"""The layers that the Register widget adds or moves, and how all of it is undone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from covoxel.core.types import FloatArray
from covoxel.gui.running.result_layers import ResultLayers, on_channels, rows_layer
from covoxel.gui.viewer.layers import add_or_update_layer, placement, show_table
from covoxel.gui.viewer.temporary_view import remove_layers

if TYPE_CHECKING:
    from covoxel.analysis.result import LayerData
    from covoxel.gui.register.run import FieldRun, RegisterRun

#: What a registered layer takes over from its source, beside its place.
_LOOK = ("contrast_limits", "gamma", "blending", "opacity", "interpolation2d", "colormap")


@dataclass(eq=False)
class _RunStep:
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
        return self.run.kind != "field" and self.run.movable and not self.run.made

    def replaces(self, other: _RunStep) -> bool:
        """Whether an earlier step was of the same kind, on the same layers."""
        kinds = [(step.run.kind, step.run.drift) for step in (self, other)]
        one, two = ((step.layer, *step.run.sources) for step in (self, other))
        same = len(one) == len(two) and all(a is b for a, b in zip(one, two, strict=True))
        return same and kinds[0] == kinds[1]


class RegisterLayers(ResultLayers):
    """Puts results into the viewer and takes them back."""

    def __init__(self, viewer: Any) -> None:
        super().__init__(viewer)
        self._steps: list[_RunStep] = []

    def show(self, run: RegisterRun | FieldRun, on_row: Callable[[int], None]) -> Iterator[None]:
        """Add the layers of a run, or move the one of channel 2; step by step."""
        with self.unchanged_selection():
            step = self._step(run)
            if run.kind != "field" and step.moved:
                step.layer.affine = moved_affine(run, run.inputs.frame, run.inputs.z)
            for layer in _layers(run):
                if run.kind == "field":  # another field looks different: colours, limits, factor
                    yield from self._remove(layer[1]["name"])
                step.added.append((yield from add_or_update_layer(self._viewer, *layer)))
                yield
            if run.kind != "field":
                for source in run.sources[: len(run.made)]:
                    source.visible = False
        if run.kind != "field":
            self.link(step.added[-1:], [], on_row)

    def _step(self, run: RegisterRun | FieldRun) -> _RunStep:
        """Return a new step, in the place of an earlier one of its kind on the same layers."""
        affine = run.selection.layer2.affine.affine_matrix.copy()
        step = _RunStep(run, affine, [layer.visible for layer in run.sources])
        for earlier in [other for other in self._steps if step.replaces(other)]:
            step.visible = earlier.visible
            self._steps.remove(earlier)
        self._steps.append(step)
        return step

    def _remove(self, name: str) -> Iterator[None]:
        layers = self._viewer.layers
        if name in layers and "covoxel" in layers[name].metadata:
            yield from remove_layers(self._viewer, [layers[name]])

    def is_moved(self, layer: Any) -> bool:
        """Whether a layer was moved, and not back."""
        return any(step.layer is layer and step.moved for step in self._steps)

    def last(self) -> RegisterRun | FieldRun | None:
        """Return the last run whose layers are there, and let go of the others."""
        layers = self._viewer.layers
        self._steps = [one for one in self._steps if not one.run.selection.missing_from(layers)]
        return self._steps[-1].run if self._steps else None

    def undo(self) -> Iterator[None]:
        """Take back what the last run did, step by step."""
        if self.last() is None:
            return
        step = self._steps.pop()
        if step.moved:
            step.layer.affine = step.affine
        for layer, visible in zip(step.run.sources, step.visible, strict=True):
            layer.visible = visible
        yield from remove_layers(self._viewer, step.added)

    def clear(self) -> Iterator[None]:
        """Take back what all runs did, step by step."""
        while self.last() is not None:
            yield from self.undo()

    def factor(self, run: FieldRun) -> float | None:
        """Return how many times as long the arrows of a field are drawn, if they are there."""
        added = (layer for step in self._steps if step.run is run for layer in step.added)
        return next((float(layer.length) for layer in added if hasattr(layer, "length")), None)

    def open_table(self, what: str = "table") -> None:
        """Open napari's table of the rows."""
        if self.last() is not None:
            show_table(self._viewer, self._steps[-1].added[-1])


def moved_affine(run: RegisterRun, t: int, z: int | None = None) -> FloatArray:
    """Return the affine that registers the layer of channel 2 to that of channel 1.

    It moves the pixels as the layer's own scale, units, translation and rotation place them.

    `t`, `z`: the time point, and the plane of a stack, whose registration counts.
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


def _layers(run: RegisterRun | FieldRun) -> Iterator[LayerData]:
    """Yield the layers of a run; the table is the last one."""
    if run.kind == "field":
        yield from (on_channels(layer, run) for layer in run.layers)
        return
    names = [layer.name for layer in run.selection.layers[: 1 if run.drift else 2]]
    record = {"registration": run.registrations.as_dict(), "layers": names}
    metadata = {"metadata": {"covoxel": run.table.attrs["covoxel"] | record}}
    for source, (data, attributes, kind) in zip(run.sources, run.made, strict=False):
        look = {name: getattr(source, name) for name in _LOOK}
        yield data, attributes | placement(source) | look | metadata, kind
    table, options, kind = rows_layer(run)
    name = f"{'Drift' if run.drift else 'Registration'}: {' × '.join(names)}"
    yield table, options | metadata | {"name": name}, kind
