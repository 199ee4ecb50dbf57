"""Files of microscopes with known answers, in each format that is read."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from covoxel import read_image
from covoxel.io import image_info
from covoxel.io.load import format_of


class Known(NamedTuple):
    """One image of a file."""

    file: str
    form: str
    axes: str
    shape: tuple[int, ...]
    names: tuple[str, ...]
    colors: tuple[str | None, ...]
    spacing: tuple[float, ...] | None
    time_step: float | None = None
    series: int = 0
    name: str = ""


KNOWN = [
    Known("CellDivision_T3_Z5_CH2_X240_Y170.czi", "CZI", "TZYX", (3, 5, 170, 240),
          ("LED555", "LED470"), ("#ff7e00", "#00ff33"), (0.32, 0.0905767, 0.0905767), 60),
    Known("LLS7_small.czi", "CZI", "TZYX", (2, 3, 64, 64),
          ("LatticeLightsheet 1-T1", "LatticeLightsheet 2-T2"), ("#ff00ff", "#00ffff"),
          (0.144992,) * 3, 90.038),
    Known("newCZI_compressed.czi", "CZI", "YX", (512, 512), ("newCZI_compressed",), (None,), None),
    Known("nuc_small_new_red.czi", "CZI", "YX", (240, 320), ("nuclei",), ("#ff0000",), (0.1, 0.1)),
    Known("cluster.nd2", "ND2", "TZYX", (3, 10, 31, 38), ("5-FAM/pH 9.0", "FM 4-64/2% CHAPS"),
          ("#78e90f", "#fe0100"), (0.5, 0.167809, 0.167809), 10.64755),
    Known("example-zstack.nd2", "ND2", "ZYX", (11, 128, 128), ("FITC BP",), ("#07ff00",),
          (6, 0.32339, 0.32339)),
    Known("example-multichannel.nd2", "ND2", "YX", (256, 256),
          ("Mono", "DAPI", "FITC BP", "TRITC BP"), ("#ffffff", "#0033ff", "#07ff00", "#ffbf00"),
          (0.32339, 0.32339)),
    Known("testdata_2channel_xz.lif", "LIF", "TYX", (20, 128, 128), ("FITC", "TRITC"),
          ("#00ff00", "#ff0000"), (0.140279, 0.14028), 0.53, 0, "xzt"),
    Known("testdata_2channel_xz.lif", "LIF", "ZYX", (128, 23, 128), ("FITC", "TRITC"),
          ("#00ff00", "#ff0000"), (0.140279, 0.229062, 0.14028), None, 1, "xzy"),
    Known("testdata_2channel_xz.lif", "LIF", "YX", (512, 512), ("FITC", "TRITC"),
          ("#00ff00", "#ff0000"), (0.102697, 0.102697), None, 2, "xz"),
    Known("test.oib", "OIB", "YX", (256, 256), ("CH1", "Alexa Fluor 546", "TD1"),
          ("#00ff00", "#ff0000", "#ffffff"), (0.177, 0.177)),
    Known("image-03.zarr", "OME-Zarr", "ZYX", (2, 100, 100), ("image-03",), (None,), (1, 1, 1)),
    Known("blobs_image_v04.ome.zarr", "OME-Zarr", "YX", (12, 12),
          ("channel 1", "channel 2", "channel 3"), (None,) * 3, None,
          name="/images/blobs_image"),
]  # fmt: skip
FIRST = [known for known in KNOWN if known.series == 0]


def ids(known: Known) -> str:
    return f"{known.file}-{known.series}"


@pytest.fixture
def files(reference) -> Path:
    return reference / "files"


@pytest.mark.slow
@pytest.mark.parametrize("known", KNOWN, ids=ids)
def test_what_is_known_of_them(files, known):
    info = image_info(files / known.file)
    told = info.series[known.series]
    assert (info.format, told.channels, told.colors) == (known.form, known.names, known.colors)
    assert told.name == known.name
    channels = read_image(files / known.file, series=known.name or known.series)
    for channel, name in zip(channels, known.names, strict=True):
        assert (channel.name, channel.axes, channel.shape) == (name, known.axes, known.shape)
        steps = None if known.spacing is None else pytest.approx(known.spacing, rel=1e-5)
        assert channel.spacing == steps
        assert channel.time_step == (known.time_step and pytest.approx(known.time_step, rel=1e-5))


def of_czi(path: Path, series: int, axes: str) -> np.ndarray:
    from pylibCZIrw.czi import open_czi

    with open_czi(str(path)) as file:
        shape = [file.total_bounding_box[axis][1] for axis in "CTZ"]
        planes = [
            file.read(plane=dict(zip("CTZ", at, strict=True)))[..., 0] for at in np.ndindex(*shape)
        ]
        return np.reshape(planes, (*shape, *planes[0].shape))


def of_nd2(path: Path, series: int, axes: str) -> np.ndarray:
    import nd2

    with nd2.ND2File(path) as file:
        return np.einsum(f"{''.join(file.sizes)}->{axes}", file.asarray())


def of_lif(path: Path, series: int, axes: str) -> np.ndarray:
    from liffile import LifFile

    with LifFile(path) as file:
        stored = "".join(file.images[series].dims)
        if "Y" not in stored:
            stored = stored.replace("Z", "Y")
        return np.einsum(f"{stored}->{axes}", file.images[series].asarray())


def of_oib(path: Path, series: int, axes: str) -> np.ndarray:
    from oiffile import imread

    return imread(path)


def of_zarr(path: Path, series: int, axes: str) -> np.ndarray:
    import zarr

    return zarr.open_array(path / "0", mode="r")[:]


LIBRARIES = {"CZI": of_czi, "ND2": of_nd2, "LIF": of_lif, "OIB": of_oib, "OME-Zarr": of_zarr}


@pytest.mark.slow
@pytest.mark.parametrize("known", KNOWN, ids=ids)
def test_pixels_are_those_of_the_library(files, known):
    axes = ("C" if len(known.names) > 1 else "") + known.axes
    pixels = LIBRARIES[known.form](files / known.file, known.series, axes)
    pixels = pixels.reshape(len(known.names), *known.shape)
    rng = np.random.default_rng(1)
    for channel, expected in zip(
        read_image(files / known.file, series=known.series), pixels, strict=True
    ):
        np.testing.assert_array_equal(np.asarray(channel.data), expected)
        parts = tuple(
            slice(int(rng.integers(n)), None, int(rng.choice([-2, 1, 3]))) for n in channel.shape
        )
        np.testing.assert_array_equal(channel.data[parts], expected[parts])


@pytest.mark.parametrize("known", FIRST, ids=ids)
def test_content_counts_and_not_the_name(files, tmp_path, known):
    renamed = tmp_path / "renamed.tif"
    renamed.symlink_to(files / known.file)
    assert format_of(renamed) is format_of(files / known.file)
    assert read_image(renamed)[0].shape == known.shape
