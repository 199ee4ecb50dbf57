"""The Compare widget in a real viewer."""

import numpy as np
import pytest
from napari.layers import Image, Points, Shapes

from covoxel.gui.compare.widget import CompareWidget

pytestmark = pytest.mark.slow


@pytest.fixture
def opened(model, dock):
    first = np.random.default_rng(1).poisson(50, (3, 40, 48)).astype(np.uint16)
    second = first.copy()
    second[1, 10:14, 20:27] += 30
    for name, data in (("before", first), ("after", second)):
        model.add_image(
            data,
            name=name,
            scale=(0.5, 0.2, 0.2),
            translate=(1, 2, 3),
            rotate=5,
            units="um",
            axis_labels=("z", "y", "x"),
            contrast_limits=(20, 90),
        )
    model.add_labels((first > 50).astype(np.int32), name="cells", visible=False)
    return model, dock(model, CompareWidget)


def state(viewer):
    return [(layer.name, layer.visible, type(layer).__name__) for layer in viewer.layers]


def test_it_compares_and_adds_maps_boxes_and_a_table(opened, run):
    viewer, widget = opened
    assert widget.image1.value is not widget.image2.value
    run(widget)
    source = viewer.layers["before"]
    difference = viewer.layers["Difference: before − after"]
    changes, table = (
        viewer.layers[f"{what}: before × after"] for what in ("Changes", "Comparison")
    )
    assert "SSIM: before × after" in viewer.layers
    assert not difference.visible
    assert difference.contrast_limits == [-30, 30]
    assert isinstance(changes, Shapes)
    assert changes.features["pixels"].tolist() == [28]
    assert isinstance(table, Points)
    assert table.features["mse"].tolist() == [pytest.approx(28 * 900 / source.data.size)]
    assert "PSNR" in widget.page.numbers.text()
    assert widget.page.changes.text() == "1 change"
    for width, columns in ((300, 1), (500, 2)):
        widget.page.resize(width, 400)
        widget.page.resizeEvent(None)
        assert widget.page.numbers.text().count("<table") == 1 + columns


def test_views_show_both_images_and_give_the_layers_back(opened, run, wait):
    viewer, widget = opened
    run(widget)
    before, look = state(viewer), widget.view_row.box
    kinds = {}
    for what in ("difference", "SSIM", "overlay", "checkerboard", "split", "blink"):
        look.setCurrentText(what)
        wait(widget)
        kinds[what] = [
            layer for layer in viewer.layers if layer.visible and isinstance(layer, Image)
        ]
        assert not viewer.layers["before"].visible
        assert widget.image1.value is viewer.layers["before"]
    assert [layer.name for layer in kinds["difference"]] == ["Difference: before − after"]
    assert [layer.colormap.name for layer in kinds["overlay"]] == ["magenta", "green"]
    look.setCurrentText("images")
    assert state(viewer) == before
    assert not widget.blinks.isActive()


def test_the_split_follows_the_slider(opened, qtbot, run, wait):
    viewer, widget = opened
    run(widget)
    widget.view_row.box.setCurrentText("split")
    wait(widget)
    left, right = viewer.layers["Image 1: before"], viewer.layers["Image 2: after"]
    widget.view_row.slider.setValue(50)
    qtbot.waitUntil(lambda: left.data.shape[-1] == 12)
    source = viewer.layers["before"]
    np.testing.assert_array_equal(left.data, source.data[..., :12])
    np.testing.assert_array_equal(right.data, viewer.layers["after"].data[..., 12:])
    np.testing.assert_allclose(right.data_to_world((1, 2, 0)), source.data_to_world((1, 2, 12)))
    widget.view_row.slider.setValue(0)
    qtbot.waitUntil(lambda: not left.visible)
    np.testing.assert_array_equal(right.data, viewer.layers["after"].data)


def test_the_checkerboard_takes_tiles_in_turn(opened, run, wait):
    viewer, widget = opened
    run(widget)
    widget.view_row.box.setCurrentText("checkerboard")
    wait(widget)
    board = viewer.layers["Checkerboard"].data
    share = 0.02 + 0.23 * widget.view_row.fraction
    tile = round(share * 48)
    for layer, (y, x) in (("before", (0, 0)), ("after", (0, tile)), ("after", (tile, 0))):
        here = np.s_[:, y : y + tile, x : x + tile]
        np.testing.assert_allclose(
            board[here], (viewer.layers[layer].data[here] - 20.0) / 70, rtol=1e-5
        )


def test_blinking_stops_out_of_sight(opened, run, wait):
    viewer, widget = opened
    run(widget)
    before = state(viewer)
    widget.view_row.box.setCurrentText("blink")
    wait(widget)
    assert widget.blinks.isActive()
    second = viewer.layers["Image 2: after"]
    widget.blinks.timeout.emit()
    assert not second.visible
    widget.blinks.timeout.emit()
    assert second.visible
    widget.show()
    widget.hide()
    assert not widget.blinks.isActive()
    assert state(viewer) == before


def test_a_refusal_offers_remedies(opened, run):
    viewer, widget = opened
    small = viewer.add_image(viewer.layers["after"].data[:, 4:36, 8:40], name="small")
    widget.image2.value = small
    assert not widget.run_row.button.isEnabled()
    assert "href='crop'" in widget.refusal.text()
    widget.refusal.linkActivated.emit("crop")
    assert widget.fit.value == "crop"
    assert not widget.refusal.text()
    run(widget)
    assert viewer.layers["Difference: before − small"].data.shape == (3, 32, 32)
    np.testing.assert_allclose(
        viewer.layers["Difference: before − small"].data_to_world((0, 0, 0)),
        viewer.layers["before"].data_to_world((0, 4, 8)),
    )


def test_a_result_goes_with_its_layer(opened, run):
    viewer, widget = opened
    run(widget)
    widget.view_row.box.setCurrentText("overlay")
    viewer.layers.remove("after")
    assert widget.presenter.last is None
    assert widget.page.isHidden()
    assert viewer.layers["before"].visible
    assert not any("overlay" in layer.metadata.get("covoxel", {}) for layer in viewer.layers)
    assert widget.refusal.text()


def test_key_points_are_shown_alone_and_the_layers_come_back(opened, qtbot, wait):
    viewer, widget = opened
    image = np.random.default_rng(2).poisson(30, (120, 120)).astype(float)
    first = viewer.add_image(image, name="first")
    second = viewer.add_image(image[12:, 9:], name="second")
    widget.image1.value = first
    widget.image2.value = second
    widget.show()
    before, center = state(viewer), viewer.scene.camera.center
    search = widget.searches["key points"]
    search.run_row.button.click()
    qtbot.waitUntil(lambda: bool(search.message.text()))
    wait(widget)
    assert "matches agree" in search.message.text()
    assert widget.view_row.box.currentText() == "key points"
    assert [layer.name for layer in viewer.layers if layer.visible] == [
        "first | second",
        "Matches: first | second",
        "Key points: first",
        "Key points: second",
    ]
    widget.hide()
    assert state(viewer)[: len(before)] == before
    assert viewer.scene.camera.center == center
