"""Which images of a folder are labels and beads, as their names suggest it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from covoxel.batch.pattern import CHANNEL, JOINED, Pattern
from covoxel.io.formats import stem

_SURE = r"cp_masks|labels?|masks?|seg|segmentation|segmented|label_?image"
_PERHAPS = r"cells?|nuclei|nucleus|objects?|rois?|regions?"
_AFTER = re.compile(
    rf"(?P<base>.+?)(?P<mark>[-_. ](?:(?P<sure>{_SURE})|{_PERHAPS}))$", re.IGNORECASE
)
_FOLDER = re.compile(rf"(?:{_SURE})$", re.IGNORECASE)
_BEADS = re.compile(r"beads?|tetraspeck|psf", re.IGNORECASE)
_CHANNEL = rf"\{{{CHANNEL}(?::d)?\}}"
#: Fields of planes and time points with the text before them.
_PLANES = rf"[-_. ]?[A-Za-z]*\{{(?:{'|'.join(JOINED[1:])})(?::d)?\}}"


def split_name(path: str) -> tuple[str, str]:
    """Return the name of an image without its ending, and the ending."""
    name = path.rpartition("/")[2]
    base = stem(name)
    return base, name[len(base) :]


def is_labels(path: str) -> bool:
    """Whether the name of an image says for certain that it holds labels or a mask.

    Examples
    --------
    >>> [is_labels(name) for name in ("a_labels.tif", "a_cp_masks.png", "mask.tif", "a_cells.tif")]
    [True, True, True, False]
    """
    name = split_name(path)[0]
    mark = _AFTER.match(name)
    return bool(_FOLDER.fullmatch(name) or (mark and mark["sure"]))


def beads_of(paths: Sequence[str]) -> list[str]:
    """Return the images of beads.

    Examples
    --------
    >>> beads_of(["a/x.tif", "a/beads_1.tif", "TetraSpeck/y.tif"])
    ['a/beads_1.tif', 'TetraSpeck/y.tif']
    """
    found = [path for path in paths if _BEADS.search(path)]
    return found if len(found) < len(paths) else []


@dataclass(frozen=True)
class LabelFiles:
    """Label images, and what distinguishes their names from those of images."""

    paths: list[str]

    def template(self, pattern: str | None, images: Sequence[str]) -> str | None:
        """Return the path of labels by the fields of the pattern of images, if most fit."""
        if pattern is None:
            return max(self._beside(images), default=None)
        counts = {one: self._matched(one) for one in sorted({*self._candidates(pattern)})}
        best = max(counts, key=lambda one: (counts[one], -len(one)), default="")
        return best if best and counts[best] * 2 >= len(self.paths) else None

    def _matched(self, template: str) -> int:
        pattern = Pattern(template)
        return sum(pattern.match(path) is not None for path in self.paths)

    def _beside(self, images: Sequence[str]) -> Iterator[str]:
        """Yield the path of labels that lie beside their images."""
        stems = {(path.rpartition("/")[0], split_name(path)[0]) for path in images}
        for path in self.paths:
            name, ending = split_name(path)
            mark = _AFTER.match(name)
            if mark and (path.rpartition("/")[0], mark["base"]) in stems:
                yield f"{{folder}}/{{stem}}{mark['mark']}{ending}"

    def _candidates(self, pattern: str) -> Iterator[str]:
        """Yield paths of labels as people name them after images."""
        folder, _, _ = pattern.rpartition("/")
        name = split_name(pattern)[0]
        names = dict.fromkeys([name, re.sub(_PLANES, "", name)])
        bases = [base for one in names for base in self._bases(one)]
        forms = Counter(_form(path) for path in self.paths)
        for mark, ending, word, depth in forms:
            parts = folder.split("/") if folder else []
            folders = [parts]
            if word:
                folders = [
                    [*parts[:depth], word, *parts[depth:]],
                    [*parts[:depth], word, *parts[depth + 1 :]],
                ]
            for one in folders:
                yield from ("/".join([*one, f"{base}{mark}{ending}"]) for base in bases)

    def _bases(self, base: str) -> Iterator[str]:
        """Yield the name of an image, without its channel or with that of the labels."""
        if not re.search(_CHANNEL, base):
            yield base
            return
        yield re.sub(rf"[-_. ]?[A-Za-z]*{_CHANNEL}", "", base)
        yield re.sub(rf"[A-Za-z]*{_CHANNEL}[-_. ]?", "", base)
        yield re.sub(rf"[-_. ]?[A-Za-z]*{_CHANNEL}.*", "", base)
        own = Pattern(re.sub(_CHANNEL, f"{{{CHANNEL}}}", base))
        for path in self.paths:
            name = split_name(path)[0]
            mark = _AFTER.match(name)
            fields = own.match(mark["base"] if mark else name)
            if fields is not None:
                yield re.sub(_CHANNEL, str(fields[CHANNEL]), base)


def _form(path: str) -> tuple[str, str, str, int]:
    """Return what marks a label image: end of the name, ending, and the folder with its depth."""
    name, ending = split_name(path)
    mark = _AFTER.match(name)
    folders = PurePosixPath(path).parts[:-1]
    depth = next((i for i, one in enumerate(folders) if _FOLDER.match(one)), -1)
    return mark["mark"] if mark else "", ending, folders[depth] if depth >= 0 else "", depth


def labels_of(paths: Sequence[str]) -> LabelFiles:
    """Return the label images.

    Examples
    --------
    >>> labels_of(["a.tif", "a_labels.tif", "my_cells.tif", "masks/b.tif", "b.tif"]).paths
    ['a_labels.tif', 'masks/b.tif']
    """
    marks = {path: _AFTER.match(split_name(path)[0]) for path in paths}
    plain = [path for path, mark in marks.items() if mark is None and not _in_folder(path)]
    bases = {split_name(path)[0] for path in plain}
    begins = {base[: len(base) - i] for base in bases for i in range(len(base))}
    found = [
        path
        for path, mark in marks.items()
        if _in_folder(path) or (mark and (mark["sure"] or mark["base"] in begins))
    ]
    return LabelFiles(found if len(found) < len(paths) else [])


def _in_folder(path: str) -> bool:
    return any(_FOLDER.match(one) for one in path.split("/")[:-1])
