"""measure_objects: the tables of a scene with known objects, its inputs, and other programs."""

import numpy as np
import pandas as pd
import pytest
from scipy import ndimage
from skimage.filters import threshold_otsu
from skimage.measure import label, regionprops_table

from covoxel import Channel, measure_objects, simulate_pair

from .objects_scene import CELLS, FIRST, LIGHT, SECOND, image, measured, of_channel


@pytest.mark.slow
def test_objects_of_a_known_scene():
    table = measured(labels=CELLS).objects
    first, second = of_channel(table, 1), of_channel(table, 2)
    assert first.index.tolist() == [7, 12, 300]
    assert first["cell"].tolist() == [1, 4, 1]
    assert first["pixels"].tolist() == [6, 4, 4]
    np.testing.assert_allclose(first["size"], [0.6, 0.4, 0.4])
    np.testing.assert_allclose(first[["center_y", "center_x"]], [[2.5, 3], [8.5, 3.5], [2.5, 9.5]])
    np.testing.assert_allclose(first["center_x_um"], [0.6, 0.7, 1.9])
    assert first["mean2"][7] == pytest.approx(LIGHT[1][FIRST == 7].mean())
    assert first["integrated1"][300] == LIGHT[0][FIRST == 300].sum()
    assert first["overlap"].tolist() == [0.5, 0, 0]
    assert first["jaccard"][7] == pytest.approx(3 / 9)
    assert first["best"].fillna(0).tolist() == [5, 0, 0]
    assert first["center_in"].fillna(0).tolist() == [0, 0, 0]  # 2.5 is rounded to 2
    assert second["center_in"].fillna(0).tolist() == [0, 0]  # and 3.5 to 4
    np.testing.assert_allclose(first["center_distance"], [0.5, np.nan, 0.3])
    assert first["nearest"].fillna(0).tolist() == [5, 0, 2]
    np.testing.assert_allclose(first["edge_distance"], [0, np.nan, 0])
    assert "center_distance: there is no object of channel 2 in its cell" in first["notes"][12]
    assert second["edge_distance"].tolist() == [0, 0]
    assert second["nearest_edge"].tolist() == [300, 7]
    np.testing.assert_allclose(first["border_distance"], [0.7, 0.8, 1.2])
    assert not first["censored"].any()
    assert first["matched"].fillna(0).tolist() == [0, 0, 2]
    assert not table["cut"].any()
    assert (table["unit"] == "µm").all()


def test_pixels_that_are_nan_in_either_channel_are_outside():
    pair = simulate_pair(shape=(64, 72), rng=1)
    mask = np.zeros((64, 72), bool)
    mask[5:50, 8:60] = True
    first, second = (one.data.astype(np.float64) for one in (pair.channel1, pair.channel2))
    expected = measure_objects(first, second, mask=mask)
    second[~mask] = np.nan
    found = measure_objects(first, second)
    for name, table in expected.tables.items():
        same = table.drop(columns=["warnings", "notes"], errors="ignore")
        pd.testing.assert_frame_equal(found.tables[name][list(same)], same, check_exact=True)
    spots = measure_objects(first, second, find1="spots", find2="spots").objects
    for axis, low, high in (("y", 4.5, 49.5), ("x", 7.5, 59.5)):
        assert spots[f"center_{axis}"].between(low, high).all()


def test_without_cells_the_nearest_object_may_be_anywhere():
    first = of_channel(measured().objects, 1)
    np.testing.assert_allclose(first["center_distance"], [0.5, np.hypot(2.5, 0.1), 0.3])
    assert first["nearest"].tolist() == [5, 5, 2]
    np.testing.assert_allclose(first["edge_distance"], [0, 1.5, 0])
    assert first["censored"].tolist() == [False, True, False]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("scene", "code"),
    [
        ({"bleed_1to2": 0.2, "n_spots1": 60}, "bleed_through2"),
        ({"n_cells": 2, "n_shared": 0}, "shared_outline1"),
        ({"n_shared": 0}, ""),
    ],
)
def test_what_makes_objects_doubtful_is_a_warning(scene, code):
    pair = simulate_pair(rng=1, **scene)
    result = measure_objects(pair.channel1, pair.channel2, find1="spots", find2="spots")
    codes = {code for code, _ in result.remarks["warnings"][0]}
    doubted = {one for one in codes if one.startswith(("bleed_through", "shared_outline"))}
    assert (code in doubted) if code else not doubted
    assert all(f"{one}: " in result.table["warnings"][0] for one in codes)


