"""The form shared by all widgets: two image layers, a region, and options."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from magicgui.widgets import Container, PushButton, Widget
from psygnal import Signal

from covoxel.analysis.registrations import Registrations
from covoxel.gui.forms.kept import kept
from covoxel.gui.forms.layer_fields import (
    LayerField,
    ScopeField,
    axes_of,
    is_given,
    is_image,
    is_region,
)
from covoxel.gui.forms.number_fields import TextField
from covoxel.gui.forms.options_form import FieldRows, OptionsForm
from covoxel.gui.running.selection import Scope, Selection, full_data, inputs_of
from covoxel.gui.turns import give_turn
from covoxel.gui.viewer.layers import placement

#: Fields of the second images of both channels.
_REPLICATES = [
    {
        "name": f"replicate{i}",
        "tooltip": f"Second image of channel {i}, recorded in the same way, by which r is "
        "corrected for noise; choose one for each channel",
    }
    for i in (1, 2)
]
_SPLIT = "Make a layer of each channel of this stack or picture"
_PLACE = "A layer without a pixel size has as many pixels as another one, and is laid over it"


class PairForm(FieldRows):
    """Two image layers, regions, axes where a layer does not name them, and options.

    A subclass adds its rows, and then calls `begin`. Values are kept for the viewer.
    """

    #: Emitted when a field changes.
    edited = Signal()
    #: Axes of which a part can be chosen, and whether everything is the first choice.
    scope_axes, everything_first = "tz", False
    #: Whether both images must differ.
    two_layers = True
    #: Whether a registered channel 2, and the only labels that fit, are the first choice.
    proposes = True

    def __init__(self, viewer: Any) -> None:
        super().__init__()
        self._viewer = viewer
        self.sections: list[OptionsForm[Any]] = []
        layers = viewer.layers
        self._images = [LayerField(layers, is_image, name=f"image{i}") for i in (1, 2)]
        self._regions = LayerField(layers, is_region, nothing="whole image", name="regions")
        self._replicates = [
            LayerField(layers, is_image, nothing=f"{i}: none", **about)
            for i, about in enumerate(_REPLICATES, start=1)
        ]
        self._axes = TextField(empty="TZYX", name="axes", tooltip="What the layer's axes are")
        self.split = PushButton(text="Split into channels", tooltip=_SPLIT)
        self.place = PushButton(text="Use the pixel size of the other layer", tooltip=_PLACE)
        self._scope = ScopeField(name="scope", everything_first=self.everything_first)

    def __getattr__(self, name: str) -> Any:
        for section in self.__dict__.get("sections", ()):
            if section.native.isVisibleTo(self.native) and name in section.fields:
                return section.fields[name]
        for section in self.__dict__.get("sections", ()):
            if name in section.fields:
                return section.fields[name]
        return super().__getattr__(name)

    def named(self) -> list[str]:
        """Return the names of all fields."""
        return [name for part in (self, *self.sections) for name in part.fields]

    def add_layers(
        self,
        names: tuple[str, str] = ("channel 1", "channel 2"),
        inside: str = "",
        *beside: Widget,
        scope: str = "",
        regions: str = "inside",
    ) -> None:
        """Add the rows of both images, their axes, the regions and the scope.

        The scope stands beside the regions where nothing else does.

        `names`: labels of the images.
        `inside`: tooltip of the regions.
        `beside`: placed beside the regions.
        `scope`: label of the scope, where it has a row of its own; without it there is none.
        `regions`: label of the regions.
        """
        for name, image in zip(names, self._images, strict=True):
            self.add_row(name, image)
        self._axes_row = self.add_row("axes", self._axes)
        self.append(self.split)
        self._regions.tooltip = inside
        shared = [self._scope] if scope and not beside else []
        self.add_row(regions, self._regions, *beside, *shared)
        self.append(self.place)
        self._scope_row = self.add_row(scope, self._scope) if scope and beside else self._scope
        for hidden in (self._axes_row, self.split, self.place):
            hidden.visible = False

    def add_options(
        self,
        kind: type[Any],
        rows: Sequence[tuple[str, ...]] = (),
        texts: Mapping[str, Mapping[str, str]] | None = None,
        inputs: Sequence[str] = (),
    ) -> OptionsForm[Any]:
        """Add the fields of options; see `OptionsForm`."""
        give_turn()
        section = OptionsForm(kind, rows, texts, inputs)
        self.sections.append(section)
        self.append(section)
        return section

    def add_replicates(self, section: OptionsForm[Any]) -> None:
        """Add second images of both channels to the folded options."""
        section.fold(self.make_row("second images", *self._replicates), *self._replicates)

    def add_beside(self, row: Container[Widget], *fields: Widget) -> None:
        """Add fields to a row of options."""
        for field in fields:
            row.append(field)
            self._take(field)

    def begin(self) -> None:
        """Follow the viewer's layers, and restore earlier values."""
        for field in (self._images[0], self._axes):
            field.changed.connect(self._follow)
        self.refresh()
        if self.proposes:
            self._propose()
        self._restore(dict(kept(self._viewer, self)))
        self.changed.connect(self._on_changed)

    def refresh(self) -> None:
        """Update the layers; the two channels differ if possible. Propose labels that are new."""
        one, other = self._images
        before = {*self._regions.choices}
        for field in (one, other, self._regions, *self._replicates):
            field.reset_choices()
        if self.two_layers and len(one.choices) > 1 and one.value is other.value:
            other.value = next(layer for layer in one.choices if layer is not one.value)
        if before and self.proposes and self._regions.value is None:
            added = self._fitting(before)
            if len(added) == 1:
                self._regions.value = added[0]
        self._follow()

    def _propose(self) -> None:
        """Choose channel 2 as it was registered to channel 1, and the only labels that fit."""
        names = [getattr(field.value, "name", None) for field in self._images]
        moving = self._images[1]
        for layer in moving.choices:
            made = {} if layer is None else layer.metadata.get("covoxel", {})
            held = made.get("registration")
            if held and made["layers"] == names and not Registrations.from_dict(held).warning:
                moving.value = layer
        if len(fitting := self._fitting()) == 1:
            self._regions.value = fitting[0]

    def choose(self, layer1: Any, layer2: Any) -> None:
        """Choose both layers, without the second images of those chosen before."""
        for field in self._replicates:
            field.value = None
        for field, layer in zip(self._images, (layer1, layer2), strict=True):
            if layer in field.choices:
                field.value = layer

    def show_axes(self, *, shown: bool) -> None:
        """Show or hide the row for unnamed axes."""
        self._axes_row.visible = shown

    def set_axes(self, axes: str) -> None:
        """Set the axes of the layers."""
        self._axes.value = axes
        self.show_axes(shown=True)

    def unplaced(self) -> dict[Any, Any]:
        """Return the chosen layers without a pixel size, and the one whose size each can take."""
        chosen = self.selection()
        pixels = [layer for layer in (*chosen.images, chosen.region) if hasattr(layer, "data_raw")]
        sized = [layer for layer in pixels if np.any(layer.scale != 1)]
        return {
            layer: other
            for layer in pixels
            for other in sized[:1]
            if layer not in sized
            and full_data(layer).shape == full_data(other).shape[-layer.ndim :]
        }

    def place_layers(self) -> None:
        """Lay layers without a pixel size over the one that has as many pixels."""
        for layer, other in self.unplaced().items():
            axes = range(other.ndim - layer.ndim, other.ndim)
            for name, value in placement(other, axes).items():
                setattr(layer, name, value)

    def choose_scope(self, text: str) -> None:
        """Choose a scope by its text, where it is offered."""
        if text in self._scope.choices:
            self._scope.value = text

    def draw_region(self) -> None:
        """Choose the only labels that fit the images, or make labels in which cells are drawn."""
        fitting, image = self._fitting(), self._images[0].value
        if len(fitting) != 1 and image is not None:
            axes = range(image.ndim - 2, image.ndim)
            empty = np.zeros(full_data(image).shape[-2:], np.uint8)
            drawn = self._viewer.add_labels(empty, name="Cells", **placement(image, axes))
            drawn.mode = "polygon"
            self._regions.reset_choices()
            fitting = [drawn]
        for layer in fitting[:1]:
            self._regions.value = layer

    def _fitting(self, known: Collection[Any] = ()) -> list[Any]:
        """Return the labels that fit the images, and are no result, but those known."""
        layers = (layer for layer in self._regions.choices if layer not in known)
        return [layer for layer in layers if is_given(layer) and self._fits(layer)]

    def _fits(self, region: Any) -> bool:
        try:
            inputs_of(replace(self._selection("everything"), region=region))
        except (ValueError, TypeError):
            return False
        return True

    def selection(self) -> Selection:
        """Return the layers, region and scope."""
        return self._selection(self._scope.scope())

    def read_options(self) -> Any:
        """Return the options; ValueError where one is invalid."""
        return self.sections[0].read_options()

    def takes(self, options: Any) -> bool:
        """Whether options are of an analysis of this form."""
        return any(section.takes(options) for section in self.sections)

    def show_options(self, options: Any) -> None:
        """Show the options of an analysis of this form."""
        next(one for one in self.sections if one.takes(options)).show_options(options)

    def request(self) -> tuple[Any, ...]:
        """Return all that a result depends on, except the layers."""
        return self.read_options(), tuple(self.sections[0].inputs().items())

    def show_units(self, **units: str) -> None:
        """Show the units of ``length`` and ``time``."""
        for section in self.sections:
            section.show_units(**units)

    def _selection(self, scope: Scope) -> Selection:
        """Return layers and region with a scope."""
        held = self._viewer.layers
        chosen = (field.value for field in (*self._images, self._regions, *self._replicates))
        image1, image2, region, *again = (layer if layer in held else None for layer in chosen)
        return Selection(
            image1,
            image2,
            region,
            scope,
            tuple(float(at) for at in self._viewer.dims.point),
            self._axes.value.upper() or None,
            self._viewer.dims.units,
            (again[0], again[1]),
        )

    def _follow(self) -> None:
        """Update the scope for the layers."""
        axes = axes_of(self._images[0].value, self._axes.value)
        offers = self._scope.offer("".join(axis for axis in axes if axis in self.scope_axes))
        if "scope" in self.fields:
            self._scope_row.visible = offers

    def _on_changed(self) -> None:
        """Keep the values of the form, of layers their names."""
        own = {name: field.value for name, field in self.fields.items()}
        own = {name: getattr(value, "name", value) for name, value in own.items()}
        values = [section.values() for section in self.sections]
        kept(self._viewer, self).update(own=own, sections=values)
        self.edited.emit()

    def _restore(self, values: Mapping[str, Any]) -> None:
        for name, value in values.get("own", {}).items():
            field = self.fields[name]
            if isinstance(field, LayerField):
                named = [layer for layer in field.choices if getattr(layer, "name", None) == value]
                if named:
                    field.value = named[0]
            elif not isinstance(field, ScopeField) or value in field.choices:
                field.value = value
        for section, shown in zip(self.sections, values.get("sections", ()), strict=False):
            section.set_values(shown)
