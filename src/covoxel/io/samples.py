"""The sample images that come with Covoxel, each with its truth beside it."""

from __future__ import annotations

import json
import math
from importlib.resources import files
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import numpy as np

from covoxel._checks import one_of
from covoxel._types import AnyArray
from covoxel.channel import Channel
from covoxel.simulate import SAMPLES, simulate_pair

#: The greedy dictionary of LZW leaves no choice to the library, so that the bytes last.
_TIFF: dict[str, Any] = {"compression": "lzw", "predictor": True, "photometric": "minisblack"}


def sample_path(name: str) -> Path:
    """Path of a sample file.

    Parameters
    ----------
    name : str
        File name, ``"two_channel_cells.ome.tif"`` say.

    Raises
    ------
    ValueError
        If there is no such sample.

    Examples
    --------
    >>> sample_path("two_channel_cells.ome.tif").name
    'two_channel_cells.ome.tif'
    """
    folder = _folder()
    one_of("name", name, sorted(path.name for path in folder.glob("[!.]*")))
    return folder / name


def read_truth(name: str) -> dict[str, Any]:
    """Read the truth about a sample image, see `covoxel.simulate.SimulatedPair`.

    Parameters
    ----------
    name : str
        File name of the image.

    Examples
    --------
    >>> read_truth("shifted_channels.ome.tif")["offset_px"]
    [4.0, -3.0]
    """
    one_of("name", name, SAMPLES)
    truth = json.loads(sample_path(f"{_stem(name)}.truth.json").read_text(encoding="utf-8"))
    return dict(truth)


def write_samples(folder: str | Path) -> list[Path]:
    """Simulate all samples and write images, cell labels and truths.

    Parameters
    ----------
    folder : str or Path
        Where to; files of the same names are overwritten.

    Returns
    -------
    list of Path
        The files. Their bytes are the same each time.
    """
    folder = Path(folder)
    written = []
    for name, options in SAMPLES.items():
        pair = simulate_pair(options)
        channels = [pair.channel_1, pair.channel_2]
        written.append(folder / name)
        (_write_ome if name.endswith(".ome.tif") else _write_imagej)(written[-1], channels)
        if pair.labels is not None:
            labels = Channel(
                pair.labels.astype(np.uint8),
                pair.channel_1.spatial_axes,
                spacing=pair.channel_1.spacing,
                name="Cells",
            )
            written.append(folder / f"{_stem(name)}_labels.tif")
            _write_imagej(written[-1], [labels])
        written.append(folder / f"{_stem(name)}.truth.json")
        text = json.dumps(pair.truth, indent=1, ensure_ascii=False) + "\n"
        written[-1].write_bytes(text.encode())
    return written


def _folder() -> Path:
    """Inside an installed package, else at the root of a checkout."""
    installed = Path(str(files("covoxel"))) / "sample_data"
    return installed if installed.is_dir() else Path(__file__).parents[3] / "sample_data"


def _stem(name: str) -> str:
    return name.removesuffix(".tif").removesuffix(".ome")


def _write_ome(path: Path, channels: list[Channel]) -> None:
    first = channels[0]
    sizes = {f"PhysicalSize{axis}": step for axis, step in _steps(first).items()}
    units = {f"{key}Unit": "µm" for key in sizes}
    times = {} if first.time_step is None else {"TimeIncrement": first.time_step}
    colors = [int((channel.color or "#ffffff")[1:] + "ff", 16) for channel in channels]
    metadata = {
        "Creator": "covoxel",
        "UUID": str(uuid5(NAMESPACE_URL, f"covoxel/{path.name}")),
        "Name": _stem(path.name),
        "Channel": {
            "Name": [channel.name for channel in channels],
            "Color": [color - (color >> 31 << 32) for color in colors],
        },
        **sizes,
        **units,
        **times,
    }
    _write(path, channels, metadata, ome=True)


def _write_imagej(path: Path, channels: list[Channel]) -> None:
    first = channels[0]
    steps = _steps(first)
    metadata: dict[str, Any] = {"unit": "um", "mode": "grayscale"}
    if "Z" in steps:
        metadata["spacing"] = steps["Z"]
    if first.time_step is not None:
        metadata["finterval"] = first.time_step
    if len(channels) > 1:
        planes = math.prod(first.shape[:-2])
        metadata["mode"] = "composite"
        metadata["Labels"] = [channel.name for channel in channels] * planes
        metadata["LUTs"] = [_lookup_table(channel.color) for channel in channels]
    resolution = (1 / steps["X"], 1 / steps["Y"])
    _write(path, channels, metadata, imagej=True, resolution=resolution, resolutionunit="NONE")


def _write(path: Path, channels: list[Channel], metadata: dict[str, Any], **options: Any) -> None:
    import tifffile

    first = channels[0]
    data = np.stack([channel.data for channel in channels], axis=-3)
    tifffile.imwrite(
        path,
        data,
        byteorder=">",
        metadata={"axes": f"{first.axes[:-2]}CYX", **metadata},
        software="covoxel",
        datetime=None,
        **_TIFF,
        **options,
    )


def _steps(channel: Channel) -> dict[str, float]:
    return dict(zip(channel.spatial_axes, channel.spacing or (), strict=True))


def _lookup_table(color: str | None) -> AnyArray:
    full = bytes.fromhex((color or "#ffffff")[1:])
    return np.linspace(0, list(full), 256, axis=1).astype(np.uint8)