@pytest.mark.slow
def test_objects_that_may_be_the_cells_are_a_warning():
    cells = np.zeros((40, 40), int)
    cells[4:18, 4:18], cells[22:36, 22:36] = 1, 2
    grains = np.zeros((40, 40))
    grains[6:36:6, 6:36:6] = 9
    given = {"labels": cells, "threshold1": 0.5, "threshold2": 0.5, "min_size": 1, "null": "none"}

    def codes(**more):
        result = measure_objects(1.0 * (cells > 0), grains * (cells > 0), **given | more)
        return {code for code, _ in result.remarks["warnings"][0] if "whole_cells" in code}

    assert codes() == {"whole_cells1"}
    table = measure_objects(cells > 0, grains, **given).table
    assert "(objects: 2, cells: 2)" in table["warnings"][0]
    assert codes(objects1=cells) == codes(find1="spots") == codes(labels=None) == set()


def test_pairs_cells_and_frame_of_a_known_scene():
    result = measured(labels=CELLS, max_distance=0.5)
    (pair,) = result.pairs.to_dict("records")
    assert (pair["object1"], pair["object2"], pair["pixels"], pair["cell"]) == (7, 5, 3, 1)
    assert (pair["fraction1"], pair["fraction2"]) == (0.5, 0.5)
    assert pair["center_distance"] == pytest.approx(0.5)
    row = result.table.iloc[0]
    assert (row["objects1"], row["objects2"], row["overlapping1"], row["matches"]) == (3, 2, 1, 2)
    assert (row["near1"], row["near2"]) == (2, 2)
    assert row["matched_share1"] == pytest.approx(2 / 3)
    assert row["overlap1"] == pytest.approx(1 / 6)
    assert row["match_distance"] == pytest.approx(0.4)
    assert row[["cells", "cells_only1", "cells_both"]].tolist() == [2, 1, 1]
    assert row[["share_of1", "share_of2"]].tolist() == [0.5, 1]
    cells = result.cells.set_index("label")
    assert cells["objects1"].to_dict() == {1: 2, 4: 1}
    assert cells["objects2"].to_dict() == {1: 2, 4: 0}
    assert cells["positive2"].to_dict() == {1: True, 4: False}
    assert cells["matched_share1"].to_dict() == {1: 1, 4: 0}
    assert np.isnan(cells["overlap2"][4])
    assert "overlap2: there is no object in channel 2" in cells["notes"][4]
    assert cells["mean1"][1] == pytest.approx(LIGHT[0][:6].mean())


def test_without_a_voxel_size_lengths_are_in_pixels():
    result = measure_objects(*LIGHT, objects1=FIRST, objects2=SECOND)
    assert result.table["unit"].tolist() == ["px"]
    assert result.table["max_distance"].tolist() == [2]
    first = of_channel(result.objects, 1)
    assert first["center_distance"][300] == pytest.approx(1.5)
    assert "center_x_um" not in result.objects


def test_a_mask_hides_objects_and_keeps_their_rows():
    mask = np.ones(FIRST.shape)
    mask[6:] = 0
    result = measured(mask=mask)
    hidden = of_channel(result.objects, 1).loc[12]
    assert hidden["pixels"] == 0
    assert np.isnan(hidden["center_distance"])
    assert "center: it has no pixel inside the mask" in hidden["notes"]
    assert result.table["objects1"].tolist() == [2]


@pytest.mark.slow
def test_a_series_has_a_row_for_each_time_point():
    rng = np.random.default_rng(1)
    series = rng.integers(0, 9, (3, 12, 16))
    first = np.stack([FIRST, np.roll(FIRST, 1, axis=1), 0 * FIRST])
    table = pd.DataFrame({"t": [0, 0, 2], "y": [3.0, 8, 4], "x": [3.0, 3, 4]})
    channels = [image(series, axes="TYX", name=name) for name in "ab"]
    result = measure_objects(*channels, objects1=first, objects2=table, labels=CELLS)
    assert result.table["objects1"].tolist() == [3, 3, 0]
    assert result.table["objects2"].tolist() == [2, 0, 1]
    assert of_channel(result.objects, 2).index.tolist() == [1, 2, 3]
    assert len(result.cells) == 6
    moved = of_channel(result.objects[result.objects["t"] == 1], 1)
    assert moved["center_x"][7] == pytest.approx(4)
    labels = next(layer for layer in result.layers() if layer[1]["name"] == "Objects of a")
    assert labels[0].shape == series.shape
    assert np.unique(labels[0][1]).tolist() == [0, 4, 5, 6]
    assert labels[1]["features"]["object"].fillna(0).tolist() == [0, 7, 12, 300, 7, 12, 300]


