"""Near-duplicates of a folder: TIFFs and pictures, by ImageHash."""

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from covoxel import Channel, read_image
from covoxel.analysis.search.duplicates import folder_duplicates
from covoxel.io.write import write_channels
from covoxel.similarity import image_hash


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(0)
    smooth = ndimage.gaussian_filter(rng.normal(size=(3, 90, 120)), (0, 6, 6))
    light = [np.interp(s, (s.min(), s.max()), (0, 4000)).astype(np.uint16) for s in smooth]
    write_channels(tmp_path / "a.tif", [Channel(light[0], "YX")])
    write_channels(
        tmp_path / "b.ome.tif", [Channel(s, "YX", name=str(i)) for i, s in enumerate(light[1:])]
    )
    Image.fromarray((light[0] // 16).astype(np.uint8)).save(tmp_path / "figure.png")
    Image.fromarray((light[2][::2, ::2] // 16).astype(np.uint8)).save(tmp_path / "figure.jpg")
    (tmp_path / "broken.png").write_bytes(b"no picture")
    (tmp_path / "broken.tif").write_bytes(b"no image")
    (tmp_path / "notes.txt").write_text("not looked at")
    return tmp_path


def test_found(folder):
    found = folder_duplicates(folder)
    pairs = set(map(tuple, found.table[["image1", "image2"]].to_numpy()))
    assert pairs == {("a.tif", "figure.png"), ("b.ome.tif[2]", "figure.jpg")}
    assert found.images == 5
    assert [reason.split(": ")[0].split("/")[-1] for reason in found.unreadable] == [
        "broken.png",
        "broken.tif",
    ]
    (scan,) = read_image(folder / "a.tif")
    picture = np.asarray(Image.open(folder / "figure.png").convert("RGB"))
    distance = found.table.set_index(["image1", "image2"])["distance"]
    assert distance["a.tif", "figure.png"] == image_hash(scan.read()) - image_hash(picture)


def test_none(tmp_path):
    found = folder_duplicates(tmp_path)
    assert list(found.table) == ["image1", "image2", "distance"]
    assert len(found.table) == found.images == 0
    with pytest.raises(NotADirectoryError, match="is not a directory"):
        folder_duplicates(tmp_path / "nowhere")


def test_constant_images_are_left_out(folder):
    planes = [np.full((20, 20), level, np.uint16) for level in (0, 4095)]
    write_channels(
        folder / "blank.tif", [Channel(p, "YX", name=str(i)) for i, p in enumerate(planes)]
    )
    found = folder_duplicates(folder)
    assert len(found.table) == 2
    assert found.images == 5
    said = [reason for reason in found.unreadable if "blank" in reason]
    assert said == [f"blank.tif[{i}]: is constant; its hash is undefined" for i in (1, 2)]
