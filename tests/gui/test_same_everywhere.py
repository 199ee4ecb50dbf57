"""A widget, and the lines that it copies for Python and for the shell, give the same values."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import tifffile
from napari.layers import Layer
from qtpy.QtGui import QGuiApplication
from qtpy.QtWidgets import QWidget

from covoxel import measure_ccf, read_image
from covoxel.analysis.registry import analysis_of
from covoxel.gui.compare.widget import CompareWidget
from covoxel.gui.distance.widget import DistanceWidget
from covoxel.gui.map.widget import MapWidget
from covoxel.gui.measure.widget import MeasureWidget
from covoxel.gui.objects.widget import ObjectsWidget
from covoxel.gui.register.form import TILED
from covoxel.gui.register.widget import RegisterWidget
from covoxel.gui.viewer.reader import labels_layer
from covoxel.io.samples import sample_path
from covoxel.io.write import write_channels

pytestmark = pytest.mark.slow

CONTROL, SHIFTED = "negative_control.ome.tif", "shifted_channels.ome.tif"
STACK = "associated_at_distance.ome.tif"
CELLS = "two_channel_cells.ome.tif"
SERIES, DELAYED = "time_series.tif", "delayed_channels.tif"
#: Columns that only a widget's table has: the number of the row, and a reason of each tile.
SHOWN_ONLY = {"row", "reason"}


@dataclass(frozen=True)
class Request:
    """One analysis of a sample.

    Attributes
    ----------
    widget : type
    image : str
        The sample.
    layer : str
        How the name of the layer with the result begins.
    options : dict
        Options of the analysis, of which each is a field of the form.
    inputs : dict
        What else is filled in, by name of the field.
    labels : bool
        Whether the labels of the sample are the regions.
    again : path, optional
        A file with a second image of each channel.
    """

    widget: type[QWidget]
    image: str
    layer: str
    options: dict[str, Any] = field(default_factory=dict)
    inputs: dict[str, Any] = field(default_factory=dict)
    labels: bool = False
    again: Path | None = None


TABLES = {
    "measure": Request(
        MeasureWidget, CONTROL, "Table", {"measures": ("default", "significance")}
    ),
    "measure, as Coloc 2": Request(
        MeasureWidget, CONTROL, "Table",
        {"threshold1": "li", "threshold2": "li", "background1": "mode", "background2": "mode",
         "like": "coloc2"},
    ),
    "measure, regions": Request(
        MeasureWidget, SERIES, "Table", {"bleed_1to2": "share:0.1"}, labels=True
    ),
    "measure, planes": Request(
        MeasureWidget, STACK, "Table", {"per_plane": True}, {"scope": "whole stack"}
    ),
    "measure, pooled": Request(
        MeasureWidget, SERIES, "Table", {"pool_time": True}, {"scope": "each time point"},
        labels=True,
    ),
    "register": Request(RegisterWidget, SHIFTED, "Registration"),
    "register, similarity": Request(
        RegisterWidget, SHIFTED, "Registration",
        {"transform": "similarity", "max_shift": 9, "min_overlap": 0.5},
    ),
    "register, series": Request(
        RegisterWidget, SERIES, "Registration", {"method": "phase", "max_shift": 9},
        {"scope": "each time point"},
    ),
    "register, drift": Request(RegisterWidget, SERIES, "Drift", {"drift": True, "max_shift": 9}),
    "register, planes": Request(
        RegisterWidget, STACK, "Registration", {"each": "plane", "max_shift": 9},
        {"scope": "whole stack"},
    ),
    "field": Request(RegisterWidget, SHIFTED, "Tiles", inputs={"finds": TILED}),
    "field, tiles": Request(
        RegisterWidget, SHIFTED, "Tiles", {"tile": (48, 32), "overlap": 0.25, "max_shift": 6},
        {"finds": TILED},
    ),
    "distance": Request(DistanceWidget, CONTROL, "Distances"),
    "distance, gaussian": Request(
        DistanceWidget, CONTROL, "Distances",
        {"model": "gaussian", "psf1": 0.12, "max_distance": 1.5, "bleed": False,
         "fit_range": (0.1, 1.2)},
        {"each_region": True}, labels=True,
    ),
    "distance, planes": Request(
        DistanceWidget, STACK, "Distances", {"intervals": False, "like": "ccc-2.3"},
        {"scope": "whole stack", "per_plane": True},
    ),
    "delay": Request(DistanceWidget, DELAYED, "Delays"),
    "delay, planes": Request(DistanceWidget, DELAYED, "Delays", inputs={"per_plane": True}),
    "delay, labels": Request(
        DistanceWidget, DELAYED, "Delays", {"time_step": 2.0, "max_delay": 30.0},
        {"each_region": True}, labels=True,
    ),
    "compare": Request(CompareWidget, CONTROL, "Comparison"),
    "compare, registered": Request(
        CompareWidget, SHIFTED, "Comparison", {"fit": "register", "bits": 12}
    ),
}  # fmt: skip
MAPS = {
    "map": Request(MapWidget, CONTROL, "Correlation: ", {"radius": 0.5, "unit": "um"}),
    "map, manders": Request(
        MapWidget, SHIFTED, "Manders M1: ",
        {"unit": "px", "kind": "manders1", "radius": 5, "weights": "box", "threshold2": "li",
         "register": True},
    ),
}  # fmt: skip


@pytest.fixture
def by_widget(model: Any, open_file: Any, dock: Any, wait: Any) -> Callable[[Request], Any]:
    """Return a function that asks a widget, and returns the viewer and the widget."""

    def ask(asked: Request) -> tuple[Any, Any]:
        open_file(model, sample_path(asked.image))
        widget = dock(model, asked.widget)
        if asked.labels:
            path = sample_path(f"{asked.image.partition('.')[0]}_labels.tif")
            labels, channel = Layer.create(*labels_layer(path, "Cells")), model.layers[0]
            for name in ("scale", "units"):
                setattr(labels, name, getattr(channel, name)[-labels.ndim :])
            widget.regions.value = model.add_layer(labels)
        if asked.again is not None:
            second = open_file(model, asked.again)
            for i, layer in enumerate(second, start=1):
                getattr(widget, f"replicate{i}").value = layer
        form = widget.form.delays if asked.layer == "Delays" else widget.form
        for name, value in (asked.inputs | asked.options).items():
            getattr(form if name in form.fields else widget.form, name).value = value
        row = widget.pages()[2].run_row if asked.layer == "Delays" else widget.run_row
        row.button.click()
        wait(widget)
        return model, widget

    return ask


@pytest.fixture
def repeated(by_python: Any, by_command: Any, tmp_path: Path, monkeypatch: Any) -> Any:
    """Return a function that runs both lines that a widget copies, and returns what Python gives.

    The command writes into the folder of the test.
    """
    monkeypatch.chdir(tmp_path)

    def repeat(buttons: Any, *more: str) -> Any:
        buttons.python_requested.emit()
        result = by_python(QGuiApplication.clipboard().text())["result"]
        buttons.command_requested.emit()
        by_command(" ".join([QGuiApplication.clipboard().text(), *more]))
        return result

    return repeat


@pytest.mark.parametrize("asked", TABLES.values(), ids=TABLES)
def test_tables(asked, by_widget, repeated):
    viewer, widget = by_widget(asked)
    delays = asked.layer == "Delays"
    run = widget.presenter.last_delays if delays else widget.presenter.last
    assert {name: getattr(run.options, name) for name in asked.options} == asked.options
    name = analysis_of(run.options).name
    (layer,) = [layer for layer in viewer.layers if layer.name.startswith(asked.layer)]
    shown = layer.features
    expected = repeated((widget.pages()[2] if delays else widget).buttons, "--out .").tables[name]
    written = csv_of(Path(f"{name}.csv"))
    assert list(written) == list(expected)
    assert set(shown) - SHOWN_ONLY == set(expected)
    assert differing(written, expected) == {}
    assert differing(shown, expected) == {}


def test_second_images(by_widget, repeated, tmp_path):
    asked, again = TABLES["measure"], tmp_path / "again.ome.tif"
    rng = np.random.default_rng(0)
    channels = read_image(sample_path(asked.image))
    noisy = [one.with_data(rng.poisson(one.read(0)).astype("u2")) for one in channels]
    write_channels(again, noisy)
    test_tables(replace(asked, again=again), by_widget, repeated)
    assert csv_of(Path("measure.csv"))["pearson_corrected"].all()


def csv_of(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def differing(table: pd.DataFrame, expected: pd.DataFrame) -> dict[str, Any]:
    """Return the columns that differ, with the values of both."""
    pairs = {name: (told(table[name]), told(expected[name])) for name in expected}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def told(values: Any) -> list[str]:
    """Return values as a CSV has them."""
    texts = ["" if pd.isna(value) else str(value) for value in values]
    return [repr(float(text)) if is_number(text) else text for text in texts]


def is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("asked", MAPS.values(), ids=MAPS)
def test_maps(asked, by_widget, repeated):
    viewer, widget = by_widget(asked)
    (layer,) = [layer for layer in viewer.layers if layer.name.startswith(asked.layer)]
    options = widget.presenter.last.options
    assert {name: getattr(options, name) for name in asked.options} == asked.options
    expected = np.asarray(repeated(widget.buttons).image.data)
    np.testing.assert_array_equal(layer.data, expected)
    np.testing.assert_array_equal(tifffile.imread(f"{options.kind}.tif"), expected)


def test_curves(by_widget):
    _, widget = by_widget(TABLES["distance"])
    curves = widget.presenter.last.regions[0].ccf.curves
    lag = round(float(curves["y"].displacement.max()) / 0.1)
    expected = measure_ccf(*read_image(sample_path(CONTROL)), max_shift=lag).table
    assert list(expected["axis"]) == list(curves)
    for name in ("peak", "offset", "fwhm", "baseline", "r_squared"):
        assert told(getattr(curve, name) for curve in curves.values()) == told(expected[name]), name


def test_objects(by_widget, repeated):
    asked = Request(
        ObjectsWidget, CELLS, "Centers of ",
        {"find1": "spots", "find2": "spots", "max_distance": 0.4, "cross_k": 1.0},
        {"scope": "whole stack"}, labels=True,
    )  # fmt: skip
    viewer, widget = by_widget(asked)
    expected = repeated(widget.buttons, "--out .")
    for name, table in expected.tables.items():
        written = csv_of(Path(f"{name}.csv"))
        assert list(written) == list(table), name
        assert differing(written, table) == {}, name
        assert differing(widget.presenter.last.result.tables[name], table) == {}, name
    for number, channel in enumerate(expected.channels, start=1):
        own = expected.objects[expected.objects["channel"] == number]
        layer = viewer.layers[asked.layer + channel.name]
        assert set(layer.features) - SHOWN_ONLY - {"label"} == set(own)
        assert differing(layer.features, own) == {}
