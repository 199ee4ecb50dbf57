"""The layers that the Distance widget adds: tables, correlogram, contributions, series, delays."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from covoxel.analysis.delay import DELAYS
from covoxel.analysis.distance.schema import DISTANCES
from covoxel.analysis.image_layers import symmetric_look
from covoxel.gui.running.result_layers import ResultLayers, on_channels, provenance, rows_layer
from covoxel.gui.viewer.layers import placement
from covoxel.gui.viewer.temporary_view import TemporaryView

if TYPE_CHECKING:
    from covoxel.analysis.result import LayerData
    from covoxel.analysis.schema import Column
    from covoxel.gui.distance.run import DelayRun, DistanceRun, RegionRecord, RegionShown

#: What can be shown; the first is what the viewer showed before.
VIEWS = ("channels", "correlogram", "contributions", "profiles")
_COLORS = ("magenta", "green")


class DistanceLayers(ResultLayers):
    """Adds result layers, and shows others in their place.

    Correlogram and profiles lie in a place of their own. They are in the viewer only while they are
    shown: its sliders and its view would else reach to where no channel is.
    """

    def __init__(self, viewer: Any) -> None:
        super().__init__(viewer)
        self._elsewhere: dict[str, LayerData] = {}
        self._view, self._shown = TemporaryView(viewer), VIEWS[0]

    def show(self, run: DistanceRun, on_row: Callable[[int], None]) -> Iterator[None]:
        """Put table, series and contributions into the viewer, step by step."""
        self.put_back()
        self._keep("profiles", None if run.profiles is None else _profiles(run, run.profiles))
        yield from self._add_table("table", _table(run, DISTANCES, "Distances"), run, on_row)
        parts = enumerate(run.contributions or ())
        yield from self.add({"contributions": [_contribution(run, *part) for part in parts]})

    def show_region(self, run: DistanceRun, one: RegionShown) -> Iterator[None]:
        """Keep the correlogram of a region, and show it in place of another's."""
        self._keep("correlogram", None if one.surface is None else _derived(run, one.surface))
        if self._shown == "correlogram":
            yield
            yield from self.show_view("correlogram" if one.surface is not None else VIEWS[0])

    def show_delays(self, run: DelayRun, on_row: Callable[[int], None]) -> Iterator[None]:
        """Put the table of delays, and their image where there are labels, into the viewer."""
        yield from self._add_table("delays", _table(run, DELAYS, "Delays"), run, on_row)
        unit = run.result.found[0].unit
        look = {"name": f"Delay ({unit})", "opacity": 0.6, "metadata": provenance(run)}
        images = [on_channels((data, place | look, kind), run) for data, place, kind in run.layers]
        yield from self.add({"delay image": images})

    def show_view(self, view: str) -> Iterator[None]:
        """Put all back at once, and return the steps in which some of the results are shown."""
        self.put_back()
        self._shown = view
        return self._showing(view)

    def _showing(self, view: str) -> Iterator[None]:
        elsewhere, layers = view in self._elsewhere, self.held(view)
        if elsewhere:
            from napari.layers import Layer

            layers = [Layer.create(*self._elsewhere[view])]
            yield
        if layers and view == self._shown:  # else another one was chosen meanwhile
            yield from self._view.showing(layers, elsewhere=elsewhere)

    def put_back(self) -> None:
        """Show the user's layers again."""
        self._shown = VIEWS[0]
        self._view.restore()

    def forget(self) -> None:
        """Let go of what is not in the viewer."""
        self.put_back()
        self._elsewhere.clear()

    def offers(self, view: str) -> bool:
        """Whether there is something to show."""
        return view == VIEWS[0] or view in self._elsewhere or bool(self.held(view))

    def _keep(self, view: str, layer: LayerData | None) -> None:
        self._elsewhere.pop(view, None)
        if layer is not None:
            self._elsewhere[view] = layer

    def _add_table(
        self, what: str, table: LayerData, run: RegionRecord, on_row: Callable[[int], None]
    ) -> Iterator[None]:
        """Add a table whose rows are selected together with the labels of their regions."""
        self.unlink(what)
        yield from self.add({what: [table]})
        labels = [run.selection.region] if run.separate else []
        self.link(self.held(what), labels, on_row, what)


def _derived(run: RegionRecord, layer: LayerData) -> LayerData:
    """Return a layer of other axes than the channels', marked as no channel."""
    data, options, kind = layer
    own, record = options["metadata"]["covoxel"], provenance(run)["covoxel"]
    return data, options | symmetric_look(data) | {"metadata": {"covoxel": own | record}}, kind


def _profiles(run: DistanceRun, profiles: LayerData) -> LayerData:
    """Return the profiles as a layer, in squares that can be seen.

    Its units are those of the channels, as napari gives up units where layers differ in kind.
    """
    data, options, kind = _derived(run, profiles)
    *slid, _, width = options["scale"]
    placed = {
        "scale": (*slid, width, width),
        "translate": (0.0,) * data.ndim,
        "units": run.selection.layer1.units[-data.ndim :],
    }
    return data, options | placed, kind


def _table(run: RegionRecord, numbers: tuple[Column, ...], title: str) -> LayerData:
    return rows_layer(run, numbers=[column.name for column in numbers], title=title)


def _contribution(run: DistanceRun, number: int, image: Any) -> LayerData:
    source = run.selection.layers[number]
    options = {
        **placement(source),
        "name": f"{source.name} contribution",
        "colormap": _COLORS[number],
        "blending": "additive",
        "contrast_limits": (0, run.brightest[number]),
        "metadata": provenance(run),
        "visible": False,
    }
    return image, options, "image"
