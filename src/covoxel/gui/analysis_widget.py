"""Widgets generated from the declaration of an analysis."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from qtpy.QtWidgets import QWidget

from covoxel.analysis.analysis import Analysis
from covoxel.analysis.registry import ANALYSES, analysis
from covoxel.core.types import Work
from covoxel.gui.forms.pair_form import PairForm
from covoxel.gui.pair_widget import PairWidget
from covoxel.gui.qt import WrappedLabel, fill
from covoxel.gui.running.presenter import PairPresenter
from covoxel.gui.running.result_layers import ResultLayers, rows_layer
from covoxel.gui.running.selection import Inputs, RunRecord, Selection
from covoxel.gui.running.sources import with_sources

if TYPE_CHECKING:
    import napari
    import pandas as pd

    from covoxel.analysis.result import LayerData
    from covoxel.core.types import Progress


#: Numbers of a single row that are listed below the button.
_MOST_LISTED = 8


class AnalysisForm(PairForm):
    """Layers, regions and the options of an analysis."""

    def __init__(self, analysis: Analysis[Any, Any, Any], viewer: Any) -> None:
        super().__init__(viewer)
        self.add_layers(inside="Where the images are analysed", scope="takes")
        self.section = self.add_options(analysis.options, inputs=analysis.accepts.offered())
        self.begin()


class AnalysisPresenter(PairPresenter):
    """Runs an analysis on what is selected."""

    def __init__(self, analysis: Analysis[Any, Any, Any], view: AnalysisWidget) -> None:
        self.checks_images = bool(analysis.aspects)
        super().__init__(view)
        self._analysis = analysis

    def _work(self, selection: Selection, inputs: Inputs) -> Work:
        inputs = replace(inputs, **self._view.form.section.inputs())
        return partial(analysed, self._analysis, selection, inputs, self._view.read_options())


def analysed(
    analysis: Analysis[Any, Any, Any],
    selection: Selection,
    inputs: Inputs,
    options: Any,
    progress: Progress,
) -> RunRecord:
    """Run an analysis on what is selected; runs in a thread."""
    inputs = with_sources(inputs)
    given = inputs.given(analysis)
    result = analysis.run(*inputs.channels, **given, options=options, progress=progress)
    run = RunRecord(selection, inputs, options, result)
    _ = run.positions, run.layers
    return run


class AnalysisWidget(PairWidget):
    """Run an analysis on two image layers."""

    form: AnalysisForm
    presenter: AnalysisPresenter

    def __init__(self, analysis: Analysis[Any, Any, Any], viewer: napari.viewer.Viewer) -> None:
        super().__init__(viewer, partial(AnalysisForm, analysis), analysis.title)
        self.presenter = AnalysisPresenter(analysis, self)
        self._analysis, self.layers = analysis, ResultLayers(self.viewer)
        self.numbers = WrappedLabel(self)
        self.show_nothing()
        fill(self.column, self.refusal, self.run_row, self.outdated, self.numbers)
        fill(self.column, (self.rows, 1), self.buttons, 0)
        self._connect_pair(self.presenter.forget)
        self.form.edited.connect(lambda: self._selection_timer.start())
        self._connect_buttons(self.buttons, self.layers.open_table)
        self.presenter.selection_changed()

    def _results(self) -> Sequence[QWidget]:
        return self.numbers, self.buttons.current

    def put_result(self, run: RunRecord) -> None:
        """Show the numbers of a single row, and put table and layers into the viewer."""
        super().put_result(run)
        table = run.result.table
        listed = [f"{name} {value}" for name, value in _numbers(table, self._analysis)]
        self.numbers.show_text("   ".join(listed) if len(table) == 1 else "")
        groups = {"table": [rows_layer(run, title=self._analysis.title)], "layers": run.layers}
        self.steps.start(self._show_layers(run, groups))

    def _show_layers(
        self, run: RunRecord, groups: Mapping[str, Sequence[LayerData]]
    ) -> Iterator[None]:
        yield from self.layers.add(groups)
        self.layers.link(self.layers.held("table"), [run.selection.region], self._on_row)

    def show_nothing(self) -> None:
        """Show that nothing was found."""
        super().show_nothing()
        self.numbers.hide()


def _numbers(table: pd.DataFrame, analysis: Analysis[Any, Any, Any]) -> Iterator[tuple[str, str]]:
    """Yield the first results of the first row that are defined."""
    row = table.iloc[0]
    for name in analysis.printed.results[:_MOST_LISTED]:
        if name in row and isinstance(row[name], float) and math.isfinite(row[name]):
            yield name, f"{row[name]:.4g}"


def __getattr__(name: str) -> type[AnalysisWidget]:
    if name not in ANALYSES:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    declared: Any = analysis(name)

    class Widget(AnalysisWidget):
        __doc__ = declared.summary

        def __init__(self, viewer: napari.viewer.Viewer) -> None:
            super().__init__(declared, viewer)

    return Widget
