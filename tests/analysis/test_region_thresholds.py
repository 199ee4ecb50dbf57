"""Thresholds and backgrounds: of the image or the region, from filters and control files."""

import numpy as np
import pytest
from skimage.restoration import rolling_ball

from covoxel import Channel, measure, read_image
from covoxel.analysis.measure import single_stain
from covoxel.io.write import write_channels
from covoxel.thresholds import threshold

SOME = "pearson,tm1,tm2,m1,moc"


@pytest.fixture
def labels():
    found = np.ones((20, 16), np.uint8)
    found[:, 8:] = 2
    return found


@pytest.mark.slow
@pytest.mark.parametrize("method", ["otsu", "percentile:70", "top:15", "max:40"])
def test_scope(pair, labels, method):
    images = pair(20, 16)
    options = {"labels": labels, "threshold1": method, "threshold2": 30, "measures": SOME}
    whole = measure(*images, threshold_scope="image", **options).table
    assert set(whole["threshold1"]) == {threshold(images[0], method)}
    regional = measure(*images, threshold_scope="region", **options).table
    for label, found in zip(regional["label"], regional["threshold1"], strict=True):
        assert found == threshold(images[0], method, mask=labels == label)
    assert set(regional["threshold2"]) == {30}


def test_percentile_background_is_of_the_image_and_mode_of_the_region(pair, labels):
    first, second = pair(20, 16)
    table = measure(
        first,
        second,
        labels=labels,
        background1="percentile:10",
        background2="mode",
        threshold1=40,
        measures=SOME,
    ).table
    assert table["background1"].tolist() == [np.percentile(first, 10)] * 2
    modes = [np.bincount(second[labels == label]).argmax() for label in (1, 2)]
    assert table["background2"].tolist() == modes
    inside = labels == 1
    light = np.maximum(first[inside] - np.percentile(first, 10), 0)
    met = light[second[inside] > modes[0]].sum() / light.sum()
    assert table.loc[0, "m1"] == pytest.approx(met, rel=1e-12)


def test_background_is_taken_off_intensities_not_thresholds(pair):
    first, second = (image.astype(float) for image in pair(20, 16))
    row = measure(
        first, second, background1=20, background2=5, threshold1=60, threshold2=50, measures=SOME
    ).table.iloc[0]
    a, b = np.maximum(first - 20, 0), np.maximum(second - 5, 0)
    assert row["tm1"] == pytest.approx(a[second > 50].sum() / a.sum(), rel=1e-12)
    assert row["moc"] == pytest.approx((a * b).sum() / np.sqrt((a**2).sum() * (b**2).sum()))
    assert row["pearson"] == pytest.approx(np.corrcoef(first.ravel(), second.ravel())[0, 1])
    assert row["at_background1"] == (first <= 20).mean()


@pytest.mark.slow
@pytest.mark.parametrize("axes", ["YX", "ZYX", "TYX", "TZYX"])
def test_rolling_ball_filters_planes_first(pair, axes):
    shape = {"T": 2, "Z": 3, "Y": 20, "X": 16}
    first, second = pair(*(shape[axis] for axis in axes))
    planes = first.reshape(-1, 20, 16)
    flat = np.stack([plane - rolling_ball(plane, radius=4) for plane in planes])
    filtered = flat.reshape(first.shape)
    options = {"axes": axes, "threshold1": "otsu", "threshold2": 30, "measures": "all"}
    table = measure(first, second, background1="rolling:4", **options).table
    expected = measure(filtered, second, **options).table
    for name in ("pearson", "tm1", "tm2_own", "m1", "spearman", "threshold1"):
        assert table[name].tolist() == expected[name].tolist()
    assert table["background_method1"].unique().tolist() == ["rolling:4"]
    assert table["background1"].isna().all()
    assert (
        table["notes"].str.contains("background1: a rolling ball differs from pixel to pixel").all()
    )


def test_rolling_ball_does_not_hide_saturation(pair):
    first, second = pair(40, 40, dtype=np.uint8)
    first[5:15, 5:15] = 255
    table = measure(first, second, background1="rolling:6", measures="pearson").table
    assert table.loc[0, "saturated1"] == 100 / 1600
    assert "saturated1" in table.loc[0, "warnings"]


