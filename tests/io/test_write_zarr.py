"""OME-Zarr that is written: read again, whole or not at all, the same bytes each time."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import zarr

from covoxel import read_image
from covoxel.image import Channel
from covoxel.io import ImageError, image_info, write_channels

PIXELS = np.random.default_rng(4).integers(0, 200, (2, 2, 3, 9, 8)).astype(np.uint16)
ON_GRID = {"spacing": (0.5, 0.1, 0.1), "time_step": 3.0}
PAIR = [
    Channel(PIXELS[:, 0], "TZYX", name="Cargo", color="#ff00ff", **ON_GRID),
    Channel(PIXELS[:, 1], "TZYX", name="Endosomes µ", color="#00ff00", **ON_GRID),
]
LABELS = Channel(PIXELS[0, 0] % 5, "ZYX", spacing=(0.5, 0.1, 0.1), name="Cells")


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(f.relative_to(folder)): f.read_bytes() for f in folder.rglob("*") if f.is_file()}


def test_channels_are_read_again(tmp_path):
    path = write_channels(tmp_path / "pair.ome.zarr", PAIR)
    assert image_info(path).series[0].stored_axes == "TCZYX"
    for written, found in zip(PAIR, read_image(path), strict=True):
        for known in ("axes", "name", "color", "spacing", "time_step", "dtype"):
            assert getattr(found, known) == getattr(written, known)
        np.testing.assert_array_equal(np.asarray(found.data), written.data)
    again = write_channels(tmp_path / "pair2.ome.zarr", PAIR)
    same = {name: data.replace(b"pair2", b"pair") for name, data in files_of(again).items()}
    assert same == files_of(path)


@pytest.mark.parametrize("dtype", [np.bool_, np.float16, np.float32, np.uint32, np.int8])
def test_types_and_unknown_sizes(tmp_path, dtype):
    data = np.eye(5, dtype=dtype)
    (found,) = read_image(write_channels(tmp_path / "a.zarr", [Channel(data, "YX", name="a")]))
    np.testing.assert_array_equal(found.read(), data)
    assert found.spacing is None


def test_what_is_nowhere_known_is_written(tmp_path):
    nothing = Channel(np.full((4, 4), np.nan, np.float32), "YX", name="map")
    (found,) = read_image(write_channels(tmp_path / "a.zarr", [nothing]))
    assert np.isnan(found.read()).all()


@pytest.mark.slow
@pytest.mark.parametrize("version", [2, 3])
def test_labels_beside_their_image(tmp_path, version):
    path = write_channels(tmp_path / "image.ome.zarr", PAIR)
    if version == 2:
        group = zarr.create_group(path, zarr_format=2, overwrite=True)
        group.create_array("0", shape=(3, 9, 8), dtype="u2")
        axes = [{"name": axis, "type": "space"} for axis in "zyx"]
        group.attrs["multiscales"] = [{"axes": axes, "datasets": [{"path": "0"}]}]
    before = files_of(path)
    for name in ("Cells", "Nuclei"):
        write_channels(path / "labels" / name, [LABELS])
    assert {key: data for key, data in files_of(path).items() if "labels" not in key} == before
    (found,) = read_image(path / "labels" / "Cells")
    np.testing.assert_array_equal(found.read(), LABELS.data)
    assert found.spacing == LABELS.spacing
    assert "label images: labels/Cells, labels/Nuclei" in image_info(path).series[0].notes
    attributes = path / "labels" / "Cells" / (".zattrs" if version == 2 else "zarr.json")
    inside = json.loads(attributes.read_bytes())
    inside = inside if version == 2 else inside["attributes"]["ome"]
    assert inside["image-label"] == {"source": {"image": "../../"}}
    with pytest.raises(FileExistsError, match="holds Cells already"):
        write_channels(path / "labels" / "Cells", [LABELS])
    with pytest.raises(ImageError, match="one channel of integers"):
        write_channels(path / "labels" / "both", PAIR)


def test_nothing_is_replaced_unasked_and_no_folder_that_is_no_store(tmp_path):
    path = write_channels(tmp_path / "a.ome.zarr", PAIR)
    with pytest.raises(FileExistsError, match=r"a\.ome\.zarr already"):
        write_channels(path, [LABELS])
    write_channels(path, [LABELS], overwrite=True)
    np.testing.assert_array_equal(read_image(path)[0].read(), LABELS.data)
    (tmp_path / "b.zarr").mkdir()
    with pytest.raises(FileExistsError, match="is a folder"):
        write_channels(tmp_path / "b.zarr", [LABELS], overwrite=True)
    with pytest.raises(ValueError, match="is an input"):
        write_channels(path, read_image(path), overwrite=True)


class Broken(np.ndarray):
    def __getitem__(self, key):
        raise OSError(28, "No space left on device")


@pytest.mark.slow
@pytest.mark.parametrize("place", ["a.ome.zarr", "image.zarr/labels/Cells"])
def test_a_failure_leaves_nothing(tmp_path, place):
    write_channels(tmp_path / "image.zarr", PAIR)
    before = sorted(tmp_path.rglob("*"))
    broken = Channel(np.ones((4, 4), np.uint8).view(Broken), "YX", name="a")
    with pytest.raises(OSError, match="No space left"):
        write_channels(tmp_path / place, [broken])
    assert sorted(tmp_path.rglob("*")) == before


def test_a_missing_library_gives_the_line_that_installs_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "zarr", None)
    with pytest.raises(ImageError, match=r"pip install 'covoxel\[zarr\]'"):
        write_channels(tmp_path / "a.zarr", PAIR)
