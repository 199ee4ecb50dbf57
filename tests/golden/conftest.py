"""The files that the cases read, beside the sample data."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

from covoxel import Channel, read_image, simulate_pair
from covoxel.io.samples import sample_path
from covoxel.io.write import write_channels


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--record-golden", action="store_true", help="rewrite the recorded outputs of the cases"
    )


@pytest.fixture(scope="session")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of all files that the cases read."""
    folder = tmp_path_factory.mktemp("inputs")
    for path in sample_path("time_series.tif").parent.glob("*.tif"):
        shutil.copy(path, folder)

    def write(name: str, *planes: np.ndarray, axes: str = "YX") -> None:
        """Write pixels as the channels of a file; those of an OME-TIFF have a size and names."""
        ome = name.endswith(".ome.tif")
        spacing = (0.25, 0.1, 0.1)[-len(axes) :] if ome else None
        channels = [
            Channel(plane, axes, spacing=spacing, name=f"stain {i}")
            for i, plane in enumerate(planes, start=1)
        ]
        write_channels(folder / name, channels)

    def pixels(name: str) -> list[np.ndarray]:
        return [np.asarray(channel.data) for channel in read_image(sample_path(name))]

    control, shifted = pixels("negative_control.ome.tif"), pixels("shifted_channels.ome.tif")
    stack = pixels("two_channel_cells.ome.tif")
    associated = pixels("associated_at_distance.ome.tif")
    write("associated_planes.ome.tif", *(each[6:8] for each in associated), axes="ZYX")
    y, x = np.indices((256, 256))
    write("mask.tif", ((y - 120) ** 2 + (x - 130) ** 2 < 90**2).astype(np.uint8))
    write("small_stack.ome.tif", *(each[4:8, 30:126, 40:136] for each in stack), axes="ZYX")
    (cells,) = pixels("two_channel_cells_labels.tif")
    write("small_labels.tif", cells[4:8, 30:126, 40:136], axes="ZYX")
    write("shifted_small.ome.tif", *(each[80:144, 90:150] for each in shifted))
    write("small.ome.tif", *(each[60:188, 40:180] for each in control))
    write("three.ome.tif", *(each[:120, :120] for each in (*shifted, control[0])))
    write("unrelated.ome.tif", shifted[0][:128, :128], control[0][128:, 128:])
    write("first.tif", control[0][:150, :140])
    write("second.tif", control[1][:150, :140])
    write("larger.tif", control[0][:170, 3:160])
    angle = np.deg2rad(1.5)
    turn = 1.01 * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    middle = np.array([127.5, 127.5])
    turned = ndimage.affine_transform(
        shifted[0].astype(float), turn, middle - turn @ middle + (2, -3), mode="reflect"
    )
    write("turned.ome.tif", shifted[0], np.rint(turned).astype(np.uint16))
    bleeding = simulate_pair(shape=(128, 128), n_spots1=60, n_shared=0, bleed_1to2=0.2, rng=5)
    alone = simulate_pair(shape=(128, 128), n_spots1=60, photons2=0, bleed_1to2=0.2, rng=6)
    for name, pair in (("bleeding.ome.tif", bleeding), ("control.tif", alone)):
        write(name, *(np.asarray(each.data) for each in (pair.channel1, pair.channel2)))
    regions = np.zeros((60, 60), np.uint8)
    regions[5:25, 5:55], regions[30:55, 5:25], regions[30:55, 30:55] = 1, 2, 5
    flat = [each[:60, :60].copy() for each in control]
    flat[1][30:55, 5:25] = 120
    write("constant.ome.tif", *flat)
    write("constant_labels.tif", regions)
    floats = [each[:80, :90] / 7 for each in control]
    floats[0][10:12, 10:20] = np.nan
    write("floats.ome.tif", *(each.astype(np.float32) for each in floats))
    pasted = control[0].copy()
    pasted[150:190, 160:210] = pasted[30:70, 40:90]
    write("pasted.tif", pasted)
    write("patch.tif", pasted[30:70, 40:90])
    (folder / "files").mkdir()
    brighter = (shifted[0] * 1.1).astype(np.uint16)
    for name, plane in (("a", shifted[0]), ("b", brighter), ("c", control[1])):
        write(f"files/{name}.tif", plane)
    return folder


@pytest.fixture
def workplace(inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a fresh folder that holds the inputs, and work in it with a terminal of 200 columns."""
    shutil.copytree(inputs, tmp_path, copy_function=os.link, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path
