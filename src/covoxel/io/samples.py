"""The sample images that come with Covoxel, each with its truth beside it."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

from covoxel.core.checks import one_of
from covoxel.io.formats import stem
from covoxel.io.write import write_pair
from covoxel.simulate import SAMPLES, simulate_pair


def sample_path(name: str) -> Path:
    """Path of a sample file.

    `name`: file name, ``"two_channel_cells.ome.tif"`` say.

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

    `name`: file name of the image.

    Examples
    --------
    >>> read_truth("shifted_channels.ome.tif")["offset_px"]
    [4.0, -3.0]
    """
    one_of("name", name, SAMPLES)
    truth = json.loads(sample_path(f"{stem(name)}.truth.json").read_text(encoding="utf-8"))
    return dict(truth)


def write_samples(folder: str | Path) -> list[Path]:
    """Simulate all samples; write images, cell labels and truths to a folder, and return the files.

    Files of the same names are overwritten. Their bytes are the same each time, with one version of
    imagecodecs.
    """
    written: list[Path] = []
    for name, options in SAMPLES.items():
        written += write_pair(simulate_pair(options), Path(folder) / name, overwrite=True)
    return written


def _folder() -> Path:
    """Inside an installed package, else at the root of a checkout."""
    installed = Path(str(files("covoxel"))) / "sample_data"
    return installed if installed.is_dir() else Path(__file__).parents[3] / "sample_data"
