"""Results as layers: where they lie, what they hold, and what stays as it was."""

import gc
import json
import weakref

import numpy as np
import pandas as pd
import pytest
from napari.components import ViewerModel
from napari.layers import Image, Labels, Layer

import covoxel
from covoxel import measure
from covoxel.core.types import Cancelled
from covoxel.gui.viewer import temporary_view
from covoxel.gui.viewer.layers import labels_copy_layer, mask_array, mask_layer, table_layer
from covoxel.gui.viewer.tables import labels_table, row_positions
from covoxel.gui.viewer.temporary_view import insert_layer, remove_layers
from covoxel.image import as_channel

pytestmark = pytest.mark.slow

MEASURES = "pearson,tm1"
TURNED = [[1, 0, 0], [0, 0.8, -0.6], [0, 0.6, 0.8]]
AXES = {2: "yx", 3: "zyx", 4: "tzyx"}


def table_points(table, layer, **regions):
    return table_layer(table, layer, row_positions(table, as_channel(layer), **regions))


def image(shape, seed=0, **options):
    data = np.random.default_rng(seed).integers(1, 200, shape).astype("u2")
    options = {"name": f"ch{seed}", "axis_labels": tuple(AXES[data.ndim])} | options
    return Image(data, **options)


def pair(shape, **options):
    return image(shape, 1, **options), image(shape, 2, **options)


