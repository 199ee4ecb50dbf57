"""Broken files: one line that names the file, never another error, never invented pixels."""

import logging
import os
import random
import resource
import struct
from pathlib import Path

import numpy as np
import pytest
import tifffile

import covoxel
from covoxel.io import ImageError, image_info
from covoxel.io.ifd import list_pages

KINDS = {
    "imagej": ((3, 2, 16, 12), {"imagej": True, "metadata": {"axes": "ZCYX", "unit": "um"}}),
    "imagej coded": ((3, 16, 12), {"imagej": True, "compression": "zlib"}),
    "ome": ((2, 3, 16, 12), {"ome": True, "metadata": {"axes": "CZYX"}}),
    "ome coded": ((2, 16, 12), {"ome": True, "compression": "lzw", "metadata": {"axes": "CYX"}}),
    "plain": ((4, 16, 12), {"metadata": None}),
    "shaped": ((4, 16, 12), {"metadata": {"axes": "TYX"}}),
    "bigtiff": ((4, 16, 12), {"bigtiff": True, "metadata": None}),
    "tiled": ((2, 40, 36), {"tile": (16, 16), "compression": "zlib", "predictor": True}),
    "jpeg": ((32, 32, 3), {"photometric": "rgb", "compression": "jpeg"}),
}


@pytest.fixture(params=KINDS)
def whole(request, write) -> Path:
    shape, options = KINDS[request.param]
    return write("whole.tif", shape, "u1" if request.param == "jpeg" else "u2", **options)[0]


def read_all(path: Path) -> list[np.ndarray]:
    """Open, describe and read everything."""
    series = range(len(image_info(path).series))
    channels = [c for number in series for c in covoxel.read_image(path, series=number)]
    return [channel.read(t) for channel in channels for t in range(channel.n_frames)]


def outcome(path: Path) -> list[np.ndarray] | str:
    """Return the pixels, or the message where the file is refused."""
    try:
        return read_all(path)
    except ImageError as error:
        return str(error)


def refused(path: Path) -> str:
    message = outcome(path)
    assert isinstance(message, str)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    return message


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b"II", "is not a TIFF"),
        (b"\x89PNG\r\n\x1a\n" + bytes(99), "is corrupt: it does not begin with a size"),
        (b"ZISRAWFILE" + bytes(99), "cannot be read as CZI"),
        (b"II*\0", "is truncated"),
        (b"II*\0\0\0\0\0", "has no pages"),
        (b"II*\0\xff\xff\xff\xff", "is truncated: page 1 should start at byte 4294967295"),
        (b"II*\0\x08\0\0\0\xff\xff", "declares 65535 tags"),
        (b"II*\0\x08\0\0\0\0\0\0\0\0\0", "pixels of a type that is not supported"),
        (b"II*\0\x08\0\0\0\0\0\x08\0\0\0", "returns to byte 8"),
    ],
)
def test_what_is_no_image(tmp_path, content, reason):
    path = tmp_path / "bad.tif"
    path.write_bytes(content)
    assert reason in refused(path)


def test_what_is_no_file(tmp_path):
    assert "does not exist" in refused(tmp_path / "none.tif")
    assert "is a folder" in refused(tmp_path)
    os.mkfifo(tmp_path / "pipe.tif")
    assert "is not an ordinary file" in refused(tmp_path / "pipe.tif")


@pytest.mark.slow
def test_what_is_left_of_a_cut_file_is_refused_or_whole(whole, tmp_path):
    content = whole.read_bytes()
    pixels, described = read_all(whole), image_info(whole).series
    path = tmp_path / whole.name
    for size in [*range(0, len(content), 41), *range(len(content) - 40, len(content))]:
        path.write_bytes(content[:size])
        left = outcome(path)
        if isinstance(left, str):
            assert left.startswith(f"{path}: ")
        else:
            # only padding that tifffile writes at the end is cut
            assert size > len(content) - 70
            np.testing.assert_array_equal(left, pixels)
            assert image_info(path).series == described


def set_tag(path: Path, name: str, value: int) -> None:
    """Overwrite a tag in all pages."""
    with tifffile.TiffFile(path, mode="r+") as tiff:
        for page in tiff.pages:
            page.aspage().tags[name].overwrite(value)


@pytest.mark.slow
@pytest.mark.parametrize("size", [13, 1000, 60_000])
@pytest.mark.parametrize("tag", ["ImageWidth", "ImageLength"])
def test_headers_that_promise_more_than_there_is(whole, tag, size):
    if tag == "ImageLength" and size == 13:
        size = 2000
    set_tag(whole, tag, size)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    refused(whole)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000


@pytest.mark.slow
@pytest.mark.parametrize(
    "compression", [None, "zlib", "lzw", "zstd", "lzma", "packbits", "jpeg2000"]
)
def test_a_huge_image_in_a_small_file(write, compression):
    path, _ = write("huge.tif", (16, 12), "u1", compression=compression, metadata=None)
    for tag in ("ImageWidth", "ImageLength", "RowsPerStrip"):
        with tifffile.TiffFile(path, mode="r+") as tiff:
            tiff.pages.first.tags[tag].overwrite(2**31 - 1, dtype="I")
    assert "declares" in refused(path)


