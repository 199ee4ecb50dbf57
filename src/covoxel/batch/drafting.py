"""A first recipe for a folder, from what lies in it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from covoxel.batch.companions import LabelFiles, beads_of, labels_of
from covoxel.batch.finding import FoundImages, find
from covoxel.batch.guessing import complete, guess_groups, guess_pattern
from covoxel.batch.image_files import ImageFiles, relative_path
from covoxel.batch.joining import natural
from covoxel.batch.pattern import CHANNEL, Pattern, Tree
from covoxel.batch.reading import recipe_from
from covoxel.batch.recipe import OutputSection, Recipe
from covoxel.batch.sheet import read_sample_sheet, sheet_columns
from covoxel.core.text import counted
from covoxel.io.formats import PNG, SUFFIXES

_TABLES = (".csv", ".tsv")
#: Channels that are rarely compared with others.
_COUNTERSTAIN = re.compile(
    r"dapi|hoechst|dna|nucle|bright|bf$|dic$|phase|transmitted|405", re.IGNORECASE
)
#: What files of a single plane or time point are by, where they are images by themselves.
_AXES = {"z": "plane", "t": "time"}
#: Fields that say no more than the name of a file.
_NAMES = ("sample", "part")
_THUMBNAILS = re.compile("thumb", re.IGNORECASE)


@dataclass
class Draft:
    """A recipe with remarks on its sections, what was found and what should be checked.

    Attributes
    ----------
    recipe : Recipe
    remarks : dict
        Text by section; "" is of the whole.
    found : FoundImages or None
        The images that the recipe finds.
    """

    recipe: Recipe
    remarks: dict[str, str] = field(default_factory=dict)
    found: FoundImages | None = None


def draft_recipe(folder: str | Path, beside: str | Path = ".") -> Draft:
    """Return a first recipe for a folder of images.

    Fields come from the names of folders and files; channels, labels, beads and tables are looked
    for. What was found, and what should be checked, stands in the remarks.

    Parameters
    ----------
    folder : str or Path
        The images.
    beside : str or Path
        The folder in which the recipe will lie.

    Raises
    ------
    ValueError
        If there is no image.
    OSError
        If the folder cannot be read.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     for name in ("drug/1/A01_c1.tif", "drug/1/A01_c2.tif", "no/1/A01_c1.tif"):
    ...         Path(folder, name).parent.mkdir(parents=True, exist_ok=True)
    ...         Path(folder, name).touch()
    ...     recipe = draft_recipe(folder, folder).recipe
    >>> recipe.images.pattern
    '{condition}/1/{well}_c{channel:d}.tif'
    """
    root, beside = Path(folder), Path(beside)
    if not root.is_dir():
        msg = f"{root} is not a directory; the folder of the images is needed"
        raise NotADirectoryError(msg)
    tree = Tree(root, beside / OutputSection().folder)
    images, pictures = (
        [path for path in tree.paths if path.lower().endswith(endings)]
        for endings in (SUFFIXES, PNG.suffixes)
    )
    if not (images or pictures):
        first = f", such as {tree.paths[0]}" if tree.paths else ""
        holds = f"{root} holds {counted(len(tree.paths), 'file')}{first}, but no image"
        msg = f"{holds}; endings of images are {', '.join(SUFFIXES)}"
        raise ValueError(msg)
    return _Drafter(tree, images or pictures, labels_of([*images, *pictures]), beside).draft()


class _Drafter:
    """Collects the sections of a recipe, and remarks on them."""

    def __init__(self, tree: Tree, images: list[str], labels: LabelFiles, beside: Path) -> None:
        self._tree, self._beside, self._images, self._labels = tree, beside, images, labels
        self._remarks: dict[str, list[str]] = {}
        self._known: dict[str, FoundImages | None] = {}
        self._bead_channels: set[str] = set()
        relative = relative_path(tree.root, beside)
        self._sections: dict[str, Any] = {"images": {"folder": relative}, "measure": {}}

    def draft(self) -> Draft:
        """Return the recipe as far as it works."""
        beads = beads_of(self._images)
        thumbs = [path for path in self._images if _THUMBNAILS.search(path)]
        if thumbs:
            self._sections["images"]["exclude"] = ["**/*[Tt]humb*"]
            self._say("images", f"{counted(len(thumbs), 'thumbnail')} left out: {thumbs[0]}")
        others = {*self._labels.paths, *beads, *thumbs}
        paths = [path for path in self._images if path not in others] or self._images
        self._pattern(paths)
        self._regions(paths)
        self._beads(beads)
        self._table()
        found = self._find()
        if found is not None:
            self._channels(found)
            groups, said = guess_groups(found.images)
            self._sections |= {"groups": groups} if groups else {}
            for text in said:
                self._say("groups", text)
            found = self._find() or found
        recipe = self._recipe()
        count = f"{counted(len(found.images), 'image')} found" if found else "no image found"
        self._say("", f"Made from the names in a folder: {count}. Check every line marked CHECK.")
        remarks = {name: "\n".join(lines) for name, lines in self._remarks.items()}
        return Draft(recipe, remarks, found)

    def _say(self, section: str, text: str) -> None:
        self._remarks.setdefault(section, []).append(text)

    def _recipe(self) -> Recipe:
        return recipe_from({"recipe": 1, **self._sections}, self._beside)

    def _find(self) -> FoundImages | None:
        """Return the images of the sections so far; None where they do not work."""
        beads = ("registration", "channels") if "registration" in self._sections else ()
        key = repr([self._sections.get(one) for one in ("images", "regions", *beads)])
        if key not in self._known:
            try:
                self._known[key] = find(self._recipe(), self._tree)
            except (ValueError, OSError):
                self._known[key] = None
        return self._known[key]

    def _pattern(self, paths: Sequence[str]) -> None:
        """Set the pattern, or globs where names say nothing."""
        section, guess = self._sections["images"], guess_pattern(paths)
        if guess is not None:
            text = guess.pattern
            if CHANNEL not in Pattern(text).fields:
                text = self._with_channel(text, guess.paths)
            section["pattern"] = text
            text = section["pattern"] = self._without_single_planes(text)
            pattern = Pattern(text)
            if {*pattern.fields} - {*_NAMES} and self._find() is not None:
                self._describe(pattern, paths)
                return
            del section["pattern"]
        endings = Counter(Path(path).suffix for path in paths)
        section["files"] = [f"**/*{ending}" for ending, _ in endings.most_common()]
        self._say("images", "The names of files have no fields in common; a pattern may be set")

    def _describe(self, pattern: Pattern, paths: Sequence[str]) -> None:
        """Say which fields the pattern has, and which images it leaves out."""
        fields = ", ".join(pattern.fields)
        self._say("images", f"CHECK: fields read from the names of files: {fields}")
        for axis, name in _AXES.items():
            if name in pattern.fields:
                text = f"CHECK: files of a single {name} each are images by themselves"
                self._say("images", text)
            if axis in pattern.fields:
                distance = "; spacing gives their distance" if axis == "z" else ""
                text = f"CHECK: files of a single {name} each are joined along {axis}{distance}"
                self._say("images", text)
        rest = [path for path in paths if pattern.match(path) is None]
        if rest:
            text = f"CHECK: {counted(len(rest), 'image')} named otherwise are left out"
            self._say("images", f"{text}, such as {rest[0]}")

    def _without_single_planes(self, pattern: str) -> str:
        """Return a pattern that joins planes and time points only where images have several."""
        found = self._find()
        images = [] if found is None else found.images
        for axis, name in _AXES.items():
            if sum(axis.upper() in one.stack for one in images) * 2 <= len(images):
                pattern = re.sub(rf"\{{{axis}(:d)?\}}", f"{{{name}\\1}}", pattern)
        return pattern

    def _with_channel(self, pattern: str, paths: Sequence[str]) -> str:
        """Return a pattern whose last text is the channel, where files have one channel each."""
        info = _info(self._tree.root / paths[0])
        if info is None or len(info.series[0].channels) != 1:
            return pattern
        names = Pattern(pattern.rpartition("/")[2]).fields
        for name in reversed([one for one, integer in names.items() if not integer]):
            renamed = re.sub(rf"\{{{name}(:d)?\}}", f"{{{CHANNEL}\\1}}", pattern)
            if complete(Pattern(renamed), paths):
                self._say("images", f"CHECK: files of one channel each; {name} taken for channel")
                return renamed
        return pattern

    def _regions(self, paths: Sequence[str]) -> None:
        labels = self._labels
        if not labels.paths:
            self._say("regions", "No label images were found: whole images are measured")
            return
        pattern = self._sections["images"].get("pattern")
        template = labels.template(pattern, paths)
        if template is None:
            text = f"CHECK: {counted(len(labels.paths), 'label image')}, such as {labels.paths[0]}"
            self._say("regions", f"{text}, could not be assigned to images by their names")
            return
        self._sections["regions"] = {"labels": template}
        found = self._find()
        have = 0 if found is None else sum(bool(one.labels) for one in found.images)
        if found is None or have * 2 < len(found.images):
            del self._sections["regions"]
            text = f"CHECK: {counted(len(labels.paths), 'file')} may be labels: {labels.paths[0]}"
            self._say("regions", f"{text}; most images have none")
        else:
            self._say("regions", f"CHECK: {counted(have, 'label image')} found")

    def _beads(self, beads: Sequence[str]) -> None:
        if not beads:
            return
        listed = f"{counted(len(beads), 'file')} of beads: {beads[0]}"
        guess = guess_pattern(beads) if len(beads) > 1 else None
        path = self._tree.root / (beads[0] if guess is None else guess.pattern)
        self._sections["registration"] = {"file": relative_path(path, self._beside)}
        found = self._find()
        have = 0 if found is None else sum(bool(one.registration) for one in found.images)
        if found is not None and have * 2 > len(found.images):
            self._say("registration", f"CHECK: {listed}; channel 2 is registered by them")
            if guess is not None:
                fields = [Pattern(guess.pattern).match(one) or {} for one in beads]
                self._bead_channels = {str(one[CHANNEL]) for one in fields if CHANNEL in one}
        else:
            del self._sections["registration"]
            self._sections["images"].setdefault("exclude", []).append("**/*[Bb]ead*")
            self._say("registration", f"CHECK: {listed}; name the one of each image by its fields")

    def _table(self) -> None:
        """Join the first table that fits."""
        section = self._sections["images"]
        tables = [path for path in self._tree.paths if path.lower().endswith(_TABLES)]
        for path in tables:
            tried = dict(section)
            section["table"] = relative_path(self._tree.root / path, self._beside)
            reason = f"The table {path} could not be joined by a field of the images"
            try:
                read_sample_sheet(self._tree.root / path)
                columns = sheet_columns(self._tree.root / path)
            except (ValueError, OSError) as error:
                columns, reason = [], f"The table {path} could not be read: {error}"
            if columns and self._fits():
                self._say("images", f"CHECK: {path} has {', '.join(columns)}")
                return
            section.clear()
            section.update(tried)
            self._say("images", reason)

    def _fits(self) -> bool:
        """Whether most images have a row of the table."""
        section = self._sections["images"]
        found = self._find()
        if found is None and "pattern" in section:
            pattern = section.pop("pattern")  # it may name the files itself
            found = self._find()
            if found is None:
                section["pattern"] = pattern
        lacking = [] if found is None else [m for one in found.images for m in one.missing]
        return found is not None and sum("no row" in one for one in lacking) * 2 < len(found.images)

    def _channels(self, found: FoundImages) -> None:
        first = next((one for one in found.images if not one.missing), found.images[0])
        names: Sequence[str] = sorted(
            {c for one in found.images for c in one.channel_names}, key=natural
        )
        if not names:
            names = self._opened(found, first)
            if not names:
                self._say("channels", "CHECK: the first image could not be opened")
                return
        listed = ", ".join(" ".join({str(i): i, name: i}) for i, name in enumerate(names, 1))
        self._say("channels", f"Channels: {listed}")
        if len(names) < 2:
            self._say("channels", "CHECK: two channels are needed")
        elif len(names) > 2:
            others = [
                i
                for i, name in enumerate(names, 1)
                if not _COUNTERSTAIN.search(name) and name in (self._bead_channels or names)
            ]
            chosen = sorted(
                [*others, *(i for i in range(1, len(names) + 1) if i not in others)][:2]
            )
            self._sections["channels"] = {"use": chosen}
            self._say("channels", "CHECK: which two are compared")

    def _opened(self, found: FoundImages, first: ImageFiles) -> Sequence[str]:
        """Return the channels of the first image; the first of each other format is opened too."""
        kinds = {one.files[0].suffix: one for one in reversed(found.images) if not one.missing}
        images = [first, *(kinds[one] for one in sorted(kinds) if kinds[one] is not first)]
        infos = {one.name: _info(one.files[0]) for one in images}
        for name, info in infos.items():
            if info is not None and len(info.series) > 1:
                self._sections["images"]["series"] = "all"
                text = f"files hold several images ({len(info.series)} in {name}): all are taken"
                self._say("images", f"CHECK: {text}")
                break
        counts = {name: len(one.series[0].channels) for name, one in infos.items() if one}
        others = [f"{name} has {n}" for name, n in counts.items() if n != counts.get(first.name)]
        if others and first.name in counts:
            text = f"{first.name} has {counts[first.name]} channels, but {', '.join(others)}"
            self._say("channels", f"CHECK: {text}")
        known = infos[first.name]
        return () if known is None else known.series[0].channels


def _info(path: Path) -> Any:
    """Return the description of a file; None where it cannot be opened."""
    from covoxel.io import image_info

    try:
        return image_info(path)
    except (ValueError, OSError, ImportError):
        return None
