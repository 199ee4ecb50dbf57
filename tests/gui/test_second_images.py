"""Second images of both channels in the Measure widget: chosen, refused, measured and tracked."""

import numpy as np
import pytest
from napari.components import ViewerModel

from covoxel import measure
from covoxel.gui.measure.widget import MeasureWidget

pytestmark = pytest.mark.slow

CORRECTED = ["pearson_corrected", "pearson_corrected_low", "quality1", "quality2"]


@pytest.fixture
def opened(dock):
    """A Measure widget over two channels that share light, each recorded twice."""
    viewer, rng = ViewerModel(), np.random.default_rng(0)
    shared, own = (5 + 20 * rng.random((48, 48)) for _ in range(2))
    light = {"one": shared, "two": shared + own}
    for name in ("one", "two", "one again", "two again"):
        counted = rng.poisson(light[name.partition(" ")[0]]).astype(np.uint16)
        viewer.add_image(counted, name=name, scale=(0.1, 0.1), units="um")
    return viewer, dock(viewer, MeasureWidget)


def choose_both(viewer, widget):
    for i, name in ((1, "one again"), (2, "two again")):
        getattr(widget, f"replicate{i}").value = viewer.layers[name]


def said(widget):
    widget.presenter.selection_changed()
    return widget.refusal.text()


def test_there_are_none_unless_chosen(opened):
    viewer, widget = opened
    assert widget.replicate1.choices == (None, *viewer.layers)
    assert widget.selection().replicates == (None, None)
    assert widget.run().inputs.replicates is None
    assert not set(CORRECTED) & set(widget.result.table)


def test_the_result_is_that_of_the_function_and_is_shown(opened, qtbot):
    viewer, widget = opened
    choose_both(viewer, widget)
    table = widget.run().table
    images = [viewer.layers[name] for name in ("one", "two")]
    again = {f"replicate{i}": viewer.layers[f"{one.name} again"] for i, one in enumerate(images, 1)}
    expected = measure(*images, **again).table
    assert table[CORRECTED].equals(expected[CORRECTED])
    r = table["pearson_corrected"].iloc[0]
    assert r > table["pearson"].iloc[0] + 0.1
    text = widget.numbers.text().replace("\N{NO-BREAK SPACE}", " ")
    assert f"r without noise {r:.3f} (" in text
    widget.presenter.threshold_moved(1, 20.0)
    qtbot.waitUntil(lambda: not widget.lives.running)
    assert "r without noise" in widget.numbers.text().replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize("channel", [1, 2])
def test_one_of_one_channel_alone_is_refused(opened, channel):
    viewer, widget = opened
    getattr(widget, f"replicate{channel}").value = viewer.layers["one again"]
    sentence = (
        f"choose a second image of channel {3 - channel} too; each channel needs one, or none"
    )
    assert said(widget) == sentence
    assert not widget.run_row.button.isEnabled()
    with pytest.raises(ValueError, match=f"a second image of channel {3 - channel} too"):
        widget.run()
    getattr(widget, f"replicate{channel}").value = None
    assert said(widget) == ""
    assert widget.run_row.button.isEnabled()


@pytest.mark.parametrize("name", ["one", "two", "two again"])
def test_the_same_layer_twice_is_refused(opened, name):
    viewer, widget = opened
    choose_both(viewer, widget)
    widget.replicate1.value = viewer.layers[name]
    assert said(widget).startswith(f"layer '{name}' is chosen twice")


def test_refusals_name_the_layers(opened):
    viewer, widget = opened
    choose_both(viewer, widget)
    viewer.layers["two again"].scale = (0.2, 0.2)
    assert "the layers 'one' and 'two again' differ in their scale" in said(widget)
    viewer.layers["one again"].data = np.ones((48, 40), np.uint16)
    assert "but layer 'one again' has shape (48, 40)" in said(widget)


def test_a_result_is_marked_where_they_change(opened):
    viewer, widget = opened
    choose_both(viewer, widget)
    widget.run()
    assert widget.outdated.text() == ""
    widget.replicate1.value, widget.replicate2.value = None, None
    sentence = (
        "These results are of one × two with the second images one again and two again, which was "
        "chosen before."
    )
    assert widget.outdated.text() == sentence
    assert not widget.buttons.current.isEnabled()
    choose_both(viewer, widget)
    assert widget.outdated.text() == ""
    viewer.layers["two again"].data = viewer.layers["two again"].data + 1
    assert "an earlier state of the layers" in widget.outdated.text()
    viewer.layers.remove("two again")
    assert widget.replicate2.value is None
    assert widget.outdated.text()


def test_another_pair_has_no_second_images_of_this_one(opened):
    viewer, widget = opened
    choose_both(viewer, widget)
    widget.form.choose(viewer.layers["two"], viewer.layers["one"])
    assert widget.selection().replicates == (None, None)


def test_a_widget_opened_anew_has_them_still(opened, dock):
    viewer, widget = opened
    choose_both(viewer, widget)
    another = dock(viewer, MeasureWidget)
    assert another.selection().replicates == widget.selection().replicates
