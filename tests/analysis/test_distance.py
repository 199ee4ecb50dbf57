"""Association distances of pairs, time points and labels as tables."""

import json

import numpy as np
import pytest
import tifffile

from covoxel import Channel, measure_distance, simulate_pair
from covoxel.analysis.distance.schema import DISTANCE_COLUMNS
from covoxel.analysis.notes import notes_text
from covoxel.analysis.schema import SHIFTS
from covoxel.distance import association_distance, contribution_images

pytestmark = pytest.mark.slow

DISTANCE = 0.5
#: What a row has as an association has it.
COPIED = (
    *("distance", "distance_low", "distance_high", "spread", "amplitude", "associated_fraction"),
    *("associated", "r_squared", "confidence"),
)


@pytest.fixture(scope="module")
def series():
    """Three time points, of which the second has no association."""
    simulated = simulate_pair(
        shape=(128, 128),
        n_spots1=60,
        shared_fraction=[0.9, 0, 0.9],
        association_distance=DISTANCE,
        n_frames=3,
        time_step=2.0,
        rng=4,
    )
    return simulated.channel1, simulated.channel2


@pytest.fixture(scope="module")
def found(series):
    return measure_distance(*series)


@pytest.fixture(scope="module")
def halves():
    labels = np.zeros((128, 128), np.uint16)
    labels[:62], labels[66:120], labels[124:, :5] = 7, 300, 9
    return labels


def frame(channel, t):
    return Channel(channel.read(t), "YX", channel.spacing)


def test_rows_are_the_associations_of_the_frames(series, found):
    table = found.table
    assert list(table["t"]) == [0, 1, 2]
    for (_, row), one, t in zip(table.iterrows(), found.found, range(3), strict=True):
        expected = association_distance(*(frame(channel, t) for channel in series))
        for name in COPIED:
            np.testing.assert_array_equal(float(row[name]), float(getattr(expected, name)))
        assert (row["psf1"], row["psf2"]) == (expected.psf1[-1], expected.psf2[-1])
        assert row["notes"] == notes_text(expected.notes)
        np.testing.assert_array_equal(one.profile.correlation, expected.profile.correlation)


def test_a_stack_has_columns_of_z():
    simulated = simulate_pair(shape=(12, 64, 64), n_spots1=60, association_distance=0.3, rng=1)
    given = {"psf1": (0.25, 0.1, 0.1), "psf2": 0.2, "max_distance": 1}
    table = measure_distance(simulated.channel1, simulated.channel2, intervals=False, **given).table
    assert list(table.columns) == [c.name for c in DISTANCE_COLUMNS if c not in SHIFTS]
    row = table.iloc[0]
    widths = row[["psf1", "psf1_z", "psf2", "psf2_z"]].tolist()
    assert widths == pytest.approx([0.1, 0.25, 0.2, 0.2])
    assert "distance_low: no interval was computed" in row["notes"]


def test_layers_have_a_row_a_frame_and_a_row_a_label(series, found, halves):
    ((data, attributes, kind),) = found.layers()
    assert kind == "image"
    assert data.shape[0] == 3
    assert attributes["scale"] == (2.0, 0.1)
    assert attributes["units"] == ("second", "um")
    assert attributes["axis_labels"] == ("t", "distance")
    profile = found.found[2].profile
    np.testing.assert_array_equal(data[2, : profile.correlation.size], profile.correlation)
    result = measure_distance(*series, labels=halves, intervals=False, max_distance=1)
    ((data, attributes, _),) = result.layers()
    assert data.shape == (3, 3, 11)
    assert attributes["axis_labels"] == ("t", "label", "distance")
    assert np.isnan(data[:, 1]).all()
    assert np.isfinite(data[:, [0, 2]]).all()
    ((data, attributes, _),) = measure_distance(
        *series, labels=halves, t=1, max_distance=1
    ).layers()
    assert attributes["axis_labels"] == ("label", "distance")
    assert data.shape == (3, 11)


def test_several_components_have_a_row_each():
    pair = simulate_pair(n_spots1=180, n_shared=120, association_distance=0.6, rng=4)
    result = measure_distance(pair.channel1, pair.channel2, components=2, intervals=False)
    count = len(result.found[0].components)
    assert count == 2
    assert result.table["component"].tolist() == [1, 2]
    assert result.table["distance"].tolist() == [c.distance for c in result.found[0].components]
    assert len(result.profiles) == result.found[0].profile.distance.size
    assert len(result.layers()) == 1


