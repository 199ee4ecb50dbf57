"""The layers that the Distance widget adds: tables, correlogram, contributions, series, delays."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from covoxel.analysis.delay import DELAYS
from covoxel.analysis.distance.schema import DISTANCES
from covoxel.core.types import FloatArray
from covoxel.gui.running.jobs import gc_pause
from covoxel.gui.viewer.layers import add_or_update_layer, placement, show_table, table_layer
from covoxel.gui.viewer.table_link import TableLink

if TYPE_CHECKING:
    from covoxel.analysis.result import LayerData
    from covoxel.gui.distance.delay_run import DelayRun
    from covoxel.gui.distance.run import DistanceRun, RegionShown

#: What can be looked at; the first is what the viewer showed before.
LOOKS = ("channels", "correlogram", "contributions", "profiles")
#: Those that lie in a place of their own.
_ELSEWHERE = ("correlogram", "profiles")
_CONTRIBUTIONS = ("magenta", "green")


class DistanceLayers:
    """Adds result layers, and replaces those of an earlier run of the same channels.

    Layers that lie elsewhere are in the viewer only while they are looked at: its sliders and
    its view would else reach to where no channel is.

    Parameters
    ----------
    viewer : napari viewer
    """

    def __init__(self, viewer: Any) -> None:
        self._viewer = viewer
        self._made: dict[str, list[Any]] = {}
        self._kept: dict[str, list[LayerData]] = {}
        self._selection_timer = LOOKS[0]
        self._before: tuple[list[Any], Any, Any, Any] | None = None
        self._links: dict[str, TableLink] = {}

    def show(self, run: DistanceRun, on_row: Callable[[int], None]) -> Iterator[None]:
        """Put table, series and contributions into the viewer, step by step."""
        self.look_at(LOOKS[0])
        with gc_pause():
            active = self._viewer.layers.selection.active
            self._kept["profiles"] = [] if run.profiles is None else [_series(run, run.profiles)]
            parts = [
                _contribution(run, number, image)
                for number, image in enumerate(run.contributions or ())
            ]
            numbers = [column.name for column in DISTANCES]
            table = _table(run, numbers, "Distances")
            yield from self._put_table("distances", table, run, on_row)
            yield
            if not parts:
                self._drop("contributions")
            yield from self._put_all("contributions", parts)
            self._choose(active)

    def show_region(self, run: DistanceRun, one: RegionShown) -> Iterator[None]:
        """Keep the correlogram of a region, and show it in place of another's."""
        self._kept["correlogram"] = [] if one.surface is None else [_derived(run, one.surface)]
        if self._selection_timer == "correlogram":
            yield
            self.look_at("correlogram" if one.surface is not None else LOOKS[0])

    def show_delays(self, run: DelayRun, on_row: Callable[[int], None]) -> Iterator[None]:
        """Put the table of delays, and their image where there are labels, into the viewer."""
        with gc_pause():
            active = self._viewer.layers.selection.active
            table = _table(run, [column.name for column in DELAYS], "Delays")
            yield from self._put_table("delays", table, run, on_row)
            if run.image is None:
                self._drop("delay image")
            else:
                yield
                yield from self._put_all("delay image", [_delay_image(run)], visible=True)
            self._choose(active)

    def look_at(self, what: str) -> None:
        """Show some of the results and nothing else; the first of `LOOKS` puts all back."""
        layers, dims = self._viewer.layers, self._viewer.dims
        camera, active = self._viewer.scene.camera, layers.selection.active
        if self._before is None:
            if what == LOOKS[0]:
                return
            shown = [layer for layer in layers if layer.visible]
            self._before = shown, dims.point, camera.center, camera.zoom
        before, point, center, zoom = self._before
        self._selection_timer = what
        for look in _ELSEWHERE:
            self._drop(look)
        if what in _ELSEWHERE:
            list(self._put_all(what, self._kept[what]))
        wanted = before if what == LOOKS[0] else self._held(what)
        for layer in layers:
            layer.visible = any(layer is one for one in wanted)
        dims.point = point
        camera.center, camera.zoom = center, zoom
        if what == LOOKS[0]:
            self._before = None
        elif what in _ELSEWHERE:
            for axis in range(dims.ndim - max(layer.ndim for layer in wanted), dims.ndim):
                dims.set_point(axis, 0)  # where the displacement is zero
            self._zoom_to(wanted)
        self._choose(active)

    def _zoom_to(self, layers: list[Any]) -> None:
        """Let layers fill the view."""
        self._viewer.fit_to_view()
        camera, shown = self._viewer.scene.camera, list(self._viewer.dims.displayed)
        whole = np.ptp(self._viewer.layers.extent.world, axis=0)
        corners = np.stack([_corners(layer, self._viewer.dims.ndim) for layer in layers])
        low, high = corners[:, 0].min(axis=0), corners[:, 1].max(axis=0)
        camera.zoom *= float(np.min(whole[shown] / np.maximum(high - low, 1e-9)[shown]))
        camera.center = (0.0,) * (3 - len(shown)) + tuple((low + high)[shown] / 2)

    def forget(self) -> None:
        """Let go of what is not in the viewer."""
        self.look_at(LOOKS[0])
        self._kept.clear()

    def offers(self, what: str) -> bool:
        """Whether there is something to look at."""
        return what == LOOKS[0] or bool(self._kept.get(what) or self._held(what))

    def open_table(self, which: str) -> None:
        """Open napari's table of the rows."""
        for layer in self._held(which):
            show_table(self._viewer, layer)

    def _held(self, what: str) -> list[Any]:
        """Return the layers made for a purpose that are still there."""
        return [layer for layer in self._made.get(what, ()) if layer in self._viewer.layers]

    def _put_all(
        self, what: str, made: list[LayerData], *, visible: bool = False
    ) -> Iterator[None]:
        found = []
        for data, options, kind in made:
            layer = yield from add_or_update_layer(
                self._viewer, data, options, kind, visible=visible
            )
            if "contrast_limits" in options:
                layer.contrast_limits = options["contrast_limits"]
            found.append(layer)
        self._made[what] = found

    def _put_table(
        self,
        what: str,
        table: LayerData,
        run: DistanceRun | DelayRun,
        on_row: Callable[[int], None],
    ) -> Iterator[None]:
        if what in self._links:
            self._links.pop(what).disconnect()
        yield from self._put_all(what, [table], visible=True)
        region = run.selection.region if run.apart else None
        labels = region if hasattr(region, "selected_label") else None
        self._links[what] = TableLink(self._viewer, self._made[what][0], labels, on_row)

    def _drop(self, what: str) -> None:
        for layer in self._held(what):
            self._viewer.layers.remove(layer)
        self._made.pop(what, None)

    def _choose(self, active: Any) -> None:
        if active is not None and active in self._viewer.layers:
            self._viewer.layers.selection.active = active


