"""CZI: scenes, mosaics, planes that are missing, metadata that says nothing."""

import numpy as np
import pytest
from pylibCZIrw import czi

from covoxel import read_image
from covoxel.io import ImageError, image_info

PIXELS = np.random.default_rng(3).integers(1, 999, (2, 3, 2, 20, 30)).astype(np.uint16)


@pytest.fixture
def make(tmp_path):
    """Write planes, given with their places, and what is said of them."""

    def make(planes, **told):
        path = tmp_path / "image.czi"
        with czi.create_czi(str(path)) as writer:
            for plane, at in planes:
                writer.write(plane.reshape(*plane.shape[:2], -1), **at)
            writer.write_metadata("image", **told)
        return path

    return make


def color(red, green, blue):
    shade = czi.Rgb8Color(*map(np.uint8, (red, green, blue)))
    return czi.ChannelDisplaySettingsDataClass(True, czi.TintingMode.Color, shade, 0.0, 1.0)


def test_axes_names_colors_and_sizes(make):
    planes = [
        (PIXELS[t, z, c], {"plane": {"T": t, "Z": z, "C": c}}) for t, z, c in np.ndindex(2, 3, 2)
    ]
    sizes = {"scale_x": 1e-7, "scale_y": 1e-7, "scale_z": 3e-7}
    shown = {0: color(255, 16, 1), 1: color(0, 255, 1)}
    path = make(planes, channel_names={0: "A", 1: "B"}, display_settings=shown, **sizes)
    for c, channel in enumerate(read_image(path)):
        assert (channel.name, channel.axes) == ("AB"[c], "TZYX")
        assert channel.color == ("#ff1001", "#00ff01")[c]
        assert (channel.spacing, channel.time_step) == ((0.3, 0.1, 0.1), None)
        np.testing.assert_array_equal(np.asarray(channel.data), PIXELS[:, :, c])
        part = channel.data[1, ::-1, 3:9:2, 4]
        np.testing.assert_array_equal(part, PIXELS[1, ::-1, c, 3:9:2, 4])


def test_sizes_of_0_and_nameless_channels(make):
    info = image_info(make([(PIXELS[0, 0, c], {"plane": {"C": c}}) for c in (0, 1)])).series[0]
    assert (info.spacing, info.channels) == (None, ("channel 1", "channel 2"))
    assert info.notes == ("no voxel size: distances are in pixels",)


def test_levels_of_a_pyramid(make):
    full = PIXELS[0, 0, 0]
    path = make([(one, {"location": (0, 0)}) for one in (full, full[::2, ::2] + 1)])
    content = bytearray(path.read_bytes())
    for axis, n in ((b"X", 30), (b"Y", 20)):  # the smaller tile covers as much as the other
        place, small = axis + bytes(7), (n // 2).to_bytes(4, "little")
        while (at := content.find(place + small)) >= 0:
            content[at + 8 : at + 12] = n.to_bytes(4, "little")
            content[content.rfind(b"DV", 0, at) + 22] = 1  # of a pyramid
    path.write_bytes(content)
    info = image_info(path).series[0]
    assert (info.shape, info.levels, info.notes[:-1]) == ((20, 30), ((20, 30), (10, 15)), ())
    np.testing.assert_array_equal(np.asarray(read_image(path)[0].data), full)
    small = read_image(path, level=1)[0].data
    np.testing.assert_array_equal(np.asarray(small), full[::2, ::2] + 1)
    np.testing.assert_array_equal(small[3:7:2, 14], full[6:14:4, 28] + 1)


def test_scenes_are_series(make):
    planes = [
        (PIXELS[s, 0, c], {"plane": {"C": c}, "scene": s, "location": (100 * s, -7 * s)})
        for s, c in np.ndindex(2, 2)
    ]
    path = make(planes)
    assert [one.name for one in image_info(path).series] == ["scene 1", "scene 2"]
    for series, s in (("scene 1", 0), ("scene 2", 1), (1, 1)):
        _, second = read_image(path, series=series)
        np.testing.assert_array_equal(second.read(), PIXELS[s, 0, 1])
    with pytest.raises(ValueError, match=r"series is 'A1'; .* has 0 'scene 1', 1 'scene 2'"):
        read_image(path, series="A1")


def test_a_mosaic_is_placed_and_said(make):
    places = ((0, 0), (25, 10))
    planes = [(PIXELS[m, 0, 0], {"location": at, "scene": 0}) for m, at in enumerate(places)]
    (channel,) = read_image(make(planes))
    whole = np.zeros((30, 55), np.uint16)
    for m, (x, y) in enumerate(places):
        whole[y : y + 20, x : x + 30] = PIXELS[m, 0, 0]
    np.testing.assert_array_equal(channel.read(), whole)
    np.testing.assert_array_equal(
        channel.read(0, (slice(5, 20), slice(20, 50))), whole[5:20, 20:50]
    )
    assert channel.notes[0].startswith("a mosaic of 2 tiles")


def test_planes_that_are_missing(make):
    places = [(t, z) for t, z in np.ndindex(2, 3) if (t, z) != (1, 2)]
    planes = [(PIXELS[t, z, 0], {"plane": {"T": t, "Z": z}}) for t, z in places]
    (channel,) = read_image(make(planes))
    np.testing.assert_array_equal(channel.read(), PIXELS[0, :, 0])
    assert "opened are time points 0 of 2" in channel.notes[0]


def test_pictures_in_colour(make):
    blue_first = PIXELS[0, :, 0].transpose(1, 2, 0).astype(np.uint8)
    channels = read_image(make([(blue_first, {})]))
    assert [channel.name for channel in channels] == ["red", "green", "blue"]
    for i, channel in enumerate(channels):
        np.testing.assert_array_equal(channel.read(), blue_first[..., 2 - i])


def test_a_file_that_vanishes_or_is_cut(make):
    path = make([(PIXELS[0, 0, 0], {})])
    (channel,) = read_image(path)
    path.write_bytes(path.read_bytes()[:700])
    with pytest.raises(ImageError, match=r"image\.czi"):
        channel.read()
    path.unlink()
    with pytest.raises(ImageError, match=r"image\.czi"):
        channel.read()