def test_constant_channels_have_a_reason(series):
    result = measure_distance(frame(series[0], 0), np.ones((128, 128)))
    assert np.isnan(result.table["distance"][0])
    assert result.table["notes"][0] == "distance: channel 2 is constant"
    assert not len(result.profiles)
    assert result.layers()[0][0].shape == (1, 1)


def test_pairs_of_three_channels(series):
    images = [frame(channel, 0) for channel in (*series, series[0])]
    result = measure_distance(images, intervals=False, max_distance=1)
    pairs = result.table[["channel1", "channel2"]].to_numpy().tolist()
    names = ["channel 1", "channel 2", "channel 3"]
    assert pairs == [[names[0], names[1]], [names[0], names[2]], [names[1], names[2]]]
    assert len(result.layers()) == 3
    with pytest.raises(ValueError, match="several pairs"):
        result.contributions()


def test_contributions_are_those_of_each_frame_and_label(series, halves):
    result = measure_distance(*series, labels=halves, max_distance=1)
    one, two = result.contributions()
    assert (one.axes, one.shape) == ("TYX", (3, 128, 128))
    assert (one.spacing, one.time_step) == ((0.1, 0.1), 2)
    rows = result.table
    row = rows[(rows["t"] == 0) & (rows["label"] == 7)].index[0]
    assert result.found[row].components
    images = [frame(channel, 0) for channel in series]
    expected = contribution_images(*images, result.found[row], mask=halves == 7)
    inside = halves == 7
    for ours, theirs in zip((one, two), expected, strict=True):
        np.testing.assert_allclose(ours.read(0)[inside], theirs[inside], rtol=1e-5, atol=1e-6)
    assert (one.read(0)[halves == 0] == 0).all()
    assert np.isnan(one.read(0)[halves == 9]).all()
    t, label = rows.loc[rows["associated"].eq(False), ["t", "label"]].iloc[0]
    assert np.isnan(one.read(t)[halves == label]).all()


def test_no_contributions_without_association(series):
    result = measure_distance(*series, t=1)
    with pytest.raises(ValueError, match="no association found"):
        result.contributions()


def test_the_reference_pairs(reference):
    """Particles 0.6 µm apart, and none."""
    truths = json.loads((reference / "reference.json").read_text(encoding="utf-8"))["truth"]
    for name, associated in (("ccc2d_even", True), ("ccc2d_random", False)):
        files = [reference / "images" / f"{name}_c{i}.tif" for i in (1, 2)]
        images = [tifffile.imread(file) for file in files]
        truth = truths[name]
        row = measure_distance(*images, spacing=[truth["pixel_um"]] * 2).table.iloc[0]
        assert row["associated"] == associated
        if associated:
            assert row["distance_low"] < truth["distance_um"] < row["distance_high"]
            assert row["psf1"] == pytest.approx(truth["psf_sigma_um"][0], rel=0.1)
        else:
            assert np.isnan(row["distance"])


def test_like_tells_the_plugins_numbers_for_a_mask_too(reference):
    """CCC's correlogram is relative to the image, so that a mask must not be cut out of it."""
    runs = json.loads((reference / "reference.json").read_text(encoding="utf-8"))["runs"]
    kept = [
        run
        for run in runs
        if run["system"].startswith("CCC") and run["images"][0] == "pair1_2d_u8_c1.tif"
    ]
    masked = [run for run in kept if run["options"]["mask"] != "none"]
    assert masked
    for run in kept:
        if run["options"]["mode"] != "ccc" or run["result"]["error"]:
            continue
        images = [tifffile.imread(reference / "images" / name) for name in run["images"]]
        mask = None
        if run["options"]["mask"] != "none":
            mask = tifffile.imread(reference / "images" / run["options"]["mask"]) > 0
        like = "ccc-" + run["system"].split()[1][:3]
        spacing = run["result"]["scale"][::-1]
        options = {"components": run["options"]["n_gauss"], "like": like}
        row = measure_distance(*images, mask=mask, spacing=spacing, **options).table.iloc[0]
        assert row["distance"] == pytest.approx(run["result"]["mean1"], rel=5e-3, abs=1e-6)
        assert row["spread"] == pytest.approx(run["result"]["sd1"], rel=5e-3)
        assert row["confidence"] == pytest.approx(run["result"]["confidence1"], rel=1e-2)
