"""Fields for layers of the viewer, and for the time points and planes to use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from magicgui.widgets import ComboBox

from covoxel.gui.forms.narrow import narrow
from covoxel.gui.running.selection import Scope
from covoxel.gui.viewer.overlay import is_overlay

#: Scopes by their text in a form.
_SCOPES: dict[str, Scope] = {
    "this time point": "this t",
    "each time point": "everything",
    "whole stack": "everything",
    "this plane": "this z",
}
#: A name that fits into any field.
_NAME = "Channel 1"


def is_image(layer: Any) -> bool:
    """Whether a layer is an image, RGB included, that is no result or overlay."""
    derived = "derived" in layer.metadata.get("covoxel", {})
    return type(layer).__name__ == "Image" and not (derived or is_overlay(layer))


def is_region(layer: Any) -> bool:
    """Whether a layer can hold regions."""
    return type(layer).__name__ in ("Labels", "Shapes")


def is_given(layer: Any) -> bool:
    """Whether a layer holds labels of the user's own, and is no result."""
    return type(layer).__name__ == "Labels" and "layers" not in layer.metadata.get("covoxel", {})


class LayerField(ComboBox):
    """A layer of the viewer, by name.

    Unlike magicgui's field for ``napari.layers.Image``, it can exclude results, and keeps a layer
    that is renamed.

    `layers`: napari LayerList
    `accepts`: whether a layer is offered.
    `nothing`: text of the entry for no layer.
    """

    def __init__(
        self, layers: Any, accepts: Callable[[Any], bool], *, nothing: str = "", **kwargs: Any
    ) -> None:
        def offered(_: Any = None) -> list[tuple[str, Any]]:
            return [(layer.name, layer) for layer in layers if accepts(layer)]

        self._offered = offered
        self._shown: list[tuple[str, Any]] | None = None
        self.null_string = nothing
        super().__init__(choices=offered, nullable=bool(nothing), **kwargs)
        narrow(self, nothing or _NAME)

    def name_nothing(self, text: str) -> None:
        """Set the text of the entry for no layer."""
        self.null_string, self._shown = text, None
        narrow(self, text or _NAME)
        self.reset_choices()

    def reset_choices(self, *_: Any) -> None:
        """Update the layers, and keep the value if possible."""
        shown = self._offered()
        if shown == self._shown:
            return
        before, self._shown = self.value, shown
        with self.changed.blocked():
            self.choices = ()
            self.choices = self._offered
            if before in self.choices:
                self.value = before
        if self.value is not before:
            self.changed.emit(self.value)


class ScopeField(ComboBox):
    """The time point or plane in view, or everything, depending on the axes of a layer."""

    def __init__(self, *, everything_first: bool = False, **kwargs: Any) -> None:
        self._everything_first = everything_first
        super().__init__(choices=(), tooltip="Where the sliders stand, or all there is", **kwargs)
        narrow(self)

    def reset_choices(self, *_: Any) -> None:
        """Keep the choices, which depend on axes, see `offer`."""

    def scope(self) -> Scope:
        """Return the scope."""
        return _SCOPES.get(self.value or "", "everything")

    def offer(self, axes: str) -> bool:
        """Offer what axes allow; False if there is nothing to choose."""
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
    """Return the axes of a layer in lower case, as `given` or as far as they are known."""
    if given or layer is None:
        return given.lower()
    labels = "".join(str(label).lower() for label in layer.axis_labels)
    return labels if set(labels) <= set("tzyx") else "zyx"[-layer.ndim :]
