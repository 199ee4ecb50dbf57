"""Metadata of OME-TIFF: units, names, times and colours."""

import pytest
import tifffile

import covoxel


@pytest.mark.parametrize(
    ("unit", "size"),
    [("µm", 1), ("μm", 1), ("nm", 1e-3), ("mm", 1e3), ("cm", 1e4), ("m", 1e6), ("Å", 1e-4),
     ("pm", 1e-6), ("in", 25400), ("pixel", None), ("reference frame", None)],
)  # fmt: skip
def test_units(write, unit, size):
    metadata = {"axes": "YX"}
    for axis in "XY":
        metadata |= {f"PhysicalSize{axis}": 2.0, f"PhysicalSize{axis}Unit": unit}
    path, _ = write("a.ome.tif", (8, 9), metadata=metadata)
    expected = None if size is None else pytest.approx((2 * size, 2 * size))
    assert covoxel.read_image(path)[0].spacing == expected


@pytest.mark.parametrize("given", ["GFP&#13;&#10;x", "GFP &#9;x", "GFP\u202e x\u2069"])
def test_names_are_on_one_line(write, given):
    path, _ = write(
        "a.ome.tif", (2, 8, 9), metadata={"axes": "CYX", "Channel": {"Name": ["A", "B"]}}
    )
    text = tifffile.tiffcomment(path).replace('Name="A"', f'Name="{given}"')
    tifffile.tiffcomment(path, text.encode())
    assert covoxel.read_image(path)[0].name == "GFP x"


@pytest.mark.parametrize(
    ("times", "unit", "step", "note"),
    [
        ([0, 500, 1000], "ms", 0.5, ""),
        ([0, 1, 3], "min", 90, "its time points are 60 to 120 s apart, 90 s on average"),
        ([0, 0, 0], "s", None, ""),
        ([3, 2, 1], "s", None, ""),
    ],
)
@pytest.mark.parametrize("channel", [0, 2])
def test_times_of_planes(write, times, unit, step, note, channel):
    path, _ = write("a.ome.tif", (3, 3, 8, 9), metadata={"axes": "TCYX"})
    planes = "".join(
        f'<Plane TheC="{channel}" TheZ="0" TheT="{t}" DeltaT="{at}" DeltaTUnit="{unit}"/>'
        for t, at in enumerate(times)
    )
    text = tifffile.tiffcomment(path).replace("</Pixels>", f"{planes}</Pixels>")
    tifffile.tiffcomment(path, text.encode())
    first, *_ = covoxel.read_image(path)
    assert (first.time_step, " ".join(first.notes)) == (step, note)


@pytest.mark.parametrize(
    ("colors", "expected"),
    [
        ([-1, -1], [None, None]),
        ([0, 255], [None, None]),
        ([-2147483648, 65535], [None, "#0000ff"]),
        ([-2147483393, 65535], ["#800000", "#0000ff"]),
    ],
)
def test_colors_that_say_nothing(write, colors, expected):
    channel = {"Name": ["A", "B"], "Color": colors}
    path, _ = write("a.ome.tif", (2, 8, 9), metadata={"axes": "CYX", "Channel": channel})
    assert [c.color for c in covoxel.read_image(path)] == expected


@pytest.mark.parametrize("word", ["red", "", "#00ff00"])
def test_colors_that_are_no_numbers(write, word):
    channel = {"Name": ["A", "B"], "Color": [7, 65535]}
    path, _ = write("a.ome.tif", (2, 8, 9), metadata={"axes": "CYX", "Channel": channel})
    text = tifffile.tiffcomment(path).replace('Color="7"', f'Color="{word}"')
    tifffile.tiffcomment(path, text.encode())
    assert [c.color for c in covoxel.read_image(path)] == [None, "#0000ff"]


@pytest.mark.parametrize(("metadata", "size"), [({}, 0.125), ({"PhysicalSizeX": 1}, None)])
def test_tags_give_the_pixel_that_the_xml_lacks(write, metadata, size):
    options = {"resolution": [80_000] * 2, "resolutionunit": "CENTIMETER"}
    path, _ = write("a.ome.tif", (8, 9), metadata={"axes": "YX"} | metadata, **options)
    spacing = covoxel.read_image(path)[0].spacing
    assert spacing == (None if size is None else pytest.approx((size, size)))
