"""PNG: pixels of all kinds, labels, and damaged files."""

import io
import struct

import imagecodecs
import numpy as np
import pytest
from PIL import Image

from covoxel import measure, read_image
from covoxel.io.errors import ImageError
from covoxel.io.load import load

GREY = np.arange(35, dtype=np.uint8).reshape(5, 7)
COLORS = np.stack([GREY, GREY + 40, GREY + 80], axis=-1)


def by_pillow(path, picture):
    with io.BytesIO() as buffer:
        picture.save(buffer, "png")
        path.write_bytes(buffer.getvalue())


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("alpha", [False, True])
@pytest.mark.parametrize("colored", [False, True])
def test_greys_and_colours_without_alpha(tmp_path, dtype, alpha, colored):
    path = tmp_path / "a.png"
    pixels = (COLORS if colored else GREY[..., None]).astype(dtype) * dtype(3)
    written = np.concatenate([pixels, pixels[..., :1]], axis=-1) if alpha else pixels
    path.write_bytes(imagecodecs.png_encode(np.squeeze(written)))
    channels = read_image(path)
    np.testing.assert_array_equal(np.stack([one.read() for one in channels], -1), pixels)
    assert {one.dtype for one in channels} == {np.dtype(dtype)}
    if colored:
        assert [one.name for one in channels] == ["red", "green", "blue"]
    assert {one.spacing for one in channels} == {None}


def test_masks_of_one_bit_and_palettes(tmp_path):
    path = tmp_path / "a.png"
    by_pillow(path, Image.fromarray(GREY > 20))
    (mask,) = read_image(path)
    np.testing.assert_array_equal(mask.read() > 0, GREY > 20)
    picture = Image.fromarray(GREY, "L").convert("P")
    picture.putpalette([level for i in range(256) for level in (0, i, 0)])
    by_pillow(path, picture)
    green = read_image(path)[1]
    np.testing.assert_array_equal(green.read(), GREY)


@pytest.mark.parametrize("mode", ["L", "P", "RGB"])
def test_a_transparent_colour_is_left_out(tmp_path, mode):
    path = tmp_path / "a.png"
    picture = Image.fromarray(COLORS if mode == "RGB" else GREY).convert(mode)
    picture.info["transparency"] = (3, 43, 83) if mode == "RGB" else 3
    by_pillow(path, picture)
    np.testing.assert_array_equal(read_image(path)[0].read(), GREY)


def test_labels_of_cellpose(tmp_path):
    labels = np.zeros((40, 40), np.uint16)
    labels[:20], labels[20:] = 1, 300
    path = tmp_path / "a_cp_masks.png"
    path.write_bytes(imagecodecs.png_encode(labels))
    image = np.random.default_rng(0).random((40, 40))
    table = measure(image, image, labels=read_image(path)[0], measures="pearson").table
    assert table["label"].tolist() == [1, 300]
    assert table["pixels"].tolist() == [800, 800]


@pytest.mark.parametrize("kept", [10, 20, 60])
def test_files_that_are_cut_short_are_refused(tmp_path, kept):
    path = tmp_path / "a.png"
    path.write_bytes(imagecodecs.png_encode(GREY)[:kept])
    with pytest.raises(ImageError, match=r"a\.png: (cannot|its pixels cannot) be read"):
        read_image(path)[0].read()


def test_more_pixels_than_a_file_can_hold_are_not_allocated(tmp_path):
    path = tmp_path / "a.png"
    data = bytearray(imagecodecs.png_encode(GREY))
    data[16:24] = struct.pack(">II", 100_000, 100_000)
    path.write_bytes(bytes(data))
    with pytest.raises(ImageError, match="is corrupt: it declares more pixels"):
        load(path)


@pytest.mark.parametrize(
    ("start", "name"),
    [
        (b"\xff\xd8\xff\xe0", "JPEG, which changes"),
        (b"\x89HDF\r\n", "HDF5"),
        (b"PK\x03\x04", "a ZIP"),
    ],
)
def test_other_files_are_named(tmp_path, start, name):
    path = tmp_path / "a.tif"
    path.write_bytes(start + bytes(40))
    with pytest.raises(ImageError, match=rf"a\.tif: is {name}.*; TIFF.* are read"):
        load(path)