def halves(shape):
    labels = np.ones(shape, "i4")
    labels[..., shape[-1] // 2 :] = 2
    return labels


def test_one_point_a_row_in_the_world_of_the_source():
    affine = np.eye(4)
    affine[:3, 3] = 1, 2, 3
    units = ("nm", "um", "um")
    placed = {"scale": (300, 0.2, 0.1), "translate": (5, 6, 7), "rotate": TURNED, "affine": affine}
    a, b = pair((4, 6, 8), units=units, shear=[0, 0, 0.3], **placed)
    labels = halves((4, 6, 8))
    points = Layer.create(*table_points(measure(a, b, labels=labels).table, a, labels=labels))
    np.testing.assert_allclose(points.data, [[1.5, 2.5, 1.5], [1.5, 2.5, 5.5]])
    for place in points.data:
        np.testing.assert_allclose(points.data_to_world(place), a.data_to_world(place))
    assert (points.units, points.axis_labels) == (a.units, a.axis_labels)


def test_the_whole_table_with_the_row_first():
    a, b = pair((6, 8))
    table = measure(a, b, threshold1=50, measures=MEASURES).table
    points = Layer.create(*table_points(table, a))
    assert points.features.columns[0] == "row"
    assert sorted(points.features) == sorted(["row", *table])
    assert points.features["row"].tolist() == [0]
    assert points.features["pearson"][0] == table["pearson"][0]
    assert points.name == "Table: ch1 × ch2"
    np.testing.assert_array_equal(points.data, [[2.5, 3.5]])
    remembered = json.loads(json.dumps(points.metadata))["covoxel"]
    assert remembered["layers"] == ["ch1", "ch2"]
    assert remembered["options"]["threshold1"] == "manual:50"
    assert remembered["version"] == covoxel.__version__


def test_time_points_and_planes_are_where_they_are():
    a, b = pair((3, 4, 6, 8))
    series = Layer.create(*table_points(measure(a, b, measures="pearson").table, a))
    np.testing.assert_array_equal(series.data, [[t, 1.5, 2.5, 3.5] for t in range(3)])
    pooled = measure(a, b, measures="pearson", pool_time=True).table
    np.testing.assert_array_equal(row_positions(pooled, as_channel(a)), [[1, 1.5, 2.5, 3.5]])
    planes = measure(a, b, labels=halves((6, 8)), measures="pearson", t=2, per_plane=True).table
    found = row_positions(planes, as_channel(a), labels=halves((6, 8)))
    assert found[:, :2].tolist() == [[2, z] for z in range(4) for _ in range(2)]
    assert found[:2, 3].tolist() == [1.5, 5.5]


def test_a_label_moves_with_time_and_changes_with_z():
    a, b = pair((2, 3, 6, 8))
    labels = np.zeros(a.data.shape, "u1")
    labels[0, :, 1:3, 1:3] = labels[1, :, 3:5, 5:7] = 9
    labels[1, 2, 0:2, 0:2] = 9
    found = row_positions(measure(a, b, labels=labels).table, as_channel(a), labels=labels)
    np.testing.assert_allclose(found[0], [0, 1, 1.5, 1.5])
    np.testing.assert_allclose(found[1], [1, 1.25, (3.5 * 3 + 0.5) / 4, (5.5 * 3 + 0.5) / 4])
    one = measure(a, b, labels=labels, t=1, z=2).table
    np.testing.assert_allclose(row_positions(one, as_channel(a), labels=labels), [[1, 2, 2.0, 3.0]])


def test_every_pair_has_its_rows():
    a, b, c = image((6, 8), 1), image((6, 8), 2), image((6, 8), 3)
    labels = halves((6, 8))
    table = measure([a, b, c], labels=labels, measures="pearson").table
    points = Layer.create(*table_points(table, a, labels=labels))
    assert points.name == "Table: 3 pairs"
    np.testing.assert_array_equal(points.data[:, 1], [1.5, 5.5] * 3)
    assert labels_table(table, labels, as_channel(a)) is None


def test_shapes_that_overlap_and_one_outside():
    a, b = pair((20, 30))
    shapes = [
        [(-0.5, -0.5), (-0.5, 10.5), (10.5, 10.5), (10.5, -0.5)],
        [(3.5, 3.5), (3.5, 8.5), (8.5, 8.5), (8.5, 3.5)],
        [(40, 40), (40, 50), (50, 50)],
    ]
    table = measure(a, b, shapes=shapes, measures="pearson").table
    points = Layer.create(*table_points(table, a, shapes=shapes))
    assert len(points.data) == len(table) == 3
    np.testing.assert_array_equal(points.data, [[5, 5], [6, 6], [9.5, 14.5]])
    assert points.shown.tolist() == [True, True, False]


def test_a_mask_is_one_region():
    a, b = pair((3, 6, 8))
    mask = np.zeros((6, 8), bool)
    mask[2:4, 6:] = True
    found = row_positions(measure(a, b, mask=mask).table, as_channel(a), mask=mask)
    np.testing.assert_array_equal(found, [[1, 2.5, 6.5]])


def test_thousands_of_sparse_labels_at_once():
    labels = np.arange(20_000).reshape(100, 200).repeat(20, 0).repeat(10, 1) * 100_003 + 1
    ids = labels[::20, ::10].ravel()
    plain = pd.array(np.zeros(ids.size), dtype="Int64")
    none = pd.array([pd.NA] * ids.size, dtype="Int64")
    table = pd.DataFrame({"t": plain, "z": none, "label": ids})
    channel = as_channel(np.zeros(labels.shape, "u1"))
    found = row_positions(table, channel, labels=labels)  # a loop over the labels takes a minute
    np.testing.assert_array_equal(found[201], [29.5, 14.5])


def test_lazy_labels_are_read_in_blocks(monkeypatch):
    class Lazy:
        shape, dtype, largest = (40, 50, 60), np.dtype("u2"), 0

        def __getitem__(self, key):
            block = np.ones(self.shape, self.dtype)[key]
            self.largest = max(self.largest, block.size)
            return block

    monkeypatch.setattr(covoxel.image.channel.block_slices, "__defaults__", (6000,))
    monkeypatch.setattr(covoxel.image.channel.frame_blocks, "__defaults__", (None, 6000))
    lazy, channel = Lazy(), as_channel(np.zeros((40, 50, 60), "u1"))
    table = measure(channel, channel, labels=np.ones(Lazy.shape, "u2"), measures="intensity").table
    np.testing.assert_array_equal(row_positions(table, channel, labels=lazy), [[19.5, 24.5, 29.5]])
    assert labels_table(table, lazy, channel).image.all()
    assert lazy.largest == 6000


def test_labels_get_their_rows_in_a_copy():
    a, b = pair((6, 8), scale=(0.5, 0.5), units="um")
    cells = Labels(halves((6, 8)) * 2, name="Cells", scale=(0.5, 0.5), units="um")
    before, features = cells.data.copy(), cells.features.copy()
    table = measure(a, b, labels=cells.data, measures=MEASURES).table
    copy = labels_table(table, cells.data, as_channel(a))
    layer = Layer.create(*labels_copy_layer(copy, table, cells))
    np.testing.assert_array_equal(layer.data, cells.data)
    assert not np.shares_memory(layer.data, cells.data)
    assert list(layer.features)[:2] == ["label", "original_label"]
    assert "index" not in layer.features
    assert layer.features["label"].tolist() == [0, 1, 2, 3, 4]
    assert layer.features["pearson"].isna().tolist() == [True, True, False, True, False]
    assert layer.features["pearson"][4] == table["pearson"][1]
    assert layer.features["pixels"][2] == 24
    assert (layer.scale.tolist(), layer.units) == ([0.5, 0.5], cells.units)
    np.testing.assert_array_equal(cells.data, before)
    pd.testing.assert_frame_equal(cells.features, features)


def test_sparse_labels_are_renumbered_in_the_copy():
    a, b = pair((6, 8))
    labels = np.where(halves((6, 8)) == 1, 70, 3_000_000)
    table = measure(a, b, labels=labels, measures="pearson").table
    copy = labels_table(table, labels, as_channel(a))
    np.testing.assert_array_equal(copy.image, halves((6, 8)))
    assert copy.features["original_label"].tolist()[1:] == [70, 3_000_000]
    assert copy.features["pearson"].tolist()[1:] == table["pearson"].tolist()


def test_a_copy_holds_only_what_was_measured():
    a, b = pair((2, 3, 6, 8))
    labels = np.broadcast_to(halves((6, 8)), a.data.shape)
    one = labels_table(measure(a, b, labels=labels, t=1, z=2).table, labels, as_channel(a))
    kept = np.zeros(labels.shape, bool)
    kept[1, 2] = True
    np.testing.assert_array_equal(one.image, np.where(kept, labels, 0))
    assert labels_table(measure(a, b, labels=labels).table, labels, as_channel(a)) is None
    assert (
        labels_table(measure(a, b, labels=labels, pool_time=True).table, labels, as_channel(a))
        is None
    )
    flat = halves((6, 8))
    copy = labels_table(measure(a, b, labels=flat, t=1, z=2).table, flat, as_channel(a))
    np.testing.assert_array_equal(copy.image, flat)


@pytest.mark.parametrize("shape", [(6, 8), (3, 6, 8), (2, 3, 6, 8)])
def test_the_mask_is_what_lies_above_both_thresholds(shape):
    a, b = pair(shape, scale=[0.5] * len(shape), translate=[3] * len(shape))
    result = measure(a, b, threshold1=90, threshold2=120, measures=MEASURES)
    mask, table = mask_array(result.colocalized()[0]), result.table
    np.testing.assert_array_equal(mask, (a.data > 90) & (b.data > 120))
    layer = Layer.create(*mask_layer(mask, a, table, color="#ff8800"))
    assert (layer.name, layer.data.dtype) == ("Colocalized: ch1 × ch2", np.uint8)
    np.testing.assert_allclose(layer.get_color(1), (1, 0x88 / 255, 0, 1))
    assert layer.metadata["covoxel"]["options"]["threshold2"] == "manual:120"
    np.testing.assert_array_equal(layer.data_to_world([1] * a.ndim), a.data_to_world([1] * a.ndim))
    assert (layer.units, layer.axis_labels) == (a.units, a.axis_labels)


def test_a_mask_can_be_cancelled():
    a, b = pair((3, 6, 8))

    def stop(done, total):
        raise Cancelled

    with pytest.raises(Cancelled):
        mask_array(measure(a, b, measures="tm1").colocalized()[0], stop)


def test_pyramids_are_measured_at_full_resolution():
    data = [np.arange(64).reshape(8, 8), np.arange(64).reshape(8, 8)[::2, ::2]]
    a, b = (Image(data, multiscale=True, name=name, scale=(2, 2)) for name in "ab")
    points = Layer.create(*table_points(measure(a, b, measures="pearson").table, a))
    np.testing.assert_array_equal(points.data, [[3.5, 3.5]])


def test_layers_are_removed_one_by_one_and_at_once_where_steps_are_dropped():
    viewer = ViewerModel()
    layers = [viewer.add_image(np.zeros((4, 4)), name=str(number)) for number in range(4)]
    steps = remove_layers(viewer, layers)
    next(steps)
    assert list(viewer.layers) == layers[1:]
    viewer.layers.remove(layers[1])  # by the user, meanwhile
    next(steps)
    assert list(viewer.layers) == layers[2:]
    steps.close()
    assert not viewer.layers
    assert gc.get_freeze_count() == 0


@pytest.mark.parametrize("dropped", [False, True])
@pytest.mark.parametrize("visible", [False, True])
def test_a_layer_is_inserted_in_one_step_and_shown_in_another(visible, dropped):
    viewer, layer = ViewerModel(), image((4, 4), visible=visible)
    viewer.add_layer(image((4, 4), 1))
    steps = insert_layer(viewer, layer, 0)
    next(steps)
    assert viewer.layers[0] is layer
    assert not layer.visible
    if dropped:
        steps.close()
    else:
        list(steps)
    assert layer.visible == visible


@pytest.mark.parametrize("keep", [False, True])
def test_layers_that_are_restored_amid_the_steps_stay_out_of_sight(keep):
    viewer, own = ViewerModel(), [image((4, 4), number, name=str(number)) for number in (1, 2)]
    others = viewer.add_image(np.zeros((4, 4)))
    view = temporary_view.TemporaryView(viewer)
    steps = view.showing(own)
    next(steps)
    view.restore(keep=own if keep else ())
    list(steps)
    assert [layer.visible for layer in viewer.layers] == [True, False][: len(viewer.layers)]
    assert list(viewer.layers) == [others, *own[:keep]]


@pytest.mark.parametrize("kind", ["image", "labels"])
@pytest.mark.parametrize("hidden", [False, True])
def test_pixels_are_freed_with_their_layer(viewer, qtbot, monkeypatch, kind, hidden):
    monkeypatch.setattr(gc, "collect", lambda: None)
    viewer.window.show()
    viewer.add_layer(image((4, 4)))

    def add_layer():  # napari looks for names, and so holds what the caller has
        data = np.ones((3, 4, 4), "u1")
        layer = viewer.add_layer(Layer.create(data, {}, kind))
        return layer, weakref.ref(data)

    layer, held = add_layer()
    qtbot.wait(50)  # what is drawn is kept by the drawing, too
    layer.visible = not hidden
    steps = remove_layers(viewer, [layer])
    del layer
    list(steps)
    qtbot.waitUntil(lambda: held() is None)


def test_napari_shows_saves_and_selects_the_rows(viewer, tmp_path):
    a, b = pair((6, 8))
    viewer.layers.extend([a, b])
    labels = halves((6, 8))
    table = measure(a, b, labels=labels, measures=MEASURES).table
    points = viewer.add_layer(Layer.create(*table_points(table, a, labels=labels)))
    _, widget = viewer.window.add_plugin_dock_widget("napari", "Features table widget")
    viewer.layers.selection = {points}
    view = widget.table.model()
    header = [view.headerData(i, widget.table.horizontalHeader().orientation())
              for i in range(view.columnCount())]  # fmt: skip
    assert header[1:] == list(points.features)
    widget.table.selectRow(1)
    assert points.selected_data == {1}
    assert points.save(str(tmp_path / "rows.csv"))
    saved = pd.read_csv(tmp_path / "rows.csv")
    assert saved["pearson"].tolist() == table["pearson"].tolist()
    assert saved["label"].tolist() == [1, 2]
