"""Figures and images of one image of an experiment, written by the worker that analyses it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from covoxel.batch.recipe import Step
from covoxel.image.channel import Channel

FIGURES, IMAGES = "figures", "images"
#: What a name of a file must not have on some system; the sign of such characters too.
_UNSAFE = re.compile(r'[<>:"|?*\\%\x00-\x1f]|(?<![^/])\.\.(?![^/])')
_PICTURE = ".png"


@dataclass(frozen=True, kw_only=True)
class ImageOutputs:
    """What is written of one image besides its rows."""

    #: The folder of the results.
    folder: Path
    #: Name of the image.
    image: str
    #: Whether to write figures, and what else analyses write into a folder, such as maps.
    figures: bool = False
    images: bool = False

    @property
    def kinds(self) -> tuple[str, ...]:
        """What is asked for."""
        return (FIGURES,) * self.figures + (IMAGES,) * self.images

    def write(
        self, step: Step, result: Any, channels: Sequence[Channel], options: Any
    ) -> Iterator[str]:
        """Write the files of a result; yield the path of each in the folder."""
        from covoxel.report import save_figure

        declared = step.declared
        for name, write in declared.folder_files(channels, options).items():
            picture = name.endswith(_PICTURE)
            if self.figures if picture else self.images:
                path = self._path(FIGURES if picture else IMAGES, step.table(name))
                write(result, self.folder / path, overwrite=True)
                yield path
        if self.figures and declared.has_figure and len(result.table):
            path = self._path(FIGURES, f"{step.name}_figure{_PICTURE}")
            save_figure(result.figure(), self.folder / path, overwrite=True)
            yield path

    def _path(self, kind: str, name: str) -> str:
        """Return the path of a file, whose folder is made."""
        path = f"{kind}/{safe_name(self.image)}/{name}"
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        return path


def safe_name(name: str) -> str:
    """Return the name of an image as a path that every system takes.

    Examples
    --------
    >>> safe_name("control/a.czi:2")
    'control/a.czi%3a2'
    """
    return _UNSAFE.sub(lambda found: "".join(f"%{ord(one):02x}" for one in found[0]), name)
