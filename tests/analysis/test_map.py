"""Maps of channels, series and layers, and what they are like in regions."""

import json

import numpy as np
import pytest

from covoxel import Channel, MapOptions, map_channels, read_image, register_channels, simulate_pair
from covoxel.analysis import map_means
from covoxel.analysis.map.analysis import MAP
from covoxel.analysis.map.means import MAP_COLUMNS, MEANS_COLUMNS
from covoxel.analysis.map.options import MEANINGS, WINDOWED
from covoxel.local import intensity, intensity_maps, local_correlation, local_significance
from covoxel.registration import register

PAIR = simulate_pair(shape=(64, 72), offset=(4, -3), rng=1)
SERIES = simulate_pair(shape=(40, 44), n_frames=3, rng=2)
BOTH = PAIR.channel1, PAIR.channel2
FRAMES = SERIES.channel1, SERIES.channel2


@pytest.mark.slow
@pytest.mark.parametrize("kind", MEANINGS)
def test_kinds_are_those_of_the_core(kind):
    limits = {f"threshold{i}": 200 for i in intensity.THRESHOLDED.get(kind, ())}
    more = {"radius": 4} if kind in WINDOWED else {}
    found = map_channels(*BOTH, kind=kind, **more, **limits).image
    if kind == "correlation":
        expected = local_correlation(*BOTH, **more)
    elif kind == "beyond":
        core = local_significance(*BOTH, **more)
        expected = np.where(np.isfinite(core.correlation), core.beyond, np.nan)
    else:
        expected = intensity_maps(*BOTH, kind=kind, **more, **limits)
    np.testing.assert_array_equal(found.read(), expected)
    assert found.spacing == PAIR.channel1.spacing
    assert found.dtype == np.float32


def test_windowed_and_thresholded_maps_are_kinds():
    thresholded = set(intensity.WINDOWED)
    assert thresholded < set(WINDOWED)
    assert {*intensity.THRESHOLDED, *WINDOWED} <= set(MEANINGS)


def test_series_frame_by_frame():
    mask = np.random.default_rng(0).random((3, 40, 44)) > 0.2
    found = map_channels(*FRAMES, radius=3, mask=mask).image
    assert found.shape == (3, 40, 44)
    assert found.axes == "TYX"
    assert not found.data.frames
    for t in range(3):
        one, other = (Channel(channel.read(t), "YX") for channel in FRAMES)
        expected = local_correlation(one, other, radius=3, mask=mask[t])
        np.testing.assert_array_equal(found.read(t), expected)
        np.testing.assert_array_equal(found.data[t, 20, 22], expected[20, 22])
        single = map_channels(*FRAMES, radius=3, mask=mask, t=t).image
        assert single.axes == "YX"
        np.testing.assert_array_equal(single.read(), expected)
        record = found.data.frames[t]
        assert record["pixels"] == np.isfinite(expected).sum()
        assert record["mean"] == pytest.approx(np.nanmean(expected, dtype=np.float64))
        assert single.data.frames == {t: record}


def test_register_before_mapping():
    found = map_channels(*BOTH, radius=4, register=True, max_shift=8).image
    movement = register(*BOTH, max_shift=8)
    expected = local_correlation(*BOTH, radius=4, registration=movement)
    np.testing.assert_array_equal(found.read(), expected)
    assert found.data.frames[0]["shift"] == list(movement.shift)
    given = map_channels(*BOTH, radius=4, registration=movement).image
    np.testing.assert_array_equal(given.read(), expected)
    assert np.nanmean(expected) > np.nanmean(map_channels(*BOTH, radius=4).image.read()) + 0.1


