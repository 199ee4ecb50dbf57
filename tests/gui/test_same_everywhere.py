"""A widget, a call in Python and a command line give the same values, to the last digit."""

import shlex
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import tifffile
from qtpy.QtWidgets import QWidget

import covoxel
from covoxel import read_image
from covoxel.cli import main
from covoxel.gui.compare.widget import CompareWidget
from covoxel.gui.distance.widget import DistanceWidget
from covoxel.gui.map.widget import MapWidget
from covoxel.gui.measure.widget import MeasureWidget
from covoxel.gui.objects.widget import ObjectsWidget
from covoxel.gui.register.form import TILED
from covoxel.gui.register.widget import RegisterWidget
from covoxel.io.samples import sample_path
from covoxel.io.write import write_channels

pytestmark = pytest.mark.slow

CONTROL, SHIFTED = "negative_control.ome.tif", "shifted_channels.ome.tif"
STACK = "associated_at_distance.ome.tif"
CELLS = "two_channel_cells.ome.tif"
SERIES, DELAYED = "time_series.tif", "delayed_channels.tif"
#: Columns that only a widget's table has: the number of the row, and a reason of each tile.
SHOWN_ONLY = {"row", "reason"}
#: The measures of the function and the command, which the widget has besides others.
USUAL = {"measures": ("default",)}


@dataclass(frozen=True)
class Request:
    """One analysis of a sample, as it is asked for in each of the three ways.

    Attributes
    ----------
    widget : type
    image : str
        The sample.
    function : str
        What is called in Python.
    flags : str
        The command line, without files.
    layer : str
        How the name of the layer with the result begins.
    options : dict
        Of the function, and by the same names of the form.
    inputs : dict
        What else is filled in, by name of the field.
    labels : bool
        Whether the labels of the sample are the regions.
    again : path, optional
        A file with a second image of each channel.
    """

    widget: type[QWidget]
    image: str
    function: str
    flags: str
    layer: str
    options: dict[str, Any] = field(default_factory=dict)
    inputs: dict[str, Any] = field(default_factory=dict)
    labels: bool = False
    again: Path | None = None

    @property
    def regions(self) -> Path:
        return sample_path(f"{self.image.partition('.')[0]}_labels.tif")

    def by_function(self) -> Any:
        """Return what a console call returns."""
        regions = {"labels": read_image(self.regions)[0].data} if self.labels else {}
        channels = read_image(sample_path(self.image))
        second = [] if self.again is None else read_image(self.again)
        more = {f"replicate{i}": image for i, image in enumerate(second, start=1)}
        return getattr(covoxel, self.function)(*channels, **regions, **more, **self.options)

    def by_command(self, *more: object) -> None:
        """Run the command line."""
        command, *flags = shlex.split(self.flags)
        regions = ["--labels", str(self.regions)] if self.labels else []
        again = [f"--replicate{i}={self.again}" for i in (1, 2) if self.again is not None]
        files = [*again, *map(str, more)]
        with pytest.raises(SystemExit) as stop:
            main([command, str(sample_path(self.image)), *flags, *regions, *files])
        assert not stop.value.code


