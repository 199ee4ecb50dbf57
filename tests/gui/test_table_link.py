"""Rows and regions are selected together."""

import gc
import weakref

import numpy as np
import pytest
from napari.components import ViewerModel
from napari.layers import Image, Labels, Layer
from napari.utils._proxies import PublicOnlyProxy

from covoxel import measure
from covoxel.gui.viewer.layers import labels_copy_layer, table_layer
from covoxel.gui.viewer.table_link import TableLink
from covoxel.gui.viewer.tables import labels_table, row_positions
from covoxel.image import as_channel

pytestmark = pytest.mark.slow


def table_points(table, layer, **regions):
    return table_layer(table, layer, row_positions(table, as_channel(layer), **regions))


def halves(shape, *numbers):
    labels = np.full(shape, numbers[0], "i4")
    labels[..., shape[-1] // 2 :] = numbers[1]
    return labels


class Scene:
    """A viewer with two channels or more, their regions and table, linked."""

    def __init__(self, shape, numbers=(1, 2), n_channels=2, viewer=None, **options):
        self.viewer = viewer or ViewerModel()
        rng = np.random.default_rng(0)
        options = {"axis_labels": tuple("tzyx"[4 - len(shape) :])} | options
        data = [rng.integers(0, 99, shape) for _ in range(n_channels)]
        images = [Image(one, name=f"ch{i}", **options) for i, one in enumerate(data)]
        self.labels = Labels(halves(shape, *numbers), name="cells", **options)
        self.table = measure(images, labels=self.labels.data, measures="pearson").table
        self.points = Layer.create(*table_points(self.table, images[0], labels=self.labels.data))
        self.viewer.layers.extend([*images, self.labels, self.points])
        self.rows = []
        self.link = TableLink(self.viewer, self.points, self.labels, self.rows.append)


def test_a_point_selects_its_label_and_tells_its_row():
    scene = Scene((6, 8), numbers=(7, 9))
    scene.points.selected_data = {1}
    assert (scene.labels.selected_label, scene.rows) == (9, [1])
    scene.points.selected_data = {0}
    assert (scene.labels.selected_label, scene.rows) == (7, [1, 0])


def test_a_label_selects_its_point_and_tells_its_row_once():
    scene = Scene((6, 8), numbers=(7, 9))
    scene.labels.selected_label = 9
    assert (set(scene.points.selected_data), scene.rows) == ({1}, [1])
    scene.labels.selected_label = 4  # not in the table
    assert (set(scene.points.selected_data), scene.rows) == ({1}, [1])


def test_several_points_are_no_row():
    scene = Scene((6, 8))
    scene.points.selected_data = {0, 1}
    assert (scene.labels.selected_label, scene.rows) == (1, [])


def test_rows_are_known_by_their_number_when_points_were_deleted():
    scene = Scene((6, 8))
    scene.points.selected_data = {0}
    scene.points.remove_selected()
    scene.points.selected_data = {0}
    assert (scene.labels.selected_label, scene.rows) == (2, [0, 1])


def test_the_copy_of_sparse_labels_is_renumbered_both_ways():
    scene = Scene((6, 8), numbers=(7, 3_000_000))
    copied = labels_table(scene.table, scene.labels.data, as_channel(scene.viewer.layers["ch0"]))
    copy = scene.viewer.add_layer(
        Layer.create(*labels_copy_layer(copied, scene.table, scene.labels))
    )
    both = TableLink(scene.viewer, scene.points, copy, lambda row: None)
    scene.points.selected_data = {1}
    assert copy.selected_label == 2
    copy.selected_label = 1
    assert set(scene.points.selected_data) == {0}
    assert both is not None


def test_the_row_of_the_frame_that_is_shown():
    scene = Scene((3, 6, 8), axis_labels=("t", "y", "x"), scale=(30, 1, 1), units=("s", "um", "um"))
    scene.viewer.dims.set_current_step(0, 2)
    scene.labels.selected_label = 2
    assert scene.rows == [5]
    scene.points.selected_data = {2}  # label 1 of frame 1
    assert scene.viewer.dims.current_step[0] == 1
    assert scene.labels.selected_label == 1


def test_the_plane_of_a_point_is_found_whatever_the_units():
    scene = Scene((5, 6, 8), scale=(3000, 500, 500), units=("nm",) * 3)
    other = Image(np.zeros((5, 6, 8)), scale=(3, 0.5, 0.5), units=("um",) * 3)
    scene.viewer.layers.insert(0, other)
    scene.viewer.dims.set_current_step(0, 0)
    scene.points.selected_data = {1}
    shown = scene.viewer.dims.point[0] * (1 * scene.viewer.dims.units[0])
    assert shown.to("um").magnitude == pytest.approx(6)


def test_the_pair_that_is_selected_stays():
    scene = Scene((6, 8), n_channels=3)
    scene.points.selected_data = {4}  # label 1 of the third pair
    scene.labels.selected_label = 2
    assert scene.rows == [4, 5]


@pytest.mark.parametrize("gone", ["points", "labels"])
def test_a_removed_layer_ends_it(gone):
    scene = Scene((6, 8))
    scene.viewer.layers.remove(getattr(scene, gone))
    scene.points.selected_data = {1}
    scene.labels.selected_label = 2
    assert scene.rows == []
    assert scene.labels.selected_label == 2
    scene.link.disconnect()  # once more does no harm


def test_other_layers_may_go():
    scene = Scene((6, 8))
    scene.viewer.layers.remove("ch1")
    scene.points.selected_data = {1}
    assert scene.rows == [1]


def test_no_array_is_kept_alive():
    scene = Scene((6, 8))
    kept = scene.link
    layers = [weakref.ref(layer) for layer in (scene.points, scene.labels)]
    scene.viewer.layers.clear()
    del scene
    gc.collect()
    assert [layer() for layer in layers] == [None, None]
    assert kept is not None


def test_proxies_of_layers_are_not_kept_either():
    scene = Scene((6, 8))
    scene.link.disconnect()
    proxies = map(PublicOnlyProxy, (scene.viewer, scene.points, scene.labels))
    scene.link = TableLink(*proxies, scene.rows.append)
    del proxies
    gc.collect()
    scene.labels.selected_label = 2
    assert scene.rows == [1]


def test_without_labels_rows_are_told():
    scene = Scene((6, 8))
    rows = []
    alone = TableLink(scene.viewer, scene.points, None, rows.append)
    scene.points.selected_data = {1}
    assert rows == [1]
    alone.disconnect()
    scene.points.selected_data = {0}
    assert rows == [1]


def test_napari_s_own_table_selects_the_region(viewer):
    scene = Scene((6, 8), numbers=(3, 5), viewer=viewer)
    _, widget = scene.viewer.window.add_plugin_dock_widget("napari", "Features table widget")
    scene.viewer.layers.selection = {scene.points}
    widget.table.sortByColumn(
        1, widget.table.horizontalHeader().sortIndicatorOrder().AscendingOrder
    )
    widget.table.selectRow(1)
    assert (scene.labels.selected_label, scene.rows) == (5, [1])
    scene.labels.selected_label = 3
    selected = {index.row() for index in widget.table.selectionModel().selectedIndexes()}
    assert selected == {0}
