"""The layers that the Objects widget adds: objects, centres, matches, overlaps and cells."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from covoxel.gui.running.result_layers import ResultLayers, on_channels, provenance
from covoxel.gui.viewer.layers import show_table

if TYPE_CHECKING:
    from covoxel.analysis.result import LayerData
    from covoxel.gui.objects.run import ObjectsRun

#: Layers of objects that were found, before they are compared.
_FOUND = ("Objects of ", "Centers of ")


class ObjectsLayers(ResultLayers):
    """Adds result layers; a row of the centres and a label select each other."""

    def show(
        self, run: ObjectsRun, on_row: Callable[[int], None], *, found_only: bool = False
    ) -> Iterator[None]:
        """Put the layers of a result into the viewer, step by step."""
        for name in _channels(run):
            self.unlink(name)
        layers = [on_channels(layer, run) for layer in run.layers]
        layers = [(data, look | {"metadata": provenance(run)}, kind) for data, look, kind in layers]
        layers = [*self._without_given(run, layers)]
        taken = {given.name for given in run.given}  # by the user, as objects to be measured
        self._made["found"] = [one for one in self.held("found") if one.name not in taken]
        found = [one for one in layers if one[1]["name"].startswith(_FOUND)]
        others = [one for one in layers if not one[1]["name"].startswith(_FOUND)]
        groups = {"found": found} if found_only else {"found": found, "compared": others}
        yield from self.add(groups, others=False)
        self._link(run, on_row)

    def _given(self, run: ObjectsRun) -> dict[str, Any]:
        """Return the user's own Labels layers of objects, by the name of the channel."""
        layers = {layer.name: layer for layer in self._viewer.layers}
        found = {
            name: layers.get(given.name)
            for name, given in zip(_channels(run), run.given, strict=True)
        }
        return {name: one for name, one in found.items() if hasattr(one, "selected_label")}

    def _without_given(self, run: ObjectsRun, layers: list[LayerData]) -> Iterator[LayerData]:
        """Yield layers without copies of the user's own labels, which keep their numbers."""
        own = self._given(run)
        for data, look, kind in layers:
            what, channel = look["name"][: len(_FOUND[0])], look["name"][len(_FOUND[0]) :]
            if channel in own and what == _FOUND[0]:
                continue
            if channel in own and what == _FOUND[1]:
                features = look["features"]
                look = look | {"features": features.assign(label=features["object"])}
            yield data, look, kind

    def _link(self, run: ObjectsRun, on_row: Callable[[int], None]) -> None:
        """Link the centres of each channel with its labels."""
        held, own = {layer.name: layer for layer in self.held("found")}, self._given(run)
        for name in _channels(run):
            points = held.get(_FOUND[1] + name)
            if points is not None:
                labels = own.get(name, held.get(_FOUND[0] + name))
                self.link([points], [labels], on_row, name)

    def select_row(self, row: int, what: str = "") -> None:
        """Select the centre of an object, of the channel that it is in, and its label."""
        for name in self._links:
            super().select_row(row, name)

    def open_table(self, what: str = "found") -> None:
        """Open napari's table of the objects of both channels."""
        centres = [one for one in self.held(what) if one.name.startswith(_FOUND[1])]
        for layer in centres[:1]:
            show_table(self._viewer, layer)


def _channels(run: ObjectsRun) -> tuple[str, str]:
    """Return the names of both channels as tables have them."""
    first, second = run.inputs.channels
    return first.name, second.name
