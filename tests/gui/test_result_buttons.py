"""What can be done with a result: it is saved beside its image, copied, and removed."""

import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from napari.layers import Image
from qtpy.QtGui import QAction, QGuiApplication
from qtpy.QtWidgets import QFileDialog

from covoxel import simulate_pair
from covoxel.gui.map.widget import MapWidget
from covoxel.gui.measure.widget import MeasureWidget
from covoxel.gui.register.widget import RegisterWidget
from covoxel.gui.running.saving import image_folder
from covoxel.gui.running.selection import Inputs, RunRecord, Selection
from covoxel.image.channel import Channel
from covoxel.io.write import write_channels


@pytest.fixture
def image(tmp_path):
    pair = simulate_pair(shape=(64, 64), offset=(2, -1), rng=4)
    return write_channels(tmp_path / "day 1.ome.tif", [pair.channel1, pair.channel2])


@pytest.mark.parametrize(
    ("path", "folder"),
    [("/data/a.ome.zarr", Path("/data")), ("https://host/a.ome.zarr", None), (None, None)],
)
def test_results_are_saved_beside_an_image_that_is_a_file(path, folder):
    layer = Image(np.zeros((4, 4)))
    hint = {} if path is None else {"path": path}
    inputs = Inputs((Channel(layer.data, "YX"),) * 2, {}, None, None, file_hints=(hint, {}))
    found = image_folder(RunRecord(Selection(layer, layer), inputs, None, None))
    assert found == (None if folder is None else folder.absolute())


@pytest.mark.slow
def test_each_widget_saves_beside_the_image_and_removes_what_it_added(
    viewer, image, dock, wait, monkeypatch, qtbot
):
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *given: (given[2], given[3]))
    viewer.open(image, plugin="covoxel")
    before = list(viewer.layers)
    for kind, name in (
        (MeasureWidget, "measure"),
        (RegisterWidget, "register"),
        (MapWidget, "map"),
    ):
        widget = dock(viewer, kind)
        result, asked = widget.run(), []
        monkeypatch.setattr(kind, "busy", lambda _, asked=asked: asked.append(1))
        qtbot.wait(50)
        assert not asked  # whether it runs, by the timer of a run that has ended
        buttons = widget.buttons
        for number in ("", "_2"):
            buttons.save_requested.emit()
            wait(widget)
            folder = image.parent / f"day_1_{name}{number}"
            assert buttons.message.text() == f"Saved in {folder}."

            assert image.name in (folder / f"{name}.json").read_text()
            assert len(pd.read_csv(folder / f"{name}.csv")) == len(result.table)
            with zipfile.ZipFile(folder / "tables.xlsx") as book:
                assert f'name="{name}"' in book.read("xl/workbook.xml").decode()
        assert (folder / "joint_histogram.svg").exists() == (name == "measure")
        next(one for one in buttons.findChildren(QAction) if one.text() == "Report…").trigger()
        wait(widget)
        page = image.parent / f"day_1_{name}.html"
        assert buttons.message.text() == f"Saved in {page}."
        assert image.name in page.read_text(encoding="utf-8")
        buttons.copy_requested.emit()
        assert QGuiApplication.clipboard().text().split("\t")[0] in result.table
        assert len(viewer.layers) > len(before)
        buttons.remove_requested.emit()
        wait(widget)
        assert list(viewer.layers) == before
        assert all(layer.visible for layer in before)
        assert widget.result is None
        assert not buttons.isVisibleTo(widget)