def test_a_frame_that_is_not_registrable_is_a_row_with_the_reason(tmp_path):
    unrelated = simulate_pair(shape=(40, 44), rng=7).channel2.data
    second = np.stack([FRAMES[1].read(0), np.full((40, 44), 5.0), unrelated])
    labels = np.repeat([[1, 2]], 22, axis=1) * np.ones((40, 1), int)
    given = {"axes": "TYX", "radius": 3, "register": True, "labels": labels}
    result = map_channels(FRAMES[0].data, second, **given)
    table = result.table
    assert table["t"].tolist() == [0, 0, 1, 1, 2, 2]
    assert table["mean"].notna().tolist() == [True, True, *[False] * 4]
    assert table["notes"].str.startswith("mean: ").tolist() == [False, False, *[True] * 4]
    assert table["undefined"].tolist()[2:] == [880] * 4
    values = result.image.read(1)
    assert np.isnan(values).all()
    assert sum("is defined nowhere (" in line for line in MAP.lines(result)) == 4
    result.write(tmp_path / "map.tif")
    whole = map_channels(FRAMES[0].data[1:], second[1:], **given)
    with pytest.raises(ValueError, match="constant"):
        whole.write(tmp_path / "none.tif")
    assert not (tmp_path / "none.tif").exists()


@pytest.mark.slow
def test_registration_of_planes():
    stack = simulate_pair(shape=(3, 40, 44), offset=(0, 2, -3), rng=3)
    both = stack.channel1, stack.channel2
    each = register_channels(*both, each="plane", max_shift=6).registrations()
    found = map_channels(*both, radius=(0, 4, 4), registration=each).image.read()
    for z in range(3):
        one, other = (channel.read(0, (slice(z, z + 1),))[0] for channel in both)
        moved = each.at(0, z).apply(other)
        covered = np.isfinite(each.at(0, z).apply(np.zeros(other.shape)))
        expected = local_correlation(one, moved, radius=4, mask=covered)
        np.testing.assert_allclose(found[z], expected, atol=1e-6)


@pytest.mark.slow
def test_register_and_a_registration_exclude_each_other():
    movement = register(*BOTH, max_shift=8)
    with pytest.raises(ValueError, match="register is on"):
        map_channels(*BOTH, radius=3, register=True, registration=movement)
    drift = register_channels(FRAMES[0], drift=True).registrations()
    with pytest.raises(ValueError, match="drift of one channel"):
        map_channels(*FRAMES, radius=3, registration=drift)


def test_options_are_recorded():
    assert MapOptions(radius=[1, 2]).as_dict()["radius"] == [1, 2]
    assert MapOptions(radius=[1, 2]) == MapOptions(radius=(1, 2))
    with pytest.raises(TypeError, match="register is 1"):
        MapOptions(radius=2, register=1)


def test_means_by_loop():
    rng = np.random.default_rng(0)
    values = rng.normal(size=(2, 9, 11)).astype(np.float32)
    values[rng.random(values.shape) < 0.2] = np.nan
    labels = rng.choice([0, 3, 700], (2, 9, 11)).astype(np.int32)
    labels[1][labels[1] == 3] = 0
    values[0, 0, 0], labels[0, 0, 0] = np.nan, 5
    table = map_means(Channel(values, "TYX", name="map"), labels)
    assert list(table) == [column.name for column in MEANS_COLUMNS]
    assert table[["t", "label"]].to_numpy().tolist() == [[0, 3], [0, 5], [0, 700], [1, 700]]
    for row in table.itertuples():
        inside = values[row.t][labels[row.t] == row.label].astype(float)
        known = inside[np.isfinite(inside)]
        assert (row.pixels, row.undefined) == (known.size, inside.size - known.size)
        if known.size:
            found = row.mean, row.standard_deviation, row.minimum, row.maximum
            expected = known.mean(), known.std(), known.min(), known.max()
            np.testing.assert_allclose(found, expected)
            assert not row.notes
        else:
            assert np.isnan(row.mean)
            assert np.isnan(row.minimum)
            assert row.notes == "mean: the map is undefined in the region"


