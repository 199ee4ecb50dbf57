"""Channels and simulated pairs as TIFF: what is written is what is read again."""

import json
from typing import Any

import numpy as np
import pytest
import tifffile

from covoxel import Channel, read_image, simulate_pair
from covoxel.io.write import write_channels, write_pair

SIZES = {"T": 3, "Z": 4, "Y": 9, "X": 7}


def channels(axes: str, dtype: str = "u2", spacing: bool = True) -> list[Channel]:
    rng = np.random.default_rng(0)
    shape = tuple(SIZES[axis] for axis in axes)
    steps = (0.5, 0.11, 0.12)[-len(axes.replace("T", "")) :]
    return [
        Channel(
            rng.integers(0, 200, shape).astype(dtype),
            axes,
            spacing=steps if spacing else None,
            time_step=2.5 if "T" in axes else None,
            name=name,
            color=color,
        )
        for name, color in (("actin", "#ff8000"), ("ER µ", "#00ff00"))
    ]


class Planes:
    """Data of which one plane at a time may be read."""

    def __init__(self, data: np.ndarray) -> None:
        self._data = data
        self.shape, self.dtype, self.ndim = data.shape, data.dtype, data.ndim

    def __getitem__(self, key: Any) -> np.ndarray:
        found = self._data[key]
        assert found.size <= SIZES["Y"] * SIZES["X"]
        return found


@pytest.mark.parametrize(
    ("axes", "dtype"), [("YX", "u1"), ("ZYX", "u2"), ("TYX", "f4"), ("TZYX", "u2")]
)
@pytest.mark.parametrize("suffix", [".ome.tif", ".tif"])
@pytest.mark.parametrize("number", [1, 2])
def test_round_trip(tmp_path, axes, dtype, suffix, number):
    written = channels(axes, dtype)[:number]
    path = write_channels(tmp_path / f"image{suffix}", written)
    read = read_image(path)
    assert len(read) == number
    for one, other in zip(read, written, strict=True):
        assert np.array_equal(np.asarray(one.data), other.data)
        assert one.dtype == other.dtype
        assert one.axes == axes
        assert one.spacing == pytest.approx(other.spacing, rel=1e-6)
        assert one.time_step == other.time_step
        if suffix == ".ome.tif" or number == 2:
            assert (one.name, one.color) == (other.name, other.color)


@pytest.mark.parametrize("suffix", [".ome.tif", ".tif"])
def test_an_unknown_voxel_size_stays_unknown(tmp_path, suffix):
    path = write_channels(tmp_path / f"image{suffix}", channels("ZYX", spacing=False))
    assert [channel.spacing for channel in read_image(path)] == [None, None]


@pytest.mark.parametrize("dtype", ["i2", "i4", "u4", "f8"])
def test_ome_holds_other_numbers(tmp_path, dtype):
    written = channels("ZYX", dtype)
    read = read_image(write_channels(tmp_path / "image.ome.tif", written))
    assert [channel.dtype for channel in read] == [np.dtype(dtype)] * 2
    assert np.array_equal(np.asarray(read[1].data), written[1].data)


def test_planes_are_read_one_at_a_time(tmp_path):
    written = channels("TZYX")
    lazy = [channel.with_data(Planes(channel.data)) for channel in written]
    path = write_channels(tmp_path / "image.ome.tif", lazy)
    assert np.array_equal(np.asarray(read_image(path)[0].data), written[0].data)


def test_files_are_lossless_compressed_and_dateless(tmp_path):
    path = write_channels(tmp_path / "image.ome.tif", channels("ZYX"))
    with tifffile.TiffFile(path) as file:
        page = file.pages[0]
        assert page.compression == tifffile.COMPRESSION.LZW
        assert "DateTime" not in page.tags
        assert file.ome_metadata
        assert 'Creator="covoxel"' in file.ome_metadata


@pytest.mark.parametrize("suffix", [".ome.tif", ".tif"])
def test_same_bytes_in_any_folder(tmp_path, suffix):
    contents = []
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        path = write_channels(tmp_path / folder / f"image{suffix}", channels("TZYX"))
        contents.append(path.read_bytes())
    assert contents[0] == contents[1]
    assert str(tmp_path).encode() not in contents[0]


def test_an_existing_file_stays(tmp_path):
    path = tmp_path / "image.tif"
    path.write_text("kept")
    with pytest.raises(FileExistsError, match=r"image\.tif"):
        write_channels(path, channels("YX"))
    assert path.read_text() == "kept"
    assert len(read_image(write_channels(path, channels("YX"), overwrite=True))) == 2


def test_failing_leaves_nothing(tmp_path):
    class Broken(Planes):
        def __getitem__(self, key: Any) -> np.ndarray:
            msg = "gone"
            raise OSError(msg)

    broken = [channel.with_data(Broken(channel.data)) for channel in channels("ZYX")]
    with pytest.raises(OSError, match="gone"):
        write_channels(tmp_path / "image.ome.tif", broken)
    assert not list(tmp_path.iterdir())


@pytest.fixture(scope="module")
def pair():
    return simulate_pair(shape=(4, 48, 40), n_cells=2, cell_radius=0.9, n_spots1=9, n_frames=2)


@pytest.mark.parametrize("suffix", [".ome.tif", ".tif"])
def test_pair_with_labels_and_truth(tmp_path, pair, suffix):
    image, labels, truth = write_pair(pair, tmp_path / "new" / f"pair{suffix}")
    assert [path.name for path in (image, labels, truth)] == [
        f"pair{suffix}",
        "pair_labels.tif",
        "pair.truth.json",
    ]
    for one, other in zip(read_image(image), (pair.channel1, pair.channel2), strict=True):
        assert np.array_equal(np.asarray(one.data), other.data)
        assert one.spacing == pytest.approx(other.spacing)
    (cells,) = read_image(labels)
    assert np.array_equal(np.asarray(cells.data), pair.labels)
    assert cells.dtype == np.uint8
    assert json.loads(truth.read_text(encoding="utf-8")) == json.loads(json.dumps(pair.truth))


def test_pair_without_cells(tmp_path):
    written = write_pair(simulate_pair(shape=(32, 32), n_spots1=4), tmp_path / "pair.tif")
    assert [path.name for path in written] == ["pair.tif", "pair.truth.json"]


@pytest.mark.parametrize("there", ["pair.tif", "pair_labels.tif", "pair.truth.json"])
def test_existing_files_of_a_pair_stay(tmp_path, pair, there):
    (tmp_path / there).write_text("kept")
    with pytest.raises(FileExistsError, match=there):
        write_pair(pair, tmp_path / "pair.tif")
    assert [path.name for path in tmp_path.iterdir()] == [there]


@pytest.mark.parametrize("name", ["pair.png", "pair", "pair.tiff", "pair.tif.gz"])
def test_other_names_are_refused(tmp_path, pair, name):
    with pytest.raises(ValueError, match=r"a name ending in \.tif or \.ome\.tif is needed"):
        write_pair(pair, tmp_path / name)
