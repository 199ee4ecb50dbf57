"""Near-duplicates among the image files of a folder.

It is no declared `Analysis`: what is given is a folder, not channels, so that there are no time
points, planes or regions to loop over, no layers to choose in a widget, and files that cannot be
read are left out instead of refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from covoxel.analysis.memory_needs import refuse_memory
from covoxel.core.types import AnyArray, Progress
from covoxel.io.errors import ImageError, refusing
from covoxel.io.formats import SUFFIXES
from covoxel.io.read import read_image
from covoxel.similarity.hashes import has_hash, image_hash, near_duplicates

if TYPE_CHECKING:
    import pandas as pd
    from imagehash import ImageHash

_BYTES_PER_PIXEL = 20
_PICTURES = (".png", ".jpg", ".jpeg", ".bmp", ".gif")


@dataclass(frozen=True, slots=True, eq=False)
class Duplicates:
    """Files that hold nearly the same."""

    #: A row a pair, the nearest first: ``image1``, ``image2`` and ``distance``, the bits in which
    #: their hashes differ. An image is a file, or a channel of it: ``name.tif[2]``.
    table: pd.DataFrame
    #: Images that were hashed.
    images: int
    #: Why files, or constant images in them, were left out.
    unreadable: tuple[str, ...]


def folder_duplicates(folder: str | Path, *, progress: Progress | None = None) -> Duplicates:
    """Find near-duplicates among the images and pictures of a folder, by perceptual hashes.

    Of a series the first time point counts.

    `folder`: its own files are read, those of folders in it are not.
    `progress`: called with (files done, files in all); it may raise `Cancelled`.

    Returns
    -------
    Duplicates

    Raises
    ------
    NotADirectoryError
        If there is no such folder.
    """
    import pandas as pd

    folder = Path(folder)
    if not folder.is_dir():
        msg = f"{folder} is not a directory"
        raise NotADirectoryError(msg)
    files = [f for f in sorted(folder.iterdir()) if f.suffix.lower() in (*SUFFIXES, *_PICTURES)]
    hashes: dict[str, ImageHash] = {}
    left_out = []
    for done, file in enumerate(files):
        if progress is not None:
            progress(done, len(files))
        try:
            for name, image in _images(file):
                refuse_memory("duplicates", image.shape, _BYTES_PER_PIXEL)
                if has_hash(image):
                    hashes[name] = image_hash(image)
                else:
                    left_out.append(f"{name}: is constant; its hash is undefined")
        except ImageError as error:
            left_out.append(str(error))
    if progress is not None:
        progress(len(files), len(files))
    found = near_duplicates(hashes)
    rows = [(one.first, one.second, one.distance) for one in found]
    table = pd.DataFrame(rows, columns=["image1", "image2", "distance"])
    return Duplicates(table, len(hashes), tuple(left_out))


def _images(file: Path) -> Iterator[tuple[str, AnyArray]]:
    if file.suffix.lower() in _PICTURES:
        yield file.name, _picture(file)
        return
    channels = read_image(file)
    for number, channel in enumerate(channels, start=1):
        name = file.name if len(channels) == 1 else f"{file.name}[{number}]"
        with refusing(file, "cannot be read"):
            pixels = channel.read()
        yield name, pixels


def _picture(file: Path) -> AnyArray:
    from PIL import Image

    with refusing(file, "cannot be read as a picture"), Image.open(file) as picture:
        return np.asarray(picture.convert("RGB"))
