"""Regions, planes, time points and pairs: each row is what a call on its pixels alone gives."""

import numpy as np
import pytest

from covoxel import Channel, measure
from covoxel.image.regions import shape_passes

#: A few measures of every kind.
SOME = "pearson,spearman,icq,tm1,jaccard,slope"
REGIONAL = {"measures": SOME, "threshold_scope": "region", "threshold1": "otsu"}


def same(row, alone):
    """Whether a row holds the numbers of a table of one row."""
    (other,) = alone.to_dict("records")
    names = ["pixels", "threshold1", "threshold2", *SOME.split(",")]
    return all(row[name] == pytest.approx(other[name], rel=1e-12, nan_ok=True) for name in names)


@pytest.fixture
def labels():
    found = np.zeros((4, 20, 16), np.uint16)
    found[:, 2:9, 2:9] = 5
    found[1:3, 10:19, 3:14] = 2
    found[0, 12:, 9:] = 40_000
    return found


@pytest.fixture
def shots(pair):
    """Two series of three time points, (T, Z, Y, X)."""
    return tuple(Channel(image, "TZYX") for image in pair(3, 4, 20, 16))


@pytest.mark.slow
def test_labels_of_each_plane(pair, labels):
    images = pair(4, 20, 16)
    table = measure(*images, labels=labels, per_plane=True, **REGIONAL).table
    assert len(table) == 4 * 3
    assert table[["z", "label"]].values.tolist() == [
        [z, label] for z in range(4) for label in (2, 5, 40_000)
    ]
    for _, row in table.iterrows():
        inside = labels[row["z"]] == row["label"]
        assert row["pixels"] == inside.sum()
        if inside.sum() > 2:
            planes = (image[row["z"]] for image in images)
            assert same(row, measure(*planes, mask=inside, **REGIONAL).table)
        else:
            assert "pearson: no pixels" in row["notes"]


def test_flat_regions_hold_in_each_plane(pair, labels):
    images = pair(4, 20, 16)
    flat = labels[1]
    solid = np.broadcast_to(flat, labels.shape)
    columns = measure(*images, labels=flat, **REGIONAL).table
    assert columns.equals(measure(*images, labels=solid, **REGIONAL).table)
    mask = measure(*images, mask=flat > 0, **REGIONAL).table
    assert mask.equals(measure(*images, mask=solid > 0, **REGIONAL).table)


def test_image_threshold_is_of_all_planes(pair):
    images = pair(4, 20, 16)
    whole = measure(*images, threshold1="otsu", threshold2="costes", measures="tm1").table
    planes = measure(
        *images, threshold1="otsu", threshold2="costes", measures="tm1", per_plane=True
    ).table
    for name in ("threshold1", "threshold2"):
        assert set(planes[name]) == set(whole[name])


def test_pooled_time_is_one_long_stack(shots):
    table = measure(*shots, pool_time=True, **REGIONAL).table
    assert table["t"].isna().tolist() == [True]
    stacked = (np.concatenate(channel.data) for channel in shots)
    assert same(table.iloc[0], measure(*stacked, **REGIONAL).table)


@pytest.mark.slow
@pytest.mark.parametrize("shape", ["TZYX", "TYX", "ZYX", "YX"])
@pytest.mark.parametrize("kind", ["mask", "labels"])
def test_regions_of_a_series(shots, labels, shape, kind):
    series = np.stack([labels, np.roll(labels, 1, axis=1), np.where(labels == 5, 0, labels)])
    series = {"TZYX": series, "TYX": series[:, 1], "ZYX": labels, "YX": labels[1]}[shape]
    given = {kind: series > 0 if kind == "mask" else series}
    table = measure(*shots, **given, **REGIONAL).table
    for t in range(3):
        now = given[kind][t] if "T" in shape else given[kind]
        frame = [channel.read(t) for channel in shots]
        rows = table[table["t"] == t]
        alone = measure(*frame, **{kind: now}, **REGIONAL).table
        assert rows["label"].tolist() == alone["label"].tolist()
        for at, (_, row) in enumerate(rows.iterrows()):
            assert same(row, alone.iloc[[at]])
    pooled = measure(*shots, pool_time=True, **given, **REGIONAL).table
    assert pooled["pixels"].sum() == table["pixels"].sum()


def test_all_pairs(pair):
    images = [*pair(16, 16), pair(16, 16, seed=3)[0]]
    names = ["dapi", "actin", "dapi"]
    channels = [Channel(image, "YX", name=name) for image, name in zip(images, names, strict=True)]
    table = measure(channels, measures=SOME).table
    assert table[["channel1", "channel2"]].values.tolist() == [
        ["dapi", "actin"],
        ["dapi", "dapi (3)"],
        ["actin", "dapi (3)"],
    ]
    for (i, j), (_, row) in zip([(0, 1), (0, 2), (1, 2)], table.iterrows(), strict=True):
        assert same(row, measure(images[i], images[j], measures=SOME).table)


SQUARE = [(2, 2), (2, 9), (9, 9), (9, 2)]
TRIANGLE = [(4, 4), (4, 15), (15, 4)]