@pytest.fixture
def stain(tmp_path, pair):
    """A control of two channels in which channel 2 shows bleed-through alone."""
    first, second = pair(24, 24, seed=7)
    channels = [Channel(first, "YX", name="red"), Channel(second // 3, "YX", name="green")]
    return write_channels(tmp_path / "control.ome.tif", channels)


def test_control_sets_the_threshold(pair, stain):
    images = pair(20, 16)
    table = measure(*images, threshold1="otsu", threshold2=f"control:{stain}", measures=SOME).table
    green = read_image(stain)[1].read()
    assert table.loc[0, "threshold2"] == np.percentile(green, 99)
    assert table.loc[0, "threshold_method2"] == "control:control.ome.tif"
    by_hand = measure(
        *images, threshold1="otsu", threshold2=np.percentile(green, 99), measures=SOME
    ).table
    assert table[SOME.split(",")].equals(by_hand[SOME.split(",")])


def test_control_percentage(pair, stain):
    table = measure(*pair(20, 16), threshold1=f"control:{stain}@90", measures="tm2").table
    red = read_image(stain)[0].read()
    assert table.loc[0, "threshold1"] == np.percentile(red, 90)
    assert table.loc[0, "threshold_method1"] == "control:control.ome.tif@90"


def test_control_follows_the_channel_of_the_file(pair, stain, tmp_path):
    """A pair of channels 2 and 1 of a file takes the control's channels 2 and 1."""
    channels = [Channel(image, "YX", name=str(i)) for i, image in enumerate(pair(20, 16))]
    file = write_channels(tmp_path / "pair.ome.tif", channels)
    swapped = read_image(file)[::-1]
    table = measure(*swapped, threshold1=f"control:{stain}", measures="tm2").table
    assert table.loc[0, "threshold1"] == np.percentile(read_image(stain)[1].read(), 99)


def test_control_of_one_channel_serves_any(pair, tmp_path):
    image = pair(24, 24, seed=9)[0]
    stain = write_channels(tmp_path / "one.tif", [Channel(image, "YX")])
    table = measure(*pair(20, 16), threshold2=f"control:{stain}", measures="tm1").table
    assert table.loc[0, "threshold2"] == np.percentile(image, 99)


def test_control_is_read_once(pair, stain, monkeypatch):
    calls = []
    original = single_stain.control_threshold

    def counted(*args):
        calls.append(args)
        return original(*args)

    monkeypatch.setattr("covoxel.analysis.measure.single_stain.control_threshold", counted)
    images = [Channel(image, "TZYX") for image in pair(3, 2, 20, 16)]
    measure(*images, threshold1=f"control:{stain}", per_plane=True, measures="tm2")
    assert len(calls) == 1


def test_control_without_the_channel(pair, stain, tmp_path):
    images = [*pair(20, 16), pair(20, 16, seed=2)[0]]
    channels = [Channel(image, "YX", name=str(i)) for i, image in enumerate(images)]
    third, first, _ = read_image(write_channels(tmp_path / "three.ome.tif", channels[::-1]))[::-1]
    with pytest.raises(ValueError, match="has 2 channels, but channel 3 is thresholded"):
        measure(third, first, threshold1=f"control:{stain}", measures="tm2")
    with pytest.raises(ValueError, match=r"missing\.tif: does not exist"):
        measure(*pair(20, 16), threshold1="control:missing.tif", measures="tm2")


@pytest.mark.parametrize("like", ["covoxel", "coloc2", "ezcolocalization"])
def test_without_a_threshold_nothing_is_above_or_below(pair, like):
    """What needs a threshold that failed is empty, never a number of all pixels."""
    first, second = pair(20, 16)
    costes = {"threshold1": "costes", "threshold2": "costes"}
    table = measure(first, 255 - second, measures="all", **costes).table  # falls: Costes fails
    row = table.iloc[0]
    assert np.isnan(row["threshold1"])
    for name in ("pearson_above", "pearson_below", "pearson_above_either", "tos", "jaccard"):
        assert np.isnan(row[name])
        assert f"{name}: no thresholds" in row["notes"]
    assert "tm1: no threshold for channel 2" in row["notes"]
    half = measure(
        first, second, like=like, threshold1="none", threshold2="otsu", measures="all"
    ).table.iloc[0]
    for name in ("tm1", "area_fraction2", "intensity_fraction2"):
        assert np.isfinite(half[name])
    for name in ("tm2", "area_fraction1", "pearson_below", "pearson_above_either", "tm1_own"):
        assert np.isnan(half[name])
        assert f"{name}: no threshold for channel 1" in half["notes"]


def test_costes_of_the_image_serves_planes_and_regions(pair, labels, monkeypatch):
    from covoxel.analysis.measure import region_thresholds

    calls = []
    original = region_thresholds.costes_of

    def counted(*args):
        calls.append(args)
        return original(*args)

    monkeypatch.setattr(region_thresholds, "costes_of", counted)
    options = {"threshold1": "costes", "threshold2": "costes", "threshold_scope": "image"}
    table = measure(
        *pair(4, 20, 16), labels=labels, per_plane=True, measures="tm1", **options
    ).table
    assert len(calls) == 1
    assert table["threshold1"].nunique() == 1