@pytest.mark.slow
def test_each_plane_and_flat_labels_of_a_stack():
    stack = np.random.default_rng(2).integers(0, 9, (2, 12, 16))
    channels = [Channel(stack, "ZYX", spacing=(1, 0.5, 0.2)) for _ in range(2)]
    result = measure_objects(*channels, objects1=FIRST, objects2=SECOND, per_plane=True)
    assert result.table["z"].tolist() == [0, 1]
    flat = measured()
    pd.testing.assert_series_equal(
        result.objects["edge_distance"][:5], flat.objects["edge_distance"], check_names=False
    )
    whole = measure_objects(*channels, objects1=FIRST, objects2=SECOND)
    np.testing.assert_allclose(whole.objects["size"][:3], [1.2, 0.8, 0.8])


@pytest.mark.slow
def test_layers_lie_on_the_channels_and_tell_the_rows():
    result = measured(labels=CELLS, max_distance=0.5)
    layers = {look["name"]: (data, look, kind) for data, look, kind in result.layers()}
    assert all(look["scale"] == (0.5, 0.2) for _, look, _ in layers.values())
    labels, look, kind = layers["Objects of red"]
    assert kind == "labels"
    assert np.unique(labels[FIRST == 300]).tolist() == [3]
    assert look["features"]["object"].fillna(0).tolist() == [0, 7, 12, 300]
    assert look["features"]["label"].tolist() == [0, 1, 2, 3]
    points, look, _ = layers["Centers of green"]
    np.testing.assert_allclose(points, [[2.5, 11], [3.5, 3]])
    assert look["features"]["object"].tolist() == [2, 5]
    lines, look, kind = layers["Matches of red and green"]
    assert kind == "vectors"
    np.testing.assert_allclose(lines[0], [[2.5, 3], [1, 0]])
    assert look["features"]["matched"].tolist() == [5, 2]
    np.testing.assert_array_equal(layers["Overlaps"][0] > 0, (FIRST > 0) & (SECOND > 0))
    assert layers["Positive cells"][0][[0, 8], 0].tolist() == [4, 2]


@pytest.mark.slow
def test_overlaps_of_three_channels():
    images = [*LIGHT, LIGHT[0][::-1]]
    result = measure_objects([image(one) for one in images], threshold1=50, threshold2=50)
    assert len(result.table) == 3
    expected = np.ones(FIRST.shape, bool)
    for one in images:
        above = one > 50
        sizes = np.bincount((found := ndimage.label(above, np.ones((3, 3)))[0]).ravel())
        expected &= above & (sizes[found] >= 5)
    np.testing.assert_array_equal(result.label_image("overlaps").data > 0, expected)


@pytest.mark.slow
def test_swapping_the_channels_swaps_the_columns():
    one, other = measured(), measure_objects(*LIGHT[::-1], objects1=SECOND, objects2=FIRST)
    one = measure_objects(*LIGHT, objects1=FIRST, objects2=SECOND)
    for name in ("objects", "overlapping", "overlap", "matched_share", "edge_distance", "near"):
        assert one.table[f"{name}1"].tolist() == other.table[f"{name}2"].tolist()


@pytest.mark.slow
def test_spots_of_simulated_pairs_are_matched():
    pair = simulate_pair(n_spots1=50, n_spots2=50, n_shared=25, rng=3, shape=(320, 320))
    result = measure_objects(pair.channel1, pair.channel2, find1="spots", find2="spots")
    row = result.table.iloc[0]
    assert abs(row["objects1"] - 50) <= 4
    assert abs(row["matches"] - 25) <= 3
    assert row["match_distance"] < 0.03
    assert result.objects["spot_width"].median() == pytest.approx(0.25, abs=0.05)


@pytest.mark.slow
def test_positive_cells_by_intensity():
    result = measured(labels=CELLS, positive="intensity")
    assert "cells_both: no threshold tells" in result.table["notes"].iloc[0]
    assert result.cells["positive1"].isna().all()
    light = np.where(CELLS == 4, 90, 10) + LIGHT[0] % 2
    result = measure_objects(light, light[::-1], labels=CELLS, positive="intensity")
    assert result.cells["positive1"].tolist() == [False, True]
    assert result.table[["cells_only1", "cells_only2"]].iloc[0].tolist() == [1, 1]


