"""compare_channels: one row a pair of channels, time point and plane, by one schema."""

from operator import attrgetter

import numpy as np
import pytest

from covoxel import Channel, compare_channels, read_image
from covoxel.analysis.compare.options import FITS
from covoxel.analysis.compare.schema import COMPARE_COLUMNS
from covoxel.similarity import compare_images, fit
from covoxel.similarity.measures import MEASURES


@pytest.fixture
def series() -> list[Channel]:
    rng = np.random.default_rng(0)
    return [
        Channel(
            rng.integers(100, 1000 * (i + 1), (2, 3, 20, 18)).astype(np.uint16),
            "TZYX",
            spacing=(0.5, 0.1, 0.1),
            time_step=2.0,
            name=f"stain {i}",
        )
        for i in (1, 2, 3)
    ]


def test_rows(series):
    table = compare_channels(series, measures="mse,psnr").table
    assert table[["channel1", "channel2", "t"]].to_numpy().tolist() == [
        [f"stain {a}", f"stain {b}", t] for a, b in ((1, 2), (1, 3), (2, 3)) for t in (0, 1)
    ]
    assert list(table) == [
        name for name in map(attrgetter("name"), COMPARE_COLUMNS) if name in table
    ]
    assert not {"rmse", "ssim", "shift_y"} & set(table)
    one = compare_images(series[0].read(1), series[1].read(1), measures="mse,psnr", bits=12)
    row = table.iloc[1]
    assert (row["mse"], row["psnr"]) == (one["mse"], one["psnr"])


def test_a_data_range_is_of_all_rows(series):
    dim = series[0].data // 8
    dim[1, 0, 0, 0] = 3000
    found = compare_channels(Channel(dim, "TZYX"), Channel(dim[:, ::-1], "TZYX"), measures="psnr")
    assert found.table["data_range"].tolist() == [4095, 4095]
    assert found.table["data_range_source"].tolist() == ["12 bits"] * 2


def test_two_lists_are_compared_one_by_one(series):
    other = [channel.with_data(channel.data + 1) for channel in series]
    table = compare_channels(series, other, measures="mae", t=0).table
    assert table["mae"].tolist() == [1, 1, 1]
    assert table["channel2"].tolist() == ["stain 1 (2)", "stain 2 (2)", "stain 3 (2)"]
    with pytest.raises(ValueError, match="image1 has 3 channels but image2 has 1"):
        compare_channels(series, other[0])


@pytest.mark.slow
@pytest.mark.parametrize("how", FITS)
def test_sizes_that_differ(series, how):
    small = series[0].with_data(series[0].data[:, :, 2:-2, 1:-1])
    mask = np.zeros((20, 18))
    mask[5:9, 6:11] = 1
    with pytest.raises(ValueError, match="fit them with crop, resize or register"):
        compare_channels(series[0], small)
    found = compare_channels(series[0], small, fit=how, measures="mae,pearson")
    assert found.table["fit"].tolist() == [how] * 2
    assert ("shift_y" in found.table) == (how == "register")
    if how == "register":
        shifts = found.table[["shift_z", "shift_y", "shift_x"]].to_numpy().tolist()
        assert shifts == [[0, 2, 1]] * 2
    if how != "resize":
        assert found.table["mae"].tolist() == [0, 0]
    inside = compare_channels(series[0], small, mask=mask, fit=how, measures="mae").table
    assert inside["pixels"].tolist() == [4 * 5 * 3] * 2


def test_the_names_of_fits_are_those_of_the_room():
    assert tuple(FITS) == fit.FITS


@pytest.mark.slow
def test_maps(series):
    found = compare_channels(series, measures="ssim", keep_maps=True)
    maps = found.maps("ssim_map")
    assert [m.axes for m in maps] == ["TZYX"] * 3
    assert maps[0].spacing == (0.5, 0.1, 0.1)
    assert (maps[1].data[1] == found.found[3].ssim_map.astype(np.float32)).all()
    difference = found.maps("difference")[2]
    expected = series[1].data.astype(float) - series[2].data
    assert (difference.data == expected).all()
    shown = [(layer["name"], layer["scale"]) for _, layer, _ in found.layers()]
    assert len(shown) == 6
    assert shown[4] == ("difference of stain 1 and stain 3", (2.0, 0.5, 0.1, 0.1))
    plane = compare_channels(*series[:2], per_plane=True, t=0, keep_maps=True).maps("difference")[0]
    assert plane.axes == "ZYX"
    assert (plane.data == series[0].data[0].astype(float) - series[1].data[0]).all()
    with pytest.raises(ValueError, match="there is no ssim_map: it was not kept"):
        compare_channels(*series[:2]).maps("ssim_map")
    assert compare_channels(*series[:2], t=0).layers() == []
    tiny = [Channel(np.ones((4, 5)), "YX")] * 2
    with pytest.raises(ValueError, match="no ssim_map: the image is smaller than the window"):
        compare_channels(*tiny, keep_maps=True).maps("ssim_map")


def test_reasons_are_in_the_notes(series):
    flat = Channel(np.full((3, 20, 18), 7, np.uint16), "ZYX")
    table = compare_channels(flat, flat, measures="all").table
    notes = dict(note.split(": ", 1) for note in table["notes"].iat[0].split("; "))
    empty = {name for name in MEASURES if not np.isfinite(table[name].iat[0])}
    assert empty <= set(notes)
    assert notes["pearson"] == "both images are constant"


def test_a_frame_that_cannot_be_registered_stops_no_other(series):
    dark = series[0].with_data(series[0].data.copy())
    dark.data[0] = 5
    table = compare_channels(series[0], dark, fit="register", measures="mae,ssim").table
    assert table["mae"].isna().tolist() == [True, False]
    assert table["mae"].iat[1] == 0
    assert "mae: image2 is constant inside its mask, there is nothing" in table["notes"].iat[0]


def test_twelve_bits_in_sixteen(reference):
    channels = read_image(reference / "files" / "IXMtest_A02_s9.tif")
    table = compare_channels(channels[:2]).table
    assert channels[0].dtype == np.uint16
    assert (table["data_range"].iat[0], table["data_range_source"].iat[0]) == (4095, "12 bits")
    noise = 4095**2 / table["mse"].iat[0]
    assert table["psnr"].iat[0] == pytest.approx(10 * np.log10(noise))