def test_a_jpeg_that_gives_itself_another_size(write):
    options = {"photometric": "rgb", "compression": "jpeg", "metadata": None}
    path, _ = write("a.tif", (32, 32, 3), "u1", **options)
    content = bytearray(path.read_bytes())
    at = content.index(b"\xff\xc0") + 5
    content[at : at + 4] = struct.pack(">HH", 65000, 65000)
    path.write_bytes(content)
    assert "declares more than its share" in refused(path)


def test_an_imagej_stack_that_lost_planes(write):
    path, data = write("a.tif", (4, 16, 12), imagej=True, metadata={"axes": "ZYX"})
    content = path.read_bytes()
    for count in (b"5", b"9"):
        path.write_bytes(
            content.replace(b"images=4", b"images=" + count).replace(
                b"slices=4", b"slices=" + count
            )
        )
        (channel,) = covoxel.read_image(path)
        np.testing.assert_array_equal(channel.read(), data)
        assert f"opened are Z 0 to 3 of {count.decode()}" in channel.notes[0]


def test_pages_without_their_pixels(write):
    path, _ = write("a.tif", (32, 12), compression="zlib", rowsperstrip=8, metadata=None)
    with tifffile.TiffFile(path, mode="r+") as tiff:
        tiff.pages.first.tags["StripByteCounts"].overwrite((0, 9, 9, 9))
    assert "a strip or tile is empty" in refused(path)


def test_complex_pixels_are_not_intensities(write):
    path, _ = write("a.tif", (16, 12), "c8", metadata=None)
    assert "type that is not supported" in refused(path)


def test_pages_in_a_circle_of_more_than_a_hundred(write):
    path, _ = write("a.tif", (150, 4, 4), metadata=None)
    with tifffile.TiffFile(path) as tiff:
        last = tiff.pages[149].offset
        n_tags = len(tiff.pages[149].tags)
        first = tiff.pages.first.offset
    assert len(list_pages(path)) == 150
    content = bytearray(path.read_bytes())
    content[last + 2 + 12 * n_tags :][:4] = b""
    at = last + 2 + 12 * n_tags
    content[at : at + 4] = struct.pack("<I", first)
    path.write_bytes(content)
    assert f"returns to byte {first}" in refused(path)


def test_nothing_is_printed_nor_logged(whole, capfd, caplog):
    with caplog.at_level(logging.DEBUG):
        whole.write_bytes(whole.read_bytes()[:-300])
        refused(whole)
    assert caplog.records == []
    assert capfd.readouterr() == ("", "")


def mutant(content: bytes, rng: random.Random) -> bytes:
    """Change a few bytes, mostly of the header, or cut."""
    changed = bytearray(content)
    if rng.random() < 0.15:
        return bytes(changed[: rng.randrange(len(changed))])
    for _ in range(rng.choice([1, 1, 2, 4, 8])):
        at = rng.randrange(min(600, len(changed)) if rng.random() < 0.6 else len(changed))
        kind = rng.random()
        if kind < 0.5:
            changed[at] = rng.randrange(256)
        elif kind < 0.7:
            changed[at : at + 4] = rng.choice([b"\xff" * 4, bytes(4), b"\xff\xff\xff\x7f", b"9999"])
        elif kind < 0.9:
            changed[at] ^= 1 << rng.randrange(8)
        else:
            del changed[at : at + rng.randrange(1, 20)]
    return bytes(changed)


@pytest.mark.slow
@pytest.mark.timeout(90)
def test_mutants_are_read_or_refused(whole, tmp_path):
    content = whole.read_bytes()
    rng = random.Random(20)
    path = tmp_path / "mutant.tif"
    n_read = 0
    for _ in range(30):
        path.write_bytes(mutant(content, rng))
        found = outcome(path)
        n_read += isinstance(found, list)
        if isinstance(found, str):
            assert found.startswith(f"{path}: ")
            assert "\n" not in found
    assert 0 < n_read < 30


@pytest.mark.parametrize("mini", [False, True], ids=["sectors", "small sectors"])
def test_an_oib_whose_chain_has_no_end_is_refused(tmp_path, mini):
    """oiffile would follow it for ever: header, table of sectors, and a table of small ones."""
    words = np.zeros(3 * 128, "<u4")
    words[:2] = 0xE011CFD0, 0xE11AB1A1
    words[7], words[11], words[15:17], words[17:19] = 9 << 16 | 0xFFFE, 1, (1, 1), (0xFFFFFFFE, 0)
    words[19:128] = 0xFFFFFFFF
    words[19] = 0
    words[128:] = 0xFFFFFFFF
    words[128:130] = 0xFFFFFFFD, 0xFFFFFFFE
    words[256 if mini else 129] = 0 if mini else 1
    path = tmp_path / "endless.oib"
    path.write_bytes(words.tobytes())
    assert "comes back to itself" in refused(path)
