"""A widget for any analysis, made from its declaration: form, run, table and layers."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from qtpy.QtWidgets import QWidget

from covoxel.analysis.analysis import Analysis
from covoxel.analysis.result import Result
from covoxel.gui.actions_row import ActionsRow
from covoxel.gui.centroids import row_positions
from covoxel.gui.choice import Choice, Inputs, inputs_of, unrefused
from covoxel.gui.copying import copy_line, save_beside
from covoxel.gui.forms.pair_form import PairForm
from covoxel.gui.lines import as_command, as_python
from covoxel.gui.origin import with_sources
from covoxel.gui.pair_widget import PairWidget
from covoxel.gui.put import put, show_table
from covoxel.gui.results import table_layer
from covoxel.gui.wrapped_label import WrappedLabel

if TYPE_CHECKING:
    import napari
    import pandas as pd

    from covoxel.core.types import FloatArray, Progress
    from covoxel.gui.background import Background

#: Numbers of a single row that are listed below the button.
_MOST_LISTED = 8


class AnalysisForm(PairForm):
    """Layers, regions and the options of an analysis."""

    def __init__(self, analysis: Analysis[Any, Any, Any], viewer: Any) -> None:
        super().__init__(viewer)
        self.add_layers(inside="Where the images are analysed", scope="takes")
        self.section = self.add_options(analysis.options, inputs=analysis.accepts.offered())
        self.begin()


@dataclass(frozen=True, eq=False)
class AnalysisRun:
    """What a run was asked, and what it found."""

    choice: Choice
    inputs: Inputs
    options: Any
    result: Result
    positions: FloatArray


class AnalysisPresenter:
    """Stands between the window and an analysis.

    Parameters
    ----------
    analysis : Analysis
    view : AnalysisWidget
    runs : Background
    """

    def __init__(
        self, analysis: Analysis[Any, Any, Any], view: AnalysisWidget, runs: Background
    ) -> None:
        self._analysis, self._view, self._runs = analysis, view, runs
        self.running: Choice | None = None
        self.last: AnalysisRun | None = None

    def chosen(self) -> None:
        """Refuse what cannot be analysed."""
        self._inputs()

    def _inputs(self) -> Inputs | None:
        return unrefused(self._checked, self._view.show_refusal)

    def _checked(self) -> Inputs:
        inputs = inputs_of(self._view.form.choice())
        self._view.form.options()  # they may not be what can be asked for
        return inputs

    def run(self) -> None:
        """Analyse in the background."""
        inputs, choice = self._inputs(), self._view.form.choice()
        if inputs is None:
            return
        self.running = choice
        inputs = replace(inputs, **self._view.form.section.inputs())
        work = partial(analysed, self._analysis, choice, inputs, self._view.form.options())
        self._runs.run(work)

    def done(self, run: AnalysisRun) -> None:
        """Show a result."""
        self.last, self.running = run, None
        self._view.show_run(run)

    def forget(self) -> None:
        """Let go of the last result."""
        self.last = None


def analysed(
    analysis: Analysis[Any, Any, Any],
    choice: Choice,
    inputs: Inputs,
    options: Any,
    progress: Progress,
) -> AnalysisRun:
    """Run an analysis on what is chosen; meant for a thread."""
    inputs = with_sources(inputs)
    given: dict[str, Any] = {**inputs.regions, "t": inputs.t, "z": inputs.z}
    given["per_plane"] = inputs.per_plane
    accepted = analysis.accepts.names()
    taken = {name: one for name, one in given.items() if name in accepted}
    result = analysis.run(*inputs.channels, **taken, options=options, progress=progress)
    positions = row_positions(result.table, inputs.channels[0], **inputs.regions)
    return AnalysisRun(choice, inputs, options, result, positions)


class AnalysisWidget(PairWidget):
    """Run an analysis on two image layers.

    Parameters
    ----------
    analysis : Analysis
    viewer : napari.viewer.Viewer
    """

    form: AnalysisForm
    presenter: AnalysisPresenter

    def __init__(self, analysis: Analysis[Any, Any, Any], viewer: napari.viewer.Viewer) -> None:
        super().__init__(viewer, partial(AnalysisForm, analysis), analysis.title)
        self.presenter = AnalysisPresenter(analysis, self, self.runs)
        self._analysis, self._table = analysis, None
        self.numbers, self.after = WrappedLabel(self), ActionsRow(self)
        self.after.hide()
        for part in (self.refusal, self.row, self.earlier, self.numbers, self.after):
            self.column.addWidget(part)
        self.column.addStretch(1)
        self._connect_pair(self.presenter.forget)
        self.form.edited.connect(lambda: self._looked.start())
        self.after.table_asked.connect(lambda: show_table(self.viewer, self._table))
        for asked, line in (
            (self.after.python_asked, as_python),
            (self.after.command_asked, as_command),
        ):
            asked.connect(self.of_result(partial(self._copy, line)))
        self.after.region_asked.connect(
            self.of_result(lambda: save_beside(self.after, self.presenter.last))  # type: ignore[arg-type]
        )
        self.presenter.chosen()

    def _results(self) -> Sequence[QWidget]:
        return self.numbers, self.after

    def _copy(self, line: Any) -> None:
        if self.presenter.last is not None:
            copy_line(self.after, self.presenter.last, line)

    def show_run(self, run: AnalysisRun) -> None:
        """Show the numbers of a single row, and put table and layers into the viewer."""
        table = run.result.table
        listed = [f"{name} {value}" for name, value in _numbers(table, self._analysis)]
        several = f"{len(table)} rows; see the table."
        self.numbers.setText("   ".join(listed) if len(table) == 1 else several)
        self.after.show()
        self.turns.take(self._put(run))

    def _put(self, run: AnalysisRun) -> Iterator[None]:
        title = self._analysis.title
        points = table_layer(
            run.result.table,
            run.choice.layer1,
            positions=run.positions,
            axes=run.choice.axes,
            title=title,
        )
        self._table = yield from put(self.viewer, *points)
        for layer in run.result.layers():
            yield
            yield from put(self.viewer, *layer)


def _numbers(table: pd.DataFrame, analysis: Analysis[Any, Any, Any]) -> Iterator[tuple[str, str]]:
    """Yield the first results of the first row that are defined."""
    row = table.iloc[0]
    for name in analysis.printed.results[:_MOST_LISTED]:
        if name in row and isinstance(row[name], float) and math.isfinite(row[name]):
            yield name, f"{row[name]:.4g}"
