"""The Objects widget: the window's side of `ObjectsPresenter`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from qtpy.QtWidgets import QWidget

from covoxel.gui.objects.form import ObjectsForm
from covoxel.gui.objects.layers import ObjectsLayers
from covoxel.gui.objects.lines import objects_command, objects_python
from covoxel.gui.objects.numbers import found_text, object_text, summary_html
from covoxel.gui.objects.presenter import ObjectsPresenter
from covoxel.gui.pair_widget import PairWidget
from covoxel.gui.qt import WrappedLabel, fill, numbers_label
from covoxel.gui.running.jobs import Jobs
from covoxel.gui.running.rows import RunRow
from covoxel.gui.running.tracker import Request
from covoxel.gui.viewer.label_colors import compile_label_colors

if TYPE_CHECKING:
    import napari

    from covoxel.gui.objects.run import ObjectsRun

#: Least height of the histogram, in pixels, by which all else fits on a notebook's screen.
_PLOT = 96


class ObjectsWidget(PairWidget):
    """Find, match and count the objects of two channel layers."""

    form: ObjectsForm
    presenter: ObjectsPresenter
    layers: ObjectsLayers
    preloaded = ("covoxel.report.objects",)

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        super().__init__(viewer, ObjectsForm, "Measure objects")
        self.finds = Jobs(self)
        self.find_row = RunRow("Find objects", self.finds, self)
        self.find_row.button.setToolTip("Show what would be measured, as layers")
        self.found, self.numbers = WrappedLabel(self), numbers_label(self)
        self.object = WrappedLabel(self)
        self.layers = ObjectsLayers(self.viewer)
        self.presenter = ObjectsPresenter(self)
        self.form.section.add_button(self.find_row)
        fill(self.column, self.refusal, self.run_row, self.found, self.outdated)
        fill(self.column, self.numbers, self.object, self.rows, self.buttons, 0)
        self.rows.opens = False  # the histogram and the numbers of the frame need the room
        self.show_nothing()
        self._connect()
        self.presenter.selection_changed()

    def _connect(self) -> None:
        self._connect_pair(self.presenter.forget)
        self.form.edited.connect(lambda: self._selection_timer.start())
        self.find_row.started.connect(self.guarded(self.presenter.find))
        self.finds.returned.connect(self.guarded(self.presenter.found))
        self.finds.failed.connect(lambda error: self.show_error(error, self.presenter.running))
        self.strip.add_actions({"spots": lambda channel: self._find_spots(channel)})
        self._connect_buttons(self.buttons, self.layers.open_table, objects_python, objects_command)

    def _find_spots(self, channel: int) -> None:
        """Show the spots of a channel, in place of what lies above its threshold."""
        self.form.section.fields[f"find{channel}"].value = "spots"
        self.presenter.find()

    def busy(self) -> bool:
        """Whether something runs, or results are being added to the viewer."""
        return super().busy() or self.finds.running

    def preload(self) -> None:
        """Load and compile what a result needs, in a thread."""
        import numpy as np

        from covoxel.analysis.objects.analysis import measure_objects

        super().preload()
        compile_label_colors(np.dtype(np.uint8))  # of the kinds of cells
        measure_objects(*np.zeros((2, 3, 3)), objects1=np.eye(3, dtype=int), objects2=np.eye(3))

    def _results(self) -> Sequence[QWidget]:
        return self.numbers, self.object, self.buttons.current

    @cached_property
    def plot(self) -> Any:
        """The histogram, made when it is first needed: it brings matplotlib along."""
        from covoxel.gui.plots.figure_pane import FigurePane

        plot = FigurePane("", self)
        plot.least_height = _PLOT
        self.follow_theme(plot)
        self.column.insertWidget(self.column.indexOf(self.numbers), plot, 1)
        return plot

    def _request(self) -> Request:
        """Return the current request, with the states of given objects."""
        request = super()._request()
        states = tuple(self.watch.state(layer) for layer in self.form.given())
        return request._replace(data=(*request.data, *states))

    def _on_layer_changed(self, layer: Any) -> None:
        """Check given objects again as well, and mark earlier results."""
        if any(layer is one for one in self.form.given()):
            self._selection_timer.start()
            self.tracker.update()
        super()._on_layer_changed(layer)

    # for the presenter

    def put_found(self, run: ObjectsRun) -> None:
        """Show objects that were found, before anything is measured."""
        row = run.row(*self.plane_in_view(run))
        reasons = (text for name, text in run.result.remarks["notes"][row] if "objects" in name)
        own = run.table.iloc[row]
        self.found.show_text(found_text(own, "; ".join(reasons)))
        self.steps.start(self.layers.show(run, lambda _: None, found_only=True))

    def put_result(self, run: ObjectsRun) -> None:
        """Put the result into the viewer, in turns with the window."""
        super().put_result(run)
        self.found.show_text("")
        self.object.show_text("")
        self.numbers.show()
        self.steps.start(self.layers.show(run, self._show_object))

    def show_frame(self, run: ObjectsRun, row: int) -> None:
        """Show histogram and numbers of a frame."""
        from covoxel.analysis.objects.coupling import chance_of
        from covoxel.gui.plots.figure_pane import ShownFigure
        from covoxel.report.objects import distance_axes

        own = run.table.iloc[row]
        objects, longest = run.objects_of(row), float(own["max_distance"])
        found = run.result.found[row]
        by_chance = chance_of(found and found.couplings)
        self.numbers.setText(summary_html(own, run.title(row)))
        self.numbers.setToolTip(own["notes"])
        across = f"distance to the nearest object ({own['unit']})"
        drawn, title = (objects, longest, by_chance), "Distances of objects"
        self.plot.show()
        self.plot.show_picture(ShownFigure(distance_axes, drawn, across, "objects", title))

    def _show_object(self, row: int) -> None:
        """Show what is known of an object that was selected."""
        last = self.presenter.last
        if last is not None:  # else its layers have outlived it
            self.rows.select_row(row)
            self.steps.follow(self._describe(last, row))

    def _describe(self, run: ObjectsRun, row: int) -> Iterator[None]:
        """Describe an object in a turn after the viewer shows it, as the plot is drawn anew."""
        yield
        if run is self.presenter.last:
            self.object.show_text(object_text(run.result.objects.iloc[row]))

    def show_nothing(self) -> None:
        """Show that nothing is measured."""
        super().show_nothing()
        for part in (self.numbers, self.object):
            part.hide()
        if "plot" in vars(self):
            self.plot.hide()