def test_overlapping_shapes_are_whole(pair):
    images = pair(20, 16)
    far = [(14, 10), (14, 15), (19, 15), (19, 10)]
    table = measure(*images, shapes=[SQUARE, TRIANGLE, far], **REGIONAL).table
    assert table["label"].tolist() == [1, 2, 3]
    for number, shape in enumerate((SQUARE, TRIANGLE, far)):
        assert same(table.iloc[number], measure(*images, shapes=[shape], **REGIONAL).table)
    ys, xs = np.mgrid[:20, :16]
    inside = (ys >= 2) & (ys <= 9) & (xs >= 2) & (xs <= 9)
    assert same(table.iloc[0], measure(*images, mask=inside, **REGIONAL).table)


def test_shapes_that_part_need_one_pass():
    boxes = [[(y, 0), (y, 5), (y + 2, 5), (y + 2, 0)] for y in (0, 4, 8)]
    (region,) = shape_passes(boxes, (12, 12))
    assert region.ids.tolist() == [1, 2, 3]
    assert len(shape_passes([*boxes, boxes[1]], (12, 12))) == 2


def test_shape_outside_is_a_row_without_pixels(pair):
    outside = [(100, 100), (100, 120), (120, 110)]
    table = measure(*pair(20, 16), shapes=[outside, SQUARE], **REGIONAL).table
    assert table["pixels"].tolist() == [0, 64]
    assert "pearson: no pixels" in table.loc[0, "notes"]
    assert np.isfinite(table.loc[1, "pearson"])


def test_bow_tie_has_an_area(pair):
    bow = [(2, 2), (9, 9), (2, 9), (9, 2)]
    assert measure(*pair(20, 16), shapes=[bow], **REGIONAL).table.loc[0, "pixels"] > 20


@pytest.mark.parametrize(
    ("shapes", "said"),
    [
        ([], "shapes is empty"),
        ([[(1, 1), (5, 5)]], "shape 1 has no area"),
        ([SQUARE, [(1, 1), (3, 3), (8, 8)]], "shape 2 has no area"),
        ([[(1, 1)] * 4], "shape 1 has no area"),
        ([[(1, 1, 1), (2, 2, 2), (3, 1, 2)]], r"shape 1 has vertices of shape \(3, 3\)"),
        ([[(1, 1), (np.nan, 4), (3, 1)]], "shape 1 has a vertex that is not finite"),
        ([[1, 2, 3]], "shape 1"),
    ],
)
def test_no_shapes(pair, shapes, said):
    with pytest.raises(ValueError, match=said):
        measure(*pair(20, 16), shapes=shapes)


def test_undefined_regions_do_not_stop_others(pair):
    first, second = (image.astype(float) for image in pair(20, 16))
    labels = np.repeat(np.arange(1, 6), 4)[:, None] * np.ones((1, 16), int)
    first[labels == 1] = 7
    second[labels == 2] = 3
    labels[8:12, 2:] = 0
    labels[8, 2:10] = 0
    first[12:16] = np.nan
    labels[9:12] = 0
    labels[8, 2:] = 0
    table = measure(first, second, labels=labels, measures="all", threshold_scope="region").table
    assert table["pixels"].tolist() == [64, 64, 2, 0, 64]
    assert table["dropped"].tolist() == [0, 0, 0, 64, 0]
    reasons = ["channel 1 is constant", "channel 2 is constant", "fewer than 3 pixels", "no pixels"]
    for at, reason in enumerate(reasons):
        assert np.isnan(table.loc[at, "pearson"])
        assert f"pearson: {reason}" in table.loc[at, "notes"]
    assert np.isfinite(table.loc[4, ["pearson", "kendall", "m1", "nmi"]].astype(float)).all()


@pytest.mark.parametrize("z", [4, -1, 1.5])
def test_plane_out_of_range(pair, z):
    with pytest.raises(ValueError, match=f"z is {z}; planes run from 0 to 3"):
        measure(*pair(4, 20, 16), z=z)


def test_channels_must_match(pair):
    first, second = pair(20, 16)
    with pytest.raises(ValueError, match=r"image1 has shape \(20, 16\) but image2"):
        measure(first, second[1:])
    with pytest.raises(ValueError, match="image1 has axes TYX, but image2 ZYX"):
        measure(Channel(first[None], "TYX"), Channel(second[None], "ZYX"))
    with pytest.raises(ValueError, match=r"image1 has voxels of .* but image2"):
        measure(Channel(first, "YX", spacing=(0.1, 0.1)), Channel(second, "YX", spacing=(0.2, 0.2)))
    table = measure(first, second, spacing=(0.5, 0.5), measures="pearson").table
    assert table["area_um2"].tolist() == [20 * 16 / 4]


def test_four_axes_must_be_told(pair):
    with pytest.raises(ValueError, match="needs axes="):
        measure(*pair(2, 3, 8, 8))
    assert len(measure(*pair(2, 3, 8, 8), axes="TZYX", measures="pearson").table) == 2
