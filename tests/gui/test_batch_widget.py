"""The Batch widget: a preview, runs that stop and go on, a table that fills, images that open."""

import numpy as np
import pytest
import tifffile
from napari.components import ViewerModel
from qtpy.QtWidgets import QFileDialog

from covoxel.batch.engines import Serial
from covoxel.gui.batch.widget import BatchWidget

RECIPE = """
recipe = 1
[images]
folder = "plate"
pattern = "{condition}_{replicate:d}.tif"
[regions]
labels = "{condition}_{replicate}_cells.png.tif"
[measure]
measures = ["pearson"]
[output]
figures = "none"
"""


@pytest.fixture
def recipe(tmp_path):
    folder = tmp_path / "plate"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for number in (1, 2, 3):
        pixels = rng.integers(0, 999, (2, 12, 12)).astype(np.uint16)
        path = folder / f"drug_{number}.tif"
        tifffile.imwrite(path, pixels, metadata={"axes": "CYX"}, imagej=True)
        if number < 3:
            labels = np.repeat([1, 2], 6)[:, None] * np.ones((1, 12), np.uint8)
            tifffile.imwrite(folder / f"drug_{number}_cells.png.tif", labels.astype(np.uint8))
    path = tmp_path / "recipe.toml"
    path.write_text(RECIPE)
    return path


@pytest.fixture
def opened(qtbot, recipe, monkeypatch):
    monkeypatch.setattr("covoxel.batch.run.Processes", lambda workers: Serial())
    viewer = ViewerModel()
    widget = BatchWidget(viewer)
    qtbot.addWidget(widget)
    with qtbot.waitSignal(widget._reading.returned):
        widget.open(recipe)
    return viewer, widget


def shown(widget):
    return not (widget._opening.running or widget._steps.running)


def cells(widget):
    return [widget.experiment.row(number) for number in range(widget.model.rowCount())]


def test_a_recipe_is_previewed(opened):
    _, widget = opened
    assert widget.experiment.header == ["image", "status", "condition", "replicate", "reason"]
    assert cells(widget)[0] == ["drug_1.tif", "", "drug", "1", ""]
    assert cells(widget)[2][1] == "incomplete"
    assert "1 image incomplete" in widget.message.text()
    assert widget.button.text() == "Run"
    assert not widget.report.isEnabled()


def test_a_new_widget_takes_the_recipe_of_the_last_one(qtbot, opened, recipe):
    viewer, _ = opened
    again = BatchWidget(viewer)
    qtbot.addWidget(again)
    assert again.form.recipe.value == recipe
    qtbot.waitUntil(lambda: not again._reading.running)


@pytest.mark.slow
def test_a_run_fills_the_table_and_goes_on(qtbot, opened, recipe, monkeypatch):
    _, widget = opened
    with qtbot.waitSignal(widget._running.returned):
        widget.run()
        assert not widget.button.isEnabled()
    assert [one[1] for one in cells(widget)] == ["done", "done", "failed"]
    assert "3 images, 1 failed; tables in" in widget.message.text()
    assert widget.found.tables["measure"].shape[0] == 4
    page = recipe.parent / "page.html"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(page), ""))
    with qtbot.waitSignal(widget._reports.returned):
        widget.report.click()
    assert "drug_3" in page.read_text(encoding="utf-8")
    with qtbot.waitSignal(widget._reading.returned):
        widget.open(recipe.parent / "results")
    assert widget.button.text() == "Resume"
    assert [one[1] for one in cells(widget)] == ["done", "done", "failed"]
    widget.form.overwrite.value = True
    assert widget.button.text() == "Run"
    with qtbot.waitSignal(widget._running.returned):
        widget.run()
    assert not widget.form.overwrite.value
    assert widget.button.text() == "Resume"


def test_nothing_is_resumed_where_all_is_done(opened):
    _, widget = opened
    statuses = widget.experiment.status
    statuses.update({f"drug_{number}.tif": ("done", "") for number in (1, 2)})
    widget._name_button()
    assert (widget.button.text(), widget.button.toolTip()) == (
        "Resume",
        "Analyse what is left: 1 image",
    )
    statuses.update({image.name: ("done", "") for image in widget.experiment.images})
    widget._name_button()
    assert widget.button.text() == "Run again"
    widget.form.overwrite.value = True
    assert widget.button.text() == "Run"


