"""The Measure widget, the view of `MeasurePresenter`."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QTabWidget, QVBoxLayout, QWidget

from covoxel.core.text import probability
from covoxel.gui.measure.form import MeasureForm
from covoxel.gui.measure.layers import MeasureLayers
from covoxel.gui.measure.pairs import PairsPage
from covoxel.gui.measure.preload import preload
from covoxel.gui.measure.presenter import MeasurePresenter
from covoxel.gui.measure.run import region_density, verdict
from covoxel.gui.pair_widget import PairWidget
from covoxel.gui.qt import WrappedLabel, fill, flush
from covoxel.gui.running.jobs import Jobs
from covoxel.gui.running.selection import indices

if TYPE_CHECKING:
    import napari

    from covoxel.core.types import AnyArray
    from covoxel.gui.measure.run import MeasureRun
    from covoxel.image.channel import Channel
    from covoxel.report import Density

#: What stands in the place of the histogram before the first result.
_GUIDE = (
    "<p>1. Choose two channels above.<br>"
    "2. For the numbers of each cell, choose a Labels or Shapes layer as <i>inside</i>.<br>"
    "3. Press <i>Measure</i>.</p>"
    "<p><b>r</b> tells whether the channels are bright in the same places, <b>tM1</b> and "
    "<b>tM2</b> how much of each lies where the other one is, and what stands beside them is "
    "what chance gives. Here comes the joint histogram, with thresholds to drag.</p>"
    "<p>A warning above the button says what makes numbers wrong, and offers what fixes it.</p>"
)
#: Numbers under the histogram, of all regions pooled.
_NUMBERS = {
    "pearson": "r",
    "pearson_corrected": "r without noise",
    "pearson_above": "r above",
    "tm1": "tM1",
    "tm2": "tM2",
    "tm1_own": "tM1 own",
    "tm2_own": "tM2 own",
    "tos": "TOS",
}
#: Those that are shown where there are several rows.
_MAIN = ("pearson", "tm1", "tm2")
#: Plots in the order of their tabs.
_PLOTS = "plot", "marginals", "chance"
#: Numbers by chance as high as tM1 and tM2.
_SAME_CHANCE = ("tm1_own", "tm2_own")


class MeasureWidget(PairWidget):
    """Measure how two channel layers are together."""

    form: MeasureForm
    presenter: MeasurePresenter
    layers: MeasureLayers
    preloaded = ("covoxel.gui.measure.chance",)

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        super().__init__(viewer, MeasureForm, "Measure")
        self.tabs = QTabWidget(self)
        self._page = QWidget(self.tabs)
        self.guide, self.numbers = WrappedLabel(self._page), WrappedLabel(self._page)
        self.pairs = PairsPage(lambda: list(self.image1.choices), self._time, self)
        self.frames, self.lives, self.highlights = (Jobs(self) for _ in range(3))
        self.colocalized = Jobs(self)
        self.presenter = MeasurePresenter(self)
        self.layers = MeasureLayers(self.viewer)
        self._lay_out()
        self._connect()
        self.presenter.selection_changed()

    def _lay_out(self) -> None:
        column = flush(QVBoxLayout(self._page))
        self.guide.setText(_GUIDE)
        self.guide.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.guide.setContentsMargins(6, 6, 6, 6)
        fill(column, (self.guide, 1), self.numbers)
        self.tabs.addTab(self._page, "Histogram")
        self.tabs.addTab(self.pairs, "Pairs")
        self.buttons.hide()
        fill(self.column, self.refusal, self.run_row, self.outdated)
        fill(self.column, (self.tabs, 1), self.rows, self.buttons)

    def _connect(self) -> None:
        self._connect_pair(self.presenter.forget)
        self.form.edited.connect(lambda: self._selection_timer.start())
        self.strip.add_actions(
            {
                "subtract_mode": lambda _: self.form.subtract_mode(),
                "otsu": self.form.use_otsu,
                "control": self.form.ask_for_control,
            }
        )
        self.pairs.picked.connect(self._on_pair)
        self._connect_buttons(self.buttons, self.layers.open_table)
        self.frames.returned.connect(self.guarded(self._on_frame))
        self.lives.returned.connect(self.guarded(self.presenter.live_done))
        self.highlights.returned.connect(self.guarded(lambda found: self.plot.highlight(found)))
        add = self.buttons.menu.addAction("Add intensities")
        assert add is not None
        add.setToolTip("Add √(I₁ · I₂) of the colocalized pixels as a layer, as a coloc channel")
        add.triggered.connect(self.if_current(self._add_intensities))
        self.colocalized.returned.connect(self.guarded(self._put_intensities))
        for jobs in (self.frames, self.lives, self.highlights, self.colocalized):
            jobs.failed.connect(self.show_error)
        self.follow_theme(self.pairs.plot)

    def preload(self) -> None:
        """Load and compile what a result needs, in a thread."""
        super().preload()
        preload()

    def _add_intensities(self, *_: Any) -> None:
        run = self.presenter.last
        if run is not None:
            self.colocalized.run(lambda _: (run, run.intensities()))

    def _put_intensities(self, made: tuple[MeasureRun, AnyArray]) -> None:
        if made[0] is self.presenter.last:
            self.steps.follow(self.layers.show_intensities(*made))

    def _results(self) -> Sequence[QWidget]:
        return self._page, self.buttons.current

    def _time(self, layer: Any, channel: Channel) -> int:
        dims = self.viewer.dims
        return indices(layer, channel, dims.point, dims.units).get("T", 0)

    def _on_layer_changed(self, layer: Any) -> None:
        super()._on_layer_changed(layer)
        self.pairs.outdate(layer)

    def _on_pair(self, first: Any, second: Any) -> None:
        """Select a pair of the matrix, and measure it."""
        self.form.choose(first, second)
        self.presenter.run()

    # for the presenter

    def put_result(self, run: MeasureRun) -> None:
        """Show a result and put it into the viewer, in turns with the window."""
        self.steps.start(self._put_result(run))

    def _put_result(self, run: MeasureRun) -> Iterator[None]:
        super().put_result(run)
        for name in _PLOTS:
            yield
            getattr(self, name)
        self.tabs.setCurrentIndex(0)
        yield
        self.presenter.show(run)
        yield
        yield from self.layers.show(run, self._on_row)

    def show_histogram(self, run: MeasureRun) -> None:
        """Show the histogram of a run."""
        one, other = run.shared
        first, second = run.inputs.channels
        names = first.name, second.name
        self.chance.offer(run, int(run.rows.index[0]) if len(run.rows) else 0)
        if run.density is None:
            for each in (self.plot, self.marginals):
                each.clear("The pairs of intensities do not fit into memory.")
            self.numbers.clear()
        else:
            self.plot.show_histogram(
                run.density, line=run.line, threshold1=one, threshold2=other, names=names
            )
            self._show_intensities(run.density, run.thresholds, names)

    def _on_frame(self, run: MeasureRun) -> None:
        """Show the histogram of the time point in view."""
        if self.presenter.last is not None:
            self.tracker.follow(run, self.presenter.last)
        self.presenter.frame_done(run)

    def _on_row(self, row: int) -> None:
        """Highlight the region of a row in the histogram, and offer its null."""
        super()._on_row(row)
        last = self.presenter.last
        if last is not None:
            self.chance.offer(last, row)
        if last is not None and last.by_region is not None:
            self.highlights.run(lambda _: region_density(last, row))

    @cached_property
    def plot(self) -> Any:
        """The histogram; like the other plots made on first use, since it loads matplotlib."""
        from covoxel.gui.measure.histogram_plot import HistogramPlot

        plot, column = HistogramPlot(self), self._page.layout()
        self.follow_theme(plot)
        self.guide.hide()
        assert isinstance(column, QVBoxLayout)
        column.insertWidget(0, plot, 1)
        for signal, slot in (
            (plot.threshold_moved, self.presenter.threshold_moved),
            (plot.threshold_released, self.presenter.threshold_released),
            (plot.lassoed, self.presenter.lassoed),
            (plot.lasso_cleared, self.presenter.lasso_cleared),
        ):
            signal.connect(self.if_current(slot))
        return plot

    @cached_property
    def marginals(self) -> Any:
        """The histograms of both channels' intensities."""
        from covoxel.gui.plots.figure_pane import FigurePane

        plot = FigurePane("Nothing is measured yet.", self)
        self._add_tab(plot, "Intensities")
        return plot

    def _show_intensities(
        self, binned: Density, thresholds: tuple[float, float] | None, names: Sequence[str]
    ) -> None:
        """Show the histograms of both channels; no thresholds where regions have their own."""
        from covoxel.gui.plots.figure_pane import ShownFigure
        from covoxel.report.density import marginal_axes
        from covoxel.report.scatter import short_name

        drawn = binned, thresholds or (math.nan, math.nan), [*map(short_name, names)]
        picture = ShownFigure(marginal_axes, drawn, "intensity", "pixels", "intensities")
        self.marginals.show_picture(picture)

    @cached_property
    def chance(self) -> Any:
        """What chance gives."""
        from covoxel.gui.measure.chance import ChancePage

        page = ChancePage(self)
        page.failed.connect(self.show_error)
        self._add_tab(page, "Chance")
        return page

    def _add_tab(self, plot: QWidget, title: str) -> None:
        """Add a tab before that of pairs."""
        self.follow_theme(plot)
        self.tabs.insertTab(self.tabs.indexOf(self.pairs), plot, title)

    def show_numbers(self, numbers: dict[str, float], remark: str = "") -> None:
        """Show the thresholded measures, those of Manders with their values by chance."""
        last = self.presenter.last
        several = last is not None and len(last.table) > 1  # the table has the others
        listed = [
            f"{text} {_number(numbers, name)}".replace(" ", "\N{NO-BREAK SPACE}")
            for name, text in _NUMBERS.items()
            if np.isfinite(numbers.get(name, np.nan)) and (name in _MAIN or not several)
        ]
        missing = [_NUMBERS[name] for name in ("tm1", "tm2") if np.isnan(numbers.get(name, np.nan))]
        if "No thresholds: " in remark and missing:
            listed.append(f"{' and '.join(missing)}: no threshold")
        where = f"{last.view}: " if last is not None and last.view else ""
        said = "" if last is None else verdict(last)
        self.numbers.setText(where + remark + "   ".join(listed) + f"\n{said}".rstrip())

    def show_nothing(self) -> None:
        """Show that there is no result."""
        super().show_nothing()
        self.numbers.clear()
        if all(name in self.__dict__ for name in _PLOTS):
            for plot in (self.plot, self.marginals):
                plot.clear("Nothing is measured.")
            self.chance.offer(None)


def _number(numbers: dict[str, float], name: str) -> str:
    """Return a number with its interval, its value by chance and its p-value, if there are any."""
    low, high, chance, p = (
        numbers.get(f"{name}_{what}", np.nan) for what in ("low", "high", "chance", "p_shift")
    )
    beside = [f"{low:.2f} to {high:.2f}"] if np.isfinite(low) else []
    beside += [f"chance {chance:.3f}"] if np.isfinite(chance) and name not in _SAME_CHANCE else []
    beside += [f"p {probability(p)}"] if np.isfinite(p) else []
    text = f"{numbers[name]:.3f}" + (f" ({', '.join(beside)})" if beside else "")
    return text.replace("-", "\N{MINUS SIGN}")
