"""ImageJ hyperstacks."""

import numpy as np
import pytest

import covoxel
from covoxel.io import image_info


def lut(*color: int) -> np.ndarray:
    return np.linspace(0, color, 256, axis=1).astype("u1")


def test_a_hyperstack_with_everything(write):
    metadata = {
        "axes": "TZCYX",
        "unit": "\\u00B5m",
        "spacing": 0.3,
        "finterval": 2.5,
        "Labels": ["DAPI", "GFP"] * 6,
        "LUTs": [lut(255, 0, 255), lut(0, 255, 0)],
        "Ranges": (10.0, 90.0, 5.0, 60.0),
    }
    resolution = {"resolution": (10, 8), "resolutionunit": "NONE"}
    path, data = write("a.tif", (2, 3, 2, 8, 9), imagej=True, metadata=metadata, **resolution)
    channels = covoxel.read_image(path)
    assert [c.name for c in channels] == ["DAPI", "GFP"]
    assert [c.color for c in channels] == ["#ff00ff", "#00ff00"]
    assert channels[0].spacing == pytest.approx((0.3, 0.125, 0.1))
    assert (channels[0].axes, channels[0].time_step) == ("TZYX", 2.5)
    np.testing.assert_array_equal(channels[1].read(1), data[1, :, 1])
    (info,) = image_info(path).series
    assert (info.axes, info.stored_axes) == ("TCZYX", "TZCYX")
    assert info.notes == ()


@pytest.mark.parametrize(
    ("unit", "size"),
    [
        ("um", 1), ("\\u00B5m", 1), ("micron", 1), ("microns", 1), ("nm", 1e-3),
        ("mm", 1e3), ("cm", 1e4), ("pixel", None), ("", None), ("parsec", None),
    ],
)  # fmt: skip
def test_units(write, unit, size):
    metadata = {"axes": "ZYX", "unit": unit, "spacing": 4}
    resolution = {"resolution": (2, 2), "resolutionunit": "NONE"}
    path, _ = write("a.tif", (3, 8, 9), imagej=True, metadata=metadata, **resolution)
    (channel,) = covoxel.read_image(path)
    expected = None if size is None else pytest.approx((4 * size, size / 2, size / 2))
    assert channel.spacing == expected


@pytest.mark.parametrize("micro", ["µ".encode("latin-1"), "µ".encode(), "μ".encode()])
def test_a_bare_greek_letter(write, micro):
    resolution = {"resolution": (10, 10), "resolutionunit": "NONE"}
    path, _ = write("a.tif", (8, 9), imagej=True, metadata={"unit": "micron"}, **resolution)
    path.write_bytes(
        path.read_bytes().replace(b"unit=micron\n", (b"unit=" + micro + b"m\n").ljust(12, b"\n"))
    )
    assert covoxel.read_image(path)[0].spacing == pytest.approx((0.1, 0.1))


def test_a_missing_distance_of_planes_is_one_unit_and_noted(write):
    metadata = {"axes": "ZYX", "unit": "um"}
    resolution = {"resolution": (10, 10), "resolutionunit": "NONE"}
    path, _ = write("a.tif", (3, 8, 9), imagej=True, metadata=metadata, **resolution)
    (channel,) = covoxel.read_image(path)
    assert channel.spacing == pytest.approx((1, 0.1, 0.1))
    assert channel.notes == ("the file gives no distance of planes, which ImageJ means as 1 um",)


def test_inches_of_a_screen_are_ignored(write):
    path, _ = write("a.tif", (8, 9), imagej=True, metadata={"unit": "inch"}, resolution=(72, 72))
    assert covoxel.read_image(path)[0].spacing is None


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        (["c:1/2 z:1/2 - DAPI", "c:2/2 z:1/2 - GFP", "c:1/2 z:2/2 - DAPI", "c:2/2 z:2/2 - GFP"],
         ["DAPI", "GFP"]),
        (["a.lif", "a.lif", "a.lif", "a.lif"], ["channel 1", "channel 2"]),
        (["p1", "p2", "p3", "p4"], ["channel 1", "channel 2"]),
    ],
)  # fmt: skip
def test_labels_name_channels_only_if_they_tell_them_apart(write, labels, names):
    metadata = {"axes": "ZCYX", "Labels": labels}
    path, _ = write("a.tif", (2, 2, 8, 9), imagej=True, metadata=metadata)
    assert [c.name for c in covoxel.read_image(path)] == names