@pytest.mark.slow
def test_a_cancelled_run_is_resumed(qtbot, opened):
    _, widget = opened
    widget._relay.ended.connect(lambda _: widget.stop())
    with qtbot.waitSignal(widget._relay.ended):
        widget.run()
    assert widget.button.isEnabled()
    assert widget.button.text() == "Resume"
    assert widget.message.text() == "stopped: 2 of 3 images left; what is finished is kept"
    assert not widget.report.isEnabled()  # there are no tables
    widget._relay.ended.disconnect()
    with qtbot.waitSignal(widget._running.returned):
        widget.run()
    assert widget.found.images == 3


@pytest.mark.slow
def test_a_row_opens_its_image_with_its_regions(qtbot, opened):
    viewer, widget = opened
    own = viewer.add_image(np.ones((12, 12)), name="own")
    assert not widget.remove.isEnabled()
    for number in (0, 1):
        widget._on_row(widget.model.index(number, 0))
        qtbot.waitUntil(lambda: shown(widget))
        name = f"drug_{number + 1}.tif"
        parts = "channel 1", "channel 2", "labels"
        assert [one.name for one in viewer.layers] == ["own", *(f"{name}: {one}" for one in parts)]
    below, _, labels = viewer.layers[1:]
    assert labels.data.max() == 2
    assert labels.features.empty
    assert below.metadata["covoxel"]["source"]["path"].endswith("drug_2.tif")
    assert below.blending == "opaque"
    assert own.visible
    widget.remove.click()
    qtbot.waitUntil(lambda: shown(widget))
    assert [*viewer.layers] == [own]
    assert own.visible
    assert not widget.remove.isEnabled()


@pytest.mark.slow
def test_a_row_that_was_analysed_opens_with_its_result(qtbot, opened):
    viewer, widget = opened
    with qtbot.waitSignal(widget._running.returned):
        widget.run()
    widget.show_image(0)
    qtbot.waitUntil(lambda: shown(widget))
    features = viewer.layers["drug_1.tif: labels"].features
    table = widget.found.tables["measure"]
    expected = table.loc[table["image"] == "drug_1.tif", "pearson"]
    assert features["pearson"].tolist()[1:] == expected.tolist()


@pytest.mark.slow
def test_a_row_without_labels_opens_with_its_table_and_images(qtbot, opened, recipe):
    viewer, widget = opened
    regions = '[regions]\nlabels = "{condition}_{replicate}_cells.png.tif"\n'
    plain = RECIPE.replace(regions, 'exclude = ["*png*"]\n')
    limits = "threshold1 = 400\nthreshold2 = 500\n[output]\nimages = true"
    recipe.write_text(plain.replace("[output]", limits))
    with qtbot.waitSignal(widget._reading.returned):
        widget.read()
    widget.show_image(2)
    qtbot.waitUntil(lambda: shown(widget))
    assert not widget.results
    with qtbot.waitSignal(widget._running.returned):
        widget.run()
    widget.show_image(2)
    qtbot.waitUntil(lambda: shown(widget))
    names = [layer.name for layer in viewer.layers]
    assert names[:2] == ["drug_3.tif: channel 1", "drug_3.tif: channel 2"]
    assert len(names) == 3
    mask = viewer.layers[2]
    assert not mask.visible
    pair = [viewer.layers[i].data > limit for i, limit in ((0, 400), (1, 500))]
    np.testing.assert_array_equal(mask.data > 0, pair[0] & pair[1])
    assert [one.isHidden() for one in widget.results] == [False]
    first = widget.results[0].model
    table = widget.found.tables["measure"]
    expected = table.loc[table["image"] == "drug_3.tif", "pearson"].iat[0]
    column = first.shown.names().index("pearson")
    assert float(first.data(first.index(0, column)).replace("−", "-")) == pytest.approx(
        expected, abs=1e-3
    )
    with qtbot.waitSignal(widget._reading.returned):
        widget.form.folder.value = recipe.parent / "others"
    widget.show_image(2)
    qtbot.waitUntil(lambda: shown(widget))
    assert len(viewer.layers) == 2
    assert [one.isHidden() for one in widget.results] == [True]


def test_a_wrong_recipe_is_refused_in_words(qtbot, opened, recipe):
    _, widget = opened
    recipe.write_text(RECIPE.replace("pattern", "patern"))
    with qtbot.waitSignal(widget._reading.failed):
        widget.open(recipe)
    assert "patern" in widget.message.text()
    assert not widget.button.isEnabled()
