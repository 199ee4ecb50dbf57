"""Fields for layers of the viewer, and for the time points and planes to use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from magicgui.widgets import ComboBox

from covoxel.gui.running.selection import Scope
from covoxel.gui.viewer.overlay import is_overlay

#: Parts of a layer by the name that they have in a form.
_SCOPES: dict[str, Scope] = {
    "this time point": "this t",
    "each time point": "everything",
    "whole stack": "everything",
    "this plane": "this z",
}


def is_image(layer: Any) -> bool:
    """Whether a layer is an image of the user's, RGB pictures included, and no curve or map."""
    derived = "derived" in layer.metadata.get("covoxel", {})
    return type(layer).__name__ == "Image" and not (derived or is_overlay(layer))


def is_region(layer: Any) -> bool:
    """Whether a layer can hold regions."""
    return type(layer).__name__ in ("Labels", "Shapes")


class LayerField(ComboBox):
    """A layer of the viewer, by name.

    A combo box made for ``napari.layers.Image`` offers curves and maps as well, and loses the
    chosen layer when that is renamed.

    Parameters
    ----------
    layers : napari LayerList
    accepts : callable
        Which layers are offered.
    nothing : str, optional
        Text of the entry that stands for no layer.
    """

    def __init__(
        self, layers: Any, accepts: Callable[[Any], bool], *, nothing: str = "", **kwargs: Any
    ) -> None:
        def offered(_: Any) -> list[tuple[str, Any]]:
            return [(layer.name, layer) for layer in layers if accepts(layer)]

        self.null_string = nothing
        super().__init__(choices=offered, nullable=bool(nothing), **kwargs)
        may_shrink(self, 10)

    def reset_choices(self, *_: Any) -> None:
        """Take up layers that came, went or were renamed, and keep the choice."""
        before = self.value
        with self.changed.blocked():
            offered = self._default_choices
            self.choices = ()
            self.choices = offered
            if before in self.choices:
                self.value = before
        if self.value is not before:
            self.changed.emit(self.value)


class ScopeField(ComboBox):
    """Where the sliders stand, or everything; as the axes of a layer offer it."""

    def __init__(self, *, everything_first: bool = False, **kwargs: Any) -> None:
        self._everything_first = everything_first
        super().__init__(choices=(), tooltip="Where the sliders stand, or all there is", **kwargs)
        may_shrink(self, 10)

    def reset_choices(self, *_: Any) -> None:
        """Keep what is offered: that depends on axes, see `offer`."""

    def scope(self) -> Scope:
        """Return what is chosen."""
        return _SCOPES.get(self.value or "", "everything")

    def offer(self, axes: str) -> bool:
        """Offer what axes allow; False where there is no choice."""
        times = ["this time point", "each time point"] if "t" in axes else []
        stack = ["whole stack"] if "z" in axes and not times else []
        planes = ["this plane"] if "z" in axes else []
        offered = [*(times[::-1] if self._everything_first else times), *stack, *planes]
        if offered != list(self.choices):
            with self.changed.blocked():
                self.choices = ()
                self.choices = offered
        return bool(offered)


def axes_of(layer: Any, given: str) -> str:
    """Return the axes of a layer as far as they are known, in small letters."""
    if given or layer is None:
        return given.lower()
    labels = "".join(str(label).lower() for label in layer.axis_labels)
    return labels if set(labels) <= set("tzyx") else "zyx"[-layer.ndim :]


def may_shrink(box: ComboBox, characters: int) -> None:
    """Let a combo box be narrower than its longest entry."""
    box.native.setSizeAdjustPolicy(
        box.native.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
    )
    box.native.setMinimumContentsLength(characters)