@pytest.mark.parametrize(
    ("info", "names"),
    [
        ("channel name #1 = CH1\nchannel name #2 = CH3\n", ["CH1", "CH3"]),
        ("Image|Channel|Name #1 = A\nImage|Channel|Name #2 = B", ["A", "B"]),
        ("channel name #1 = A\nchannel name #2 = B\nchannel name #3 = C",
         ["channel 1", "channel 2"]),
    ],
)  # fmt: skip
def test_info_names_channels_if_it_names_as_many(write, info, names):
    metadata = {"axes": "CYX", "Info": info}
    path, _ = write("a.tif", (2, 8, 9), imagej=True, metadata=metadata)
    assert [c.name for c in covoxel.read_image(path)] == names


@pytest.mark.parametrize(
    ("name", "axes", "shape", "spacing", "colors", "names"),
    [
        ("xyc_16bit__nuclei_golgi.tif", "YX", (220, 204), (1e6 / 1938918,) * 2,
         ["#00ffff", "#ffffff"], ["channel 1", "channel 2"]),
        ("xyc_16bit__cell_dna_mts_actin.tif", "YX", (350, 350), (1e6 / 7547649,) * 2,
         ["#00ffff", "#ff00ff", "#ffff00"], ["channel 1", "channel 2", "channel 3"]),
        ("xyzc_8bit_spheres.tif", "ZYX", (25, 50, 50), (2, 1, 1),
         ["#ff0000", "#00ff00"], ["channel 1", "channel 2"]),
        ("IXMtest_A02_s9.tif", "YX", (395, 695), None, ["#ff0000", "#00ff00", "#0000ff"],
         [f"IXMtest_A02_s9_c{i}.tif" for i in (1, 2, 3)]),
    ],
)  # fmt: skip
def test_real_files(reference, name, axes, shape, spacing, colors, names):
    channels = covoxel.read_image(reference / "files" / name)
    assert {(c.axes, c.shape) for c in channels} == {(axes, shape)}
    assert channels[0].spacing == (None if spacing is None else pytest.approx(spacing))
    assert [c.color for c in channels] == colors
    assert [c.name for c in channels] == names


def test_a_real_stack_with_a_palette(reference):
    (channel,) = covoxel.read_image(reference / "images" / "colocsample1b-red.tif")
    assert (channel.axes, channel.shape, channel.color) == ("ZYX", (33, 152, 172), "#ff0000")
    assert channel.spacing == pytest.approx((0.64609375, 1e6 / 3046781, 1e6 / 3046781))


def test_pages_beyond_what_an_imagej_file_declares_are_noted(write):
    path, data = write("a.tif", (4, 8, 9), imagej=True, metadata={"axes": "ZYX"})
    declared = path.read_bytes().replace(b"images=4", b"images=3").replace(b"slices=4", b"slices=3")
    path.write_bytes(declared)
    (channel,) = covoxel.read_image(path)
    np.testing.assert_array_equal(channel.read(), data[:3])
    assert channel.notes == ("left out: 1 of its 4 pages, which are not part of the image",)


@pytest.mark.parametrize(
    ("per_cm", "unit", "size"),
    [(1e5, "um", 0.1), (10, "um", 0.1), (1e5, "mm", 0.1), (100, "um", 0.01), (1e4, "nm", 1)],
)
def test_a_tag_in_centimetres_wins_where_it_can_be_true(write, per_cm, unit, size):
    resolution = {"resolution": (per_cm, per_cm), "resolutionunit": "CENTIMETER"}
    path, _ = write("a.tif", (8, 9), imagej=True, metadata={"unit": unit}, **resolution)
    assert covoxel.read_image(path)[0].spacing == pytest.approx((size, size))


@pytest.mark.parametrize(("unit", "per_unit"), [("cm", 1e5), ("mm", 1e4)])
def test_a_plane_has_no_distance_to_be_noted(write, unit, per_unit):
    metadata = {"axes": "CYX", "unit": unit}
    path, _ = write("a.tif", (2, 8, 9), imagej=True, metadata=metadata, resolution=[per_unit] * 2)
    channel, _ = covoxel.read_image(path)
    assert (channel.spacing, channel.notes) == (pytest.approx((0.1, 0.1)), ())


def test_planes_from_top_to_bottom(write):
    metadata = {"axes": "ZYX", "unit": "um", "spacing": -0.3}
    path, _ = write("a.tif", (3, 8, 9), imagej=True, metadata=metadata, resolution=(10, 10))
    assert covoxel.read_image(path)[0].spacing == pytest.approx((0.3, 0.1, 0.1))
