"""Zeiss LSM and MetaMorph STK, written here as their makers write them."""

import struct

import numpy as np
import pytest
import tifffile

import covoxel
from covoxel.io import image_info


def lsm_info(sizes: dict[str, int], colors_at: int) -> bytes:
    """Return the CZ_LSMINFO structure of a stack over time (scan type 6)."""
    head = (0x00400494C, 256, *(sizes[axis] for axis in "XYZCT"), 2, 128, 128)
    steps = (0.1e-6, 0.1e-6, 0.5e-6, 0.0, 0.0, 0.0)
    offsets = (0, 0, 0, colors_at)
    info = struct.pack("<I9i6d2HI4Id", *head, *steps, 6, 0, 0, *offsets, 1.5)
    return info.ljust(256, b"\0")


def lsm_colors() -> bytes:
    names = b"".join(struct.pack("<I", 4) + name + b"\0" for name in (b"Ch1", b"Ch2", b"Ch3"))
    head = struct.pack("<6I", 36 + len(names), 3, 3, 24, 36, 0)
    return head + bytes([255, 0, 0, 0, 0, 255, 0, 0, 0, 0, 255, 0]) + names


@pytest.mark.parametrize("compression", [None, "lzw"])
def test_lsm(tmp_path, compression):
    path = tmp_path / "a.lsm"
    data = np.random.default_rng(0).integers(0, 99, (2, 4, 3, 8, 9)).astype("u2")
    small = np.zeros((3, 4, 5), "u1")
    info = lsm_info({"X": 9, "Y": 8, "Z": 4, "C": 3, "T": 2}, 0xC0FFEE)
    options = {"metadata": None, "planarconfig": "separate", "photometric": "rgb"}
    with tifffile.TiffWriter(path, byteorder="<") as tiff:
        for i, page in enumerate(data.reshape(8, 3, 8, 9)):
            tags = [(34412, 1, 256, info, True)] if i == 0 else []
            tiff.write(page.copy(), extratags=tags, compression=compression, **options)
            tiff.write(small, subfiletype=1, **options)
    content = path.read_bytes()
    colors_at = struct.pack("<I", len(content))
    path.write_bytes(content.replace(struct.pack("<I", 0xC0FFEE), colors_at) + lsm_colors())
    channels = covoxel.read_image(path)
    assert [(c.name, c.color, c.axes) for c in channels] == [
        ("Ch1", "#ff0000", "TZYX"),
        ("Ch2", "#00ff00", "TZYX"),
        ("Ch3", "#0000ff", "TZYX"),
    ]
    assert channels[0].spacing == pytest.approx((0.5, 0.1, 0.1))
    assert channels[0].time_step == 1.5
    for i, channel in enumerate(channels):
        np.testing.assert_array_equal(np.asarray(channel.data), data[:, :, i])
    assert image_info(path).format == "Zeiss LSM"
    assert len(image_info(path).series) == 1


@pytest.mark.parametrize("unit", [b"um", b"nm"])
def test_stk(tmp_path, unit):
    path = tmp_path / "a.stk"
    data = np.random.default_rng(0).integers(0, 99, (4, 8, 9)).astype("u2")
    planes = [v for i in range(4) for v in (1, 2, 2451545, i * 100, 2451545, i * 100)]
    facts = (4, 0xC0FFEE, 5, 0xC0FFEE, 6, 0xBEEFED)
    tags = [(33628, 4, 6, facts, True), (33629, 5, 12, tuple(planes), True)]
    tifffile.imwrite(path, data[0], byteorder="<", metadata=None, extratags=tags)
    content = path.read_bytes()
    at = content.index(data[0].tobytes())
    content = content[:at] + data.tobytes() + struct.pack("<II", 13, 100)
    content = content.replace(struct.pack("<I", 0xC0FFEE), struct.pack("<I", len(content) - 8))
    content = content.replace(struct.pack("<I", 0xBEEFED), struct.pack("<I", len(content)))
    # MetaMorph counts what is described, not the numbers that describe it
    for tag, numbers, described in ((33628, 6, 3), (33629, 12, 4)):
        kind = 4 if tag == 33628 else 5
        entry = struct.pack("<HHI", tag, kind, numbers)
        assert entry in content
        content = content.replace(entry, struct.pack("<HHI", tag, kind, described))
    path.write_bytes(content + struct.pack("<I", 3) + unit + b"\0")
    (channel,) = covoxel.read_image(path)
    assert channel.axes == "ZYX"
    size = {b"um": 1, b"nm": 1e-3}[unit]
    assert channel.spacing == pytest.approx((0.5 * size, 0.13 * size, 0.13 * size))
    np.testing.assert_array_equal(channel.read(), data)
    assert image_info(path).format == "MetaMorph STK"
