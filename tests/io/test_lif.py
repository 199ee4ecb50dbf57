"""LIF: units, tiles, pictures in colours. No program but Leica's writes the format."""

import struct

import numpy as np
import pytest

from covoxel import read_image
from covoxel.io import image_info

IDS = {"X": 1, "Y": 2, "Z": 3, "T": 4, "M": 10}


def image(name, axes, shape, number, *, length=1.0, tags=(0, 0), inside="", extra=""):
    """Return the XML of an image of 8 bits, and its pixels."""
    data = np.random.default_rng(number).integers(0, 255, shape).astype(np.uint8)
    strides = dict(zip(axes, data.strides, strict=True))
    step = strides.get("C", strides.get("S"))
    channels = "".join(
        f'<ChannelDescription DataType="0" ChannelTag="{tag}" Resolution="8" Min="0" Max="255" '
        f'NameOfMeasuredQuantity="" Unit="" LUTName="{("Green", "Odd", "Blue")[i]}" '
        f'IsLUTInverted="0" BytesInc="{i * step}" BitInc="0">{inside}</ChannelDescription>'
        for i, tag in enumerate(tags)
    )
    dimensions = "".join(
        f'<DimensionDescription DimID="{IDS[axis]}" NumberOfElements="{n}" Origin="0" '
        f'Length="{(n - 1) * length * 1e-6}" Unit="m" BitInc="0" BytesInc="{strides[axis]}"/>'
        for axis, n in zip(reversed(axes), reversed(shape), strict=True)
        if axis in IDS
    )
    xml = (
        f'<Element Name="{name}"><Data><Image><ImageDescription><Channels>{channels}</Channels>'
        f"<Dimensions>{dimensions}</Dimensions></ImageDescription>{extra}</Image></Data>"
        f'<Memory Size="{data.nbytes}" MemoryBlockID="Block_{number}"/><Children/></Element>'
    )
    return xml, data


@pytest.fixture
def lif(tmp_path):
    """Write images to a LIF."""

    def write(*images):
        def text(words):
            return struct.pack("<BI", 0x2A, len(words)) + words.encode("utf-16-le")

        xml = "".join(one for one, _ in images)
        head = text(
            f'<LMSDataContainerHeader Version="2"><Element Name="all"><Children>{xml}'
            "</Children></Element></LMSDataContainerHeader>"
        )
        out = struct.pack("<II", 0x70, len(head)) + head
        for number, (_, data) in enumerate(images):
            name = text(f"Block_{number}")
            block = struct.pack("<BQ", 0x2A, data.nbytes) + name
            out += struct.pack("<II", 0x70, len(block)) + block + data.tobytes()
        path = tmp_path / "image.lif"
        path.write_bytes(out)
        return path

    return write


def test_metres_are_micrometers_and_dyes_are_names(lif):
    dye = "<ChannelProperty><Key>DyeName</Key><Value>GFP</Value></ChannelProperty>"
    path = lif(image("a", "ZCYX", (3, 2, 4, 5), 0, length=0.25, inside=dye))
    for c, channel in enumerate(read_image(path)):
        assert (channel.axes, channel.spacing) == ("ZYX", (0.25, 0.25, 0.25))
        assert (channel.name, channel.color) == ("GFP", ("#00ff00", None)[c])


def test_tiles_are_series(lif):
    where = '<Attachment Name="TileScanInfo"><Tile FieldX="0" FieldY="0" PosX="{}" PosY="2e-6"/>'
    where += '<Tile FieldX="1" FieldY="0" PosX="1e-3" PosY="2e-6"/></Attachment>'
    mosaic = image("scan", "MCYX", (2, 2, 4, 5), 0, extra=where.format(0))
    other = image("other", "CYX", (2, 3, 3), 1)
    path = lif(mosaic, other)
    info = image_info(path)
    assert [one.name for one in info.series] == ["scan, tile 1", "scan, tile 2", "other"]
    assert dict(info.series[1].position) == {"Y": 2, "X": 1000}
    _, second = read_image(path, series="scan, tile 2")
    np.testing.assert_array_equal(second.read(), mosaic[1][1, 1])
    np.testing.assert_array_equal(read_image(path, series=2)[0].read(), other[1][0])


def test_lines_over_time_are_rows(lif):
    line, _ = image("line", "TCX", (6, 2, 5), 0)
    (info,) = image_info(lif((line, _))).series
    assert (info.axes, info.shape, info.spacing) == ("CYX", (2, 6, 5), None)
    assert "its rows, called Y here, are T" in info.notes[0]


def test_pictures_in_colours(lif):
    xml, data = image("photo", "YXS", (4, 5, 3), 0, tags=(3, 2, 1))
    channels = read_image(lif((xml, data)))
    assert [channel.name for channel in channels] == ["red", "green", "blue"]
    for i, channel in enumerate(channels):  # stored as blue, green, red
        np.testing.assert_array_equal(channel.read(), data[..., 2 - i])
