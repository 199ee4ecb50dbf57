"""The Map widget: the window's side of `MapPresenter`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QWidget

from covoxel.gui.map.form import MapForm
from covoxel.gui.map.layers import MapLayers
from covoxel.gui.map.lines import map_command, map_python
from covoxel.gui.map.numbers import summary
from covoxel.gui.map.presenter import MapPresenter
from covoxel.gui.pair_widget import PairWidget
from covoxel.gui.qt import WrappedLabel, fill
from covoxel.gui.running.jobs import Jobs
from covoxel.gui.running.selection import Inputs, indices

if TYPE_CHECKING:
    import napari

    from covoxel.gui.map.preview import Preview
    from covoxel.gui.map.run import MapRun

#: Drags are answered in the next turn; in ms.
_DRAG = 0


class MapWidget(PairWidget):
    """Map where two channel layers are together."""

    form: MapForm
    presenter: MapPresenter
    layers: MapLayers
    preloaded = ("covoxel.gui.map.preview",)

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        super().__init__(viewer, MapForm, "Compute map")
        self.numbers, self.previews = WrappedLabel(self), Jobs(self)
        self.numbers.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.layers = MapLayers(self.viewer)
        self.presenter = MapPresenter(self)
        self._timers = {
            "drag": self._pause(_DRAG, self.presenter.tuned),
            "slider": self._pause(_DRAG, self._on_slider),
        }
        fill(self.column, self.refusal, self.run_row, self.outdated, self.numbers)
        fill(self.column, (self.rows, 1), self.buttons, 0)
        self.show_nothing()
        self._connect()
        self.presenter.selection_changed()

    def _connect(self) -> None:
        self._connect_pair(self.presenter.forget)
        for field in (self.image1, self.image2, self.regions, self.axes):
            field.changed.connect(lambda: self._selection_timer.start())
        for part in (self.form.sections[0], self.scope):
            part.changed.connect(lambda: self._timers["drag"].start())
        self.live.changed.connect(self.guarded(self._on_live))
        self.previews.returned.connect(self.presenter.preview_done)
        self.previews.failed.connect(self.presenter.preview_failed)
        self.strip.add_actions({"register": lambda _: self._register()})
        self._connect_buttons(
            self.buttons,
            self.layers.open_table,
            lambda run, last: map_python(run, last.beyond is not None),
            lambda run, last: map_command(run, last.beyond is not None),
        )
        self._follow(self.viewer.layers.events.removed, self._on_removed)
        self._follow(self.viewer.dims.events.current_step, self._on_step)

    def preload(self) -> None:
        """Load and compile what a map needs, in a thread."""
        from covoxel.local import local_correlation

        super().preload()
        for kind in (np.uint16, np.float32):
            local_correlation(*np.zeros((2, 3, 3), kind), radius=1)

    def _results(self) -> Sequence[QWidget]:
        return self.numbers, self.buttons.current

    def _on_removed(self, event: Any) -> None:
        if self.layers.is_preview(event.value):
            self.form.live.value = False

    def _on_step(self, event: Any = None) -> None:
        self._timers["slider"].start()

    def _on_slider(self) -> None:
        self.presenter.follow()
        if self.presenter.last is not None:
            self._show_numbers(self.presenter.last)

    def _on_live(self, live: bool) -> None:  # a Qt signal's argument
        if live:
            self.presenter.tuned()
        else:
            self.presenter.stop_preview()

    def _on_seen(self) -> None:
        """Preview only while the widget is in sight."""
        if self.seen:
            self.presenter.follow()
        else:
            self.presenter.hide_preview()

    def _register(self) -> None:
        self.form.register.value = True

    def _show_numbers(self, run: MapRun) -> None:
        self.numbers.setText(summary(run, self.plane(run.inputs)[0]))

    # for the presenter

    def is_live(self) -> bool:
        """Whether the plane in view is mapped while something is changed."""
        return bool(self.seen and self.form.live.value)

    def plane(self, inputs: Inputs) -> tuple[int, int]:
        """Return the time point and plane in view."""
        layer, dims = self.form.image1.value, self.viewer.dims
        if layer is None:
            return 0, 0
        at = indices(layer, inputs.channels[0], dims.point, dims.units)
        return at.get("T", 0), at.get("Z", 0)

    def show_inputs(self, inputs: Inputs | None) -> None:
        """Follow the axes and the pixel size of what is chosen."""
        if inputs is not None:
            self.form.show_channel(inputs.channels[0])

    def put_preview(self, preview: Preview) -> None:
        """Show the map of a plane."""
        source = self.form.image1.value
        if source is not None:
            self.layers.preview(preview, source)

    def put_result(self, run: MapRun) -> None:
        """Put the result into the viewer, in turns with the window."""
        super().put_result(run)
        self.numbers.show()
        self._show_numbers(run)
        self.steps.start(self.layers.show(run, self._on_row))

    def show_nothing(self) -> None:
        """Show that nothing is mapped."""
        super().show_nothing()
        self.numbers.hide()