TABLES = {
    "measure": Request(
        MeasureWidget, CONTROL, "measure", "measure --measures default,significance", "Table",
        {"measures": ("default", "significance")},
    ),
    "measure, as Coloc 2": Request(
        MeasureWidget, CONTROL, "measure", "measure --threshold li --background mode --like coloc2",
        "Table",
        {"threshold1": "li", "threshold2": "li", "background1": "mode", "background2": "mode",
         "like": "coloc2"}, USUAL,
    ),
    "measure, regions": Request(
        MeasureWidget, SERIES, "measure", "measure --bleed-1to2 share:0.1", "Table",
        {"bleed_1to2": "share:0.1"}, USUAL, labels=True,
    ),
    "measure, planes": Request(
        MeasureWidget, STACK, "measure", "measure --per-plane", "Table", {"per_plane": True},
        {"scope": "whole stack"} | USUAL,
    ),
    "measure, pooled": Request(
        MeasureWidget, SERIES, "measure", "measure --pool-time", "Table", {"pool_time": True},
        {"scope": "each time point"} | USUAL, labels=True,
    ),
    "register": Request(RegisterWidget, SHIFTED, "register_channels", "register", "Registration"),
    "register, similarity": Request(
        RegisterWidget, SHIFTED, "register_channels",
        "register --transform similarity --max-shift 9 --min-overlap 0.5", "Registration",
        {"transform": "similarity", "max_shift": 9, "min_overlap": 0.5},
    ),
    "register, series": Request(
        RegisterWidget, SERIES, "register_channels", "register --method phase --max-shift 9",
        "Registration", {"method": "phase", "max_shift": 9}, {"scope": "each time point"},
    ),
    "register, drift": Request(
        RegisterWidget, SERIES, "register_channels", "register --drift --max-shift 9", "Drift",
        {"drift": True, "max_shift": 9},
    ),
    "register, planes": Request(
        RegisterWidget, STACK, "register_channels", "register --each plane --max-shift 9",
        "Registration", {"each": "plane", "max_shift": 9}, {"scope": "whole stack"},
    ),
    "field": Request(
        RegisterWidget, SHIFTED, "measure_field", "field", "Tiles", inputs={"finds": TILED}
    ),
    "field, tiles": Request(
        RegisterWidget, SHIFTED, "measure_field",
        "field --tile 48,32 --overlap 0.25 --max-shift 6", "Tiles",
        {"tile": (48, 32), "overlap": 0.25, "max_shift": 6}, {"finds": TILED},
    ),
    "distance": Request(DistanceWidget, CONTROL, "measure_distance", "distance", "Distances"),
    "distance, gaussian": Request(
        DistanceWidget, CONTROL, "measure_distance",
        "distance --model gaussian --psf1 0.12 --max-distance 1.5 --no-bleed --fit-range 0.1,1.2",
        "Distances",
        {"model": "gaussian", "psf1": 0.12, "max_distance": 1.5, "bleed": False,
         "fit_range": (0.1, 1.2)},
        {"each_region": True}, labels=True,
    ),
    "distance, planes": Request(
        DistanceWidget, STACK, "measure_distance",
        "distance --per-plane --no-intervals --like ccc-2.3", "Distances",
        {"per_plane": True, "intervals": False, "like": "ccc-2.3"}, {"scope": "whole stack"},
    ),
    "delay, planes": Request(
        DistanceWidget, DELAYED, "measure_delay", "delay --per-plane", "Delays", {"per_plane": True}
    ),
    "delay": Request(DistanceWidget, DELAYED, "measure_delay", "delay", "Delays"),
    "delay, labels": Request(
        DistanceWidget, DELAYED, "measure_delay", "delay --time-step 2 --max-delay 30", "Delays",
        {"time_step": 2.0, "max_delay": 30.0}, {"each_region": True}, labels=True,
    ),
    "compare": Request(CompareWidget, CONTROL, "compare_channels", "compare", "Comparison"),
    "compare, registered": Request(
        CompareWidget, SHIFTED, "compare_channels", "compare --fit register --bits 12",
        "Comparison", {"fit": "register", "bits": 12},
    ),
}  # fmt: skip
MAPS = {
    "map": Request(
        MapWidget, CONTROL, "map_channels", "map --radius 0.5 --unit um", "Correlation: ",
        {"radius": 0.5, "unit": "um"},
    ),
    "map, manders": Request(
        MapWidget, SHIFTED, "map_channels",
        "map --kind manders1 --radius 5 --weights box --threshold2 li --register", "Manders M1: ",
        {"kind": "manders1", "radius": 5, "weights": "box", "threshold2": "li", "register": True},
        {"unit": "px"},
    ),
}  # fmt: skip


@pytest.fixture
def by_widget(model: Any, open_file: Any, dock: Any, wait: Any) -> Callable[[Request], Any]:
    """Return a function that asks a widget, and returns the viewer and the widget."""

    def ask(asked: Request) -> tuple[Any, Any]:
        open_file(model, sample_path(asked.image))
        widget = dock(model, asked.widget)
        if asked.labels:
            labels = np.asarray(read_image(asked.regions)[0].data)
            channel = model.layers[0]
            axes = range(channel.ndim - labels.ndim, channel.ndim)
            placed = {
                name: [getattr(channel, name)[i] for i in axes] for name in ("scale", "units")
            }
            widget.regions.value = model.add_labels(labels, **placed)
        if asked.again is not None:
            second = open_file(model, asked.again)
            for i, layer in enumerate(second, start=1):
                getattr(widget, f"replicate{i}").value = layer
        form = widget.form.delays if asked.layer == "Delays" else widget.form
        for name, value in asked.inputs.items():
            getattr(widget.form, name).value = value
        for name, value in asked.options.items():
            getattr(form, name).value = value
        row = widget.pages()[2].run_row if asked.layer == "Delays" else widget.run_row
        row.button.click()
        wait(widget)
        return model, widget

    return ask


