"""Widgets as they are driven from napari's console: fields by name, `run`, `result`."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from qtpy.QtCore import QTimer

from covoxel import simulate_pair
from covoxel.analysis.ccf import CcfOptions
from covoxel.analysis.compare.options import CompareOptions
from covoxel.analysis.delay import DelayOptions
from covoxel.analysis.distance.options import DistanceOptions
from covoxel.analysis.field.options import FieldOptions
from covoxel.analysis.map.options import MapOptions
from covoxel.analysis.measure.options import MeasureOptions
from covoxel.analysis.objects.options import ObjectsOptions
from covoxel.analysis.register.options import RegisterOptions

pytestmark = pytest.mark.slow

#: By widget, the options that its form is made from.
OPTIONS = {
    "Measure": (MeasureOptions,),
    "Register": (RegisterOptions, FieldOptions),
    "Distance": (DistanceOptions, CcfOptions, DelayOptions),
    "Map": (MapOptions,),
    "Compare": (CompareOptions,),
    "Objects": (ObjectsOptions,),
}


@pytest.fixture
def viewer(viewer):
    pair = simulate_pair(shape=(48, 48), offset=(1, 0), rng=4)
    for channel in (pair.channel1, pair.channel2):
        viewer.add_image(np.asarray(channel.data), name=channel.name)
    return viewer


def jobs_of(widget):
    names = "checks", "shifts", "previews", "loads", "delays"
    return [getattr(widget, name) for name in names if hasattr(widget, name)]


@pytest.mark.parametrize("name", OPTIONS)
def test_every_option_is_a_field_and_the_result_has_a_table(viewer, qtbot, name):
    _, widget = viewer.window.add_plugin_dock_widget("covoxel", name)
    for section, kind in zip(widget.form.sections, OPTIONS[name], strict=True):
        assert {*section.fields} >= {field.name for field in dataclasses.fields(kind)}
    fields = [getattr(widget.form, field) for field in widget.form.named()]
    assert all(hasattr(field, "value") for field in fields)
    taken = {*dir(type(widget))} & {*widget.form.named()}
    assert not taken
    widget.image1.value, widget.image2.value = viewer.layers[1], viewer.layers[0]
    beats = []
    timer = QTimer()
    timer.timeout.connect(lambda: beats.append(0))
    timer.start(1)
    assert widget.run() is widget.result
    assert beats
    assert isinstance(widget.result.table, pd.DataFrame)
    assert widget.presenter.last.selection.layer1.name == "Channel 2"
    qtbot.waitUntil(lambda: not any(jobs.running for jobs in jobs_of(widget)), timeout=20000)


def test_what_cannot_be_run_is_an_error(viewer, qtbot):
    _, widget = viewer.window.add_plugin_dock_widget("covoxel", "Distance")
    widget.image2.value = widget.image1.value
    with pytest.raises(ValueError, match="same layer"):
        widget.run()
    assert widget.result is None
    qtbot.waitUntil(lambda: not any(jobs.running for jobs in jobs_of(widget)), timeout=20000)


def test_a_reopened_dock_keeps_what_it_was_set_to(viewer, qtbot):
    dock, widget = viewer.window.add_plugin_dock_widget("covoxel", "Distance")
    widget.components.value, widget.max_shift.value = 2, (3, 4)
    widget.image1.value, widget.image2.value = viewer.layers[1], viewer.layers[0]
    expected = widget.form.options()
    viewer.window.remove_dock_widget(dock)
    _, again = viewer.window.add_plugin_dock_widget("covoxel", "Distance")
    assert again is not widget
    assert again.form.options() == expected
    assert again.max_shift.value == (3, 4)
    assert (again.image1.value, again.image2.value) == (viewer.layers[1], viewer.layers[0])
    again.form.distances.restore.click()
    assert again.form.options() == DistanceOptions()
    for jobs in (*jobs_of(widget), *jobs_of(again)):
        jobs.cancel()