def _corners(layer: Any, ndim: int) -> FloatArray:
    """Return both corners of a layer in the world, (2, ndim)."""
    world = np.asarray(layer.extent.world, np.float64)
    return np.concatenate([np.zeros((2, ndim - layer.ndim)), world], axis=1)


def _derived(run: DistanceRun, layer: LayerData) -> LayerData:
    """Return a layer of other axes than the channels', marked as no channel."""
    data, options, kind = layer
    told = {**options["metadata"]["covoxel"], **_record(run)["covoxel"]}
    limits = _symmetric(data)
    more = {"colormap": "PiYG", "contrast_limits": (-limits, limits)}
    return data, {**options, **more, "metadata": {"covoxel": told}}, kind


def _series(run: DistanceRun, profiles: LayerData) -> LayerData:
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
    return data, {**options, **placed}, kind


def _table(run: DistanceRun | DelayRun, numbers: list[str], title: str) -> LayerData:
    return table_layer(
        run.result.table,
        run.selection.layer1,
        run.positions,
        axes=run.selection.axes,
        numbers=numbers,
        title=title,
    )


def _contribution(run: DistanceRun, number: int, image: Any) -> LayerData:
    source = (run.selection.layer1, run.selection.layer2)[number]
    options = {
        **placement(source),
        "name": f"{source.name} contribution",
        "colormap": _CONTRIBUTIONS[number],
        "blending": "additive",
        "contrast_limits": (0, run.brightest[number]),
        "metadata": _record(run),
    }
    return image, options, "image"


def _delay_image(run: DelayRun) -> LayerData:
    assert run.image is not None
    source, unit = run.selection.layer1, run.result.found[0].unit
    limits = _symmetric(run.image)
    options = {
        **placement(source, range(source.ndim - run.image.ndim, source.ndim)),
        "name": f"Delay ({unit})",
        "colormap": "PiYG",
        "contrast_limits": (-limits, limits),
        "opacity": 0.6,
        "metadata": _record(run),
    }
    return run.image, options, "image"


def _symmetric(values: Any) -> float:
    """Return the largest magnitude, for a colormap with 0 in its middle."""
    known = np.abs(values[np.isfinite(values)])
    return max(float(known.max(initial=0)), 1e-6)


def _record(run: DistanceRun | DelayRun) -> dict[str, Any]:
    """Return what a result layer remembers of the run, JSON-able."""
    names = [run.selection.layer1.name, run.selection.layer2.name]
    return {"covoxel": {**run.result.table.attrs["covoxel"], "layers": names, "derived": True}}