@pytest.mark.parametrize("asked", TABLES.values(), ids=TABLES)
def test_tables(asked, by_widget, tmp_path):
    viewer, _ = by_widget(asked)
    (layer,) = [layer for layer in viewer.layers if layer.name.startswith(asked.layer)]
    shown = layer.features
    returned, command = asked.by_function(), asked.flags.partition(" ")[0]
    expected = getattr(returned, "tables", {command: returned})[command]
    asked.by_command("--out", tmp_path)
    written = csv_of(tmp_path / f"{command}.csv")
    assert list(written) == list(expected)
    assert set(shown) - SHOWN_ONLY == set(expected)
    assert differing(written, expected) == {}
    assert differing(shown, expected) == {}


def test_second_images(by_widget, tmp_path):
    asked, again = TABLES["measure"], tmp_path / "again.ome.tif"
    rng = np.random.default_rng(0)
    channels = read_image(sample_path(asked.image))
    noisy = [one.with_data(rng.poisson(one.read(0)).astype("u2")) for one in channels]
    write_channels(again, noisy)
    test_tables(replace(asked, again=again), by_widget, tmp_path)
    assert csv_of(tmp_path / "measure.csv")["pearson_corrected"].all()


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
def test_maps(asked, by_widget, tmp_path):
    viewer, _ = by_widget(asked)
    (layer,) = [layer for layer in viewer.layers if layer.name.startswith(asked.layer)]
    expected = np.asarray(asked.by_function().image.data)
    np.testing.assert_array_equal(layer.data, expected)
    asked.by_command("--out", tmp_path / "map.tif")
    np.testing.assert_array_equal(tifffile.imread(tmp_path / "map.tif"), expected)


def test_curves(by_widget, tmp_path):
    distance = Request(DistanceWidget, CONTROL, "measure_distance", "distance", "Distances")
    _, widget = by_widget(distance)
    curves = widget.presenter.last.regions[0].ccf.curves
    lag = round(float(curves["y"].displacement.max()) / 0.1)
    ccf = replace(distance, function="measure_ccf", flags=f"ccf --max-shift {lag}")
    ccf = replace(ccf, options={"max_shift": lag})
    expected = ccf.by_function().table
    ccf.by_command("--out", tmp_path)
    written = csv_of(tmp_path / "ccf.csv")
    assert list(expected["axis"]) == list(curves)
    for name in ("peak", "offset", "fwhm", "baseline", "r_squared"):
        values = expected[name].tolist()
        assert told(getattr(curve, name) for curve in curves.values()) == told(values), name
        assert told(written[name]) == told(values), name


def test_objects(by_widget, tmp_path):
    asked = Request(
        ObjectsWidget, CELLS, "measure_objects",
        "objects --find1 spots --find2 spots --max-distance 0.4 --cross-k 1", "Centers of ",
        {"find1": "spots", "find2": "spots", "max_distance": 0.4, "cross_k": 1.0},
        {"scope": "whole stack"}, labels=True,
    )  # fmt: skip
    viewer, widget = by_widget(asked)
    expected = asked.by_function()
    asked.by_command("--out", tmp_path)
    for name, table in expected.tables.items():
        written = csv_of(tmp_path / f"{name}.csv")
        assert list(written) == list(table), name
        assert differing(written, table) == {}, name
        assert differing(widget.presenter.last.result.tables[name], table) == {}, name
    for number, channel in enumerate(expected.channels, start=1):
        own = expected.objects[expected.objects["channel"] == number]
        layer = viewer.layers[asked.layer + channel.name]
        assert set(layer.features) - SHOWN_ONLY - {"label"} == set(own)
        assert differing(layer.features, own) == {}