def test_means_of_flat_labels_on_a_stack():
    values = np.arange(24.0).reshape(2, 3, 4)
    labels = np.array([[1, 1, 2, 2]] * 3)
    table = map_means(values, labels)
    assert table["mean"].tolist() == [values[:, :, :2].mean(), values[:, :, 2:].mean()]


def test_means_without_labels():
    table = map_means(np.ones((3, 4)), np.zeros((3, 4), int))
    assert table.empty
    with pytest.raises(ValueError, match="labels has shape"):
        map_means(np.ones((3, 4)), np.zeros((4, 4), int))
    with pytest.raises(ValueError, match=r"labels holds 0\.5"):
        map_means(np.ones((3, 4)), np.full((3, 4), 0.5))


def test_a_table_has_a_row_for_each_time_point_and_region():
    labels = np.zeros((3, 40, 44), int)
    labels[:, 2:20, 5:30], labels[1:, 24:38] = 4, 9
    found = map_channels(*FRAMES, radius=3, labels=labels)
    expected = map_means(map_channels(*FRAMES, radius=3, mask=labels > 0).image, labels)
    assert not found.image.data.frames
    table = found.table
    assert table[["t", "label"]].to_numpy().tolist() == [[0, 4], [1, 4], [1, 9], [2, 4], [2, 9]]
    for name in ("map", "pixels", "undefined", "mean", "standard_deviation", "maximum"):
        assert table[name].tolist() == expected[name].tolist()
    assert list(table) == [
        column.name for column in MAP_COLUMNS if not column.optional or column.name in table
    ]
    assert not {"shift_y", "threshold"} & set(table)
    assert found.tables["map"] is table
    assert found.settings == table.attrs["covoxel"]["options"]
    assert table["settings"].nunique() == 1


def test_a_frame_is_mapped_once():
    times = []

    def after(unit, found):
        times.append(unit.frame_pair.t)

    found = MAP.run(*FRAMES, radius=3, after=after)
    assert not times
    found.image.read(2)
    assert len(found.table) == 3
    assert [frame["t"] for frame in found.frames] == [0, 1, 2]
    assert times == [2, 0, 1]


@pytest.mark.slow
def test_how_channel_2_is_registered_is_in_the_table():
    found = map_channels(*BOTH, radius=4, register=True, max_shift=8).table
    movement = register(*BOTH, max_shift=8)
    given = map_channels(*BOTH, radius=4, registration=movement)
    for table in (found, given.table):
        assert table[["shift_y", "shift_x"]].to_numpy().tolist() == [list(movement.shift)]
    assert given.settings["registration"] == given.table.attrs["covoxel"]["options"]["registration"]
    far = map_channels(*BOTH, radius=4, kind="beyond").table
    assert far["threshold"].tolist() == [local_significance(*BOTH, radius=4).threshold]


def test_layers_and_files_of_a_map(tmp_path):
    found = map_channels(*FRAMES, radius=3)
    ((values, attributes, kind),) = found.layers()
    np.testing.assert_array_equal(values, np.asarray(found.image.data))
    assert (kind, attributes["axis_labels"]) == ("image", ("t", "y", "x"))
    assert attributes["contrast_limits"] == (-1, 1)
    assert [path.name for path in found.save(tmp_path)] == ["map.csv", "map.json", "map.tif"]
    (read,) = read_image(tmp_path / "map.tif")
    np.testing.assert_array_equal(read.data, values)
    assert [path.name for path in found.write(tmp_path / "r.ome.tif")] == [
        "r.ome.tif",
        "r.ome.json",
    ]
    record = json.loads((tmp_path / "r.ome.json").read_text())
    assert record["options"]["radius"] == 3
    assert [frame["t"] for frame in record["frames"]] == [0, 1, 2]
    with pytest.raises(FileExistsError, match=r"r\.ome\.tif"):
        found.write(tmp_path / "r.ome.tif")


def test_three_channels_are_refused():
    with pytest.raises(ValueError, match="a map is of two"):
        MAP.run([*BOTH, BOTH[0]], radius=3)