def test_numbers_of_napari_colocalization():
    """Counted as that program does: rounded centroids, any overlap, distances in pixels."""
    rng = np.random.default_rng(9)
    images = [ndimage.gaussian_filter(rng.random((60, 70)), 2) for _ in range(2)]
    result = measure_objects(
        *(image(one) for one in images), like="napari-colocalization", min_size=1
    )
    assert result.table["unit"].tolist() == ["px"]
    levels = result.table[["threshold1", "threshold2"]].iloc[0]
    labels = [label(one > level) for one, level in zip(images, levels, strict=True)]
    for one, level in zip(images, levels, strict=True):
        assert level == pytest.approx(threshold_otsu(one), abs=np.ptp(one) / 256)
    for number, (own, other) in enumerate((labels, labels[::-1]), start=1):
        props = regionprops_table(own, properties=("label", "centroid"))
        centres = np.column_stack([props["centroid-0"], props["centroid-1"]])
        rounded = tuple(np.array([[round(c) for c in centre] for centre in centres]).T)
        row = result.table.iloc[0]
        assert row[f"objects{number}"] == len(centres)
        assert row[f"centers_in{number}"] == (other[rounded] > 0).sum()
        touched = {int(one) for one in np.unique(own[other > 0])} - {0}
        assert row[f"overlapping{number}"] == len(touched)


@pytest.mark.slow
def test_numbers_of_cellprofiler():
    """The Rand indices by all pairs of pixels; precision and recall by hand."""
    row = measured(like="cellprofiler").table.iloc[0]
    assert (row["precision"], row["recall"]) == (1, pytest.approx(3 / 14))
    assert row["f_factor"] == pytest.approx(2 * 3 / 14 / (1 + 3 / 14))
    one, other = FIRST.ravel()[:, None] == FIRST.ravel(), SECOND.ravel()[:, None] == SECOND.ravel()
    upper = np.triu_indices(FIRST.size, 1)
    same1, same2 = one[upper], other[upper]
    assert row["rand"] == pytest.approx((same1 == same2).mean())
    expected = same1.mean() * same2.mean() + (1 - same1.mean()) * (1 - same2.mean())
    adjusted = ((same1 == same2).mean() - expected) / (1 - expected)
    assert row["adjusted_rand"] == pytest.approx(adjusted)
    children = of_channel(measured(like="cellprofiler").objects, 1)["children"]
    assert children.tolist() == [1, 0, 0]


@pytest.mark.slow
def test_coupled_shares_of_a_frame_and_its_cells():
    pair = simulate_pair(
        n_spots1=120, n_spots2=120, n_shared=48, shape=(400, 400), rng=6, spacing=(0.1, 0.1)
    )
    cells = np.ones((400, 400), int)
    cells[:, 200:] = 2
    found = measure_objects(
        pair.channel1, pair.channel2, labels=cells, find1="spots", find2="spots"
    )
    row = found.table.iloc[0]
    for number in (1, 2):
        assert row[f"coupled_low{number}"] < 0.4 < row[f"coupled_high{number}"]
        assert row[f"coupling_p{number}"] < 1e-6
        assert row[f"null{number}"] == "distance_map"
    assert (found.cells["coupling_p1"] < 0.01).all()
    few = measured(labels=CELLS)
    assert "coupled1: 2 and 3 objects inside, 10 of each are needed" in few.table["notes"].iloc[0]
    assert np.isnan(few.table["coupling_p1"].iloc[0])
    assert few.cells["coupled2"].isna().all()
    curve = measure_objects(
        pair.channel1, pair.channel2, find1="spots", find2="spots", cross_k=1, null="none"
    )
    assert curve.table["cross_k_p"].iloc[0] <= 0.05
    assert curve.table["cross_k_null"].iloc[0] == "distance_map"
    first = curve.cross_k.iloc[1]
    assert first["l"] > first["l_high"] > first["distance"]
    assert curve.figure().axes[1].get_ylabel() == "L(r) − r (µm)"
    placed = measured(labels=CELLS, null="placement").table.iloc[0]
    assert placed["null2"] == "placement"
    assert 0 < placed["coupling_p2"] <= 1
    assert 0 <= placed["overlapping_chance2"] <= 2
    assert "coupled2: objects placed anew give no share" in placed["notes"]
    none = measured(null="none").table
    assert not [name for name in none if name.startswith(("coupl", "null", "clustering"))]


@pytest.mark.slow
def test_figures_show_what_chance_gives_and_name_their_frame():
    rng = np.random.default_rng(2)
    points = rng.uniform(0, 63, (2, 40, 2))
    noise = rng.integers(0, 9, (2, 64, 64))
    result = measure_objects(*noise, objects1=points[0], objects2=points[1])
    (axes,) = result.figure().axes
    curves = [line for line in axes.lines if line.get_linestyle() == "--"]
    assert curves[0].get_label() == "chance"
    assert [30 < sum(line.get_ydata()) <= 40 for line in curves] == [True, True]
    series = [np.stack([one, one]) for one in noise]
    given = {"objects1": points[0], "objects2": points[1], "axes": "TYX", "cross_k": 9}
    assert measure_objects(*series, **given).figure().get_suptitle() == "t 0 (of 2 frames)"
