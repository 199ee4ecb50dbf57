"""Recipe: what is done with all images of an experiment, section by section."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from covoxel.analysis.analysis import Analysis
from covoxel.analysis.groups import GroupOptions
from covoxel.analysis.measure.options import MeasureOptions
from covoxel.analysis.objects.options import METHODS
from covoxel.analysis.options import Options, digest, option
from covoxel.analysis.register.options import RegisterOptions
from covoxel.analysis.registry import ANALYSES, analysis
from covoxel.core.version import VERSION
from covoxel.thresholds.spec import parse_bleed, parse_threshold

#: Which images have figures.
FIGURES = ("none", "first", "all")


@dataclass(frozen=True, kw_only=True)
class ImagesSection(Options):
    """Where the images are, and what their names say."""

    folder: str = option(".", "Folder", "folder of the images, relative to the recipe")
    files: tuple[str, ...] = option(
        (), "Files", "globs of the files, such as **/*.czi; those of the pattern unless given"
    )
    pattern: str | None = option(
        None,
        "Pattern",
        "path of a file with fields in braces, such as "
        "{condition}/{replicate}/{well}_f{field:d}.tif; {channel}, {t} and {z} join files of one "
        "channel, time point and plane each",
    )
    table: str | None = option(
        None,
        "Table",
        "CSV with a row an image: columns file (or file1, file2, … of one channel each), labels, "
        "mask, and any others, which are kept; with a pattern, they are joined by the fields that "
        "both have; or a plate map, a grid of wells for each of them",
    )
    exclude: tuple[str, ...] = option((), "Exclude", "globs of files that are left out")
    series: int | str | None = option(
        None,
        "Series",
        "image in a file, by number from 0 or by name; all for each of them (default the first "
        "with pixels)",
    )
    level: int = option(
        0,
        "Level",
        "level of a pyramid, from 0 for the full size; that of label and mask images too, where "
        "they have one",
        low=0,
    )
    axes: str | None = option(
        None, "Axes", "axes of the files, where their metadata is missing or wrong"
    )
    sizes: str | None = option(None, "Sizes", "lengths of axes along which pages are counted")
    spacing: tuple[float, ...] | None = option(
        None, "Spacing", "voxel size z, y, x; overrides that of the files", unit="µm", low=0
    )


@dataclass(frozen=True, kw_only=True)
class ChannelsSection(Options):
    """Which channels are analysed."""

    use: tuple[int | str, ...] = option(
        (), "Use", "channels by number from 1 or by name: two, or more with all_pairs"
    )
    all_pairs: bool = option(False, "All pairs", "analyse every pair of channels")
    names: tuple[str, ...] = option(
        (), "Names", "names of the channels, in their order in the image, in place of the files'"
    )


@dataclass(frozen=True, kw_only=True)
class RegionsSection(Options):
    """Where the channels are compared; labels are files or made by a segmentation."""

    labels: str | None = option(
        None, "Labels", "path of label images, with the fields of the pattern in braces"
    )
    mask: str | None = option(None, "Mask", "path of mask images, likewise")
    segment: int | str | None = option(
        None, "Segment", "channel, by number or name, in which regions are found by a threshold"
    )
    threshold: str | float = option(
        "otsu", "Threshold", f"threshold of the segmentation: {', '.join(METHODS)} or a number"
    )
    min_size: int = option(100, "Smallest size", "size of the smallest region", unit="px", low=1)
    max_size: int | None = option(None, "Largest size", "of a region", unit="px", low=1)
    split: float | None = option(
        None,
        "Split",
        "split regions that touch where depths have two peaks at least this far apart",
        unit="µm, or px without voxel size",
        low=0,
    )
    per_plane: bool = option(False, "Each plane", "analyse each plane by itself")
    t: int | None = option(None, "T", "one time point, from 0", low=0)
    z: int | None = option(None, "Z", "one plane, from 0", low=0)

    def __post_init__(self) -> None:
        super().__post_init__()
        parse_threshold("threshold", self.threshold, METHODS)


@dataclass(frozen=True, kw_only=True)
class RegistrationSection(RegisterOptions):
    """By what channel 2 is registered to channel 1 first: an image of beads, or each image."""

    file: str | None = option(
        None,
        "File",
        "saved registration, or an image of beads, with the fields of the pattern in braces",
    )
    each_image: bool = option(False, "Each image", "register each image by itself")


def _of_measure(name: str) -> Any:
    """Return a field as `measure` has it."""
    found = next(one for one in dataclasses.fields(MeasureOptions) if one.name == name)
    return dataclasses.field(default=found.default, metadata=found.metadata)


@dataclass(frozen=True, kw_only=True)
class BleedSection(Options):
    """Bleed-through that is subtracted, in analyses that have these options."""

    bleed_1to2: str | float = _of_measure("bleed_1to2")
    bleed_2to1: str | float = _of_measure("bleed_2to1")

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, share in self.as_dict().items():
            parse_bleed(name, share)


@dataclass(frozen=True, kw_only=True)
class GroupsSection(GroupOptions):
    """What is compared in the end, by the means of replicates."""

    compare: str | None = option(None, "Compare", "field or column that names the condition")
    unit: str = option(
        "replicate", "Unit", "field or column that names the independent repeat of the experiment"
    )
    values: tuple[str, ...] = option(
        (),
        "Values",
        "columns that are compared, such as pearson, or distance.distance of another table; those "
        "that stand first in each table unless given",
    )


@dataclass(frozen=True, kw_only=True)
class OutputSection(Options):
    """What is written besides the tables."""

    folder: str = option("results", "Folder", "folder of the results, relative to the recipe")
    figures: str = option(
        "first",
        "Figures",
        "images that have figures: none, the first of each condition, or all",
        choices=FIGURES,
    )
    images: bool = option(False, "Images", "write the images that analyses make, such as maps")
    parquet: bool = option(False, "Parquet", "write the tables as Parquet too")
    xlsx: bool = option(False, "Excel", "write the tables as Excel workbook too")


#: The version of recipes that this program writes; older ones are read, newer ones refused.
RECIPE_VERSION = 1
#: Sections on which rows do not depend.
NOT_OF_ROWS = ("groups", "output")
#: The analysis that looks for one image in others.
_OF_TWO_IMAGES = "find"


def recipe_analyses() -> list[str]:
    """Return the names of analyses of one image, which a recipe may have."""
    return [name for name in ANALYSES if name != _OF_TWO_IMAGES]


@dataclass(frozen=True, kw_only=True)
class Step:
    """An analysis of a recipe."""

    #: The beginning of the names of its tables; that of the analysis unless given.
    name: str
    #: Name of the analysis.
    analysis: str
    #: Options.
    options: Any

    @property
    def declared(self) -> Analysis[Any, Any, Any]:
        """The declaration of the analysis."""
        return analysis(self.analysis)

    @property
    def takes_one_channel(self) -> bool:
        """Whether one channel is enough."""
        return self.declared.accepts.single or self.declared.one_channel(self.options)

    def table(self, name: str) -> str:
        """Return the name that one of the tables of the analysis has here."""
        if self.analysis in name or self.name == self.analysis:
            return name.replace(self.analysis, self.name, 1)
        return f"{self.name}_{name}"

    @property
    def tables(self) -> tuple[str, ...]:
        """The names of its tables."""
        return tuple(self.table(one.name) for one in self.declared.tables)


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What is done with all images of an experiment: where they are, and their analyses.

    Attributes
    ----------
    images, channels, regions, registration, bleed, groups, output : Options
        The sections of that name.
    steps : tuple of Step
        The analyses, in their order.
    folder : Path
        What paths are relative to: the folder of the recipe's file.
    """

    images: ImagesSection = field(default_factory=ImagesSection)
    channels: ChannelsSection = field(default_factory=ChannelsSection)
    regions: RegionsSection = field(default_factory=RegionsSection)
    registration: RegistrationSection = field(default_factory=RegistrationSection)
    bleed: BleedSection = field(default_factory=BleedSection)
    steps: tuple[Step, ...] = ()
    groups: GroupsSection = field(default_factory=GroupsSection)
    output: OutputSection = field(default_factory=OutputSection)
    folder: Path = Path()

    def __post_init__(self) -> None:
        # those of one kind follow each other, as they do in a file
        kinds = list(dict.fromkeys(one.analysis for one in self.steps))
        ordered = sorted(self.steps, key=lambda one: kinds.index(one.analysis))
        object.__setattr__(self, "steps", tuple(ordered))

    @property
    def root(self) -> Path:
        """The folder of the images."""
        return self.folder / self.images.folder

    def sections(self) -> Iterator[tuple[str, Options]]:
        """Yield name and options of each section but the analyses."""
        for name in SECTIONS:
            yield name, getattr(self, name)

    def as_dict(self) -> dict[str, Any]:
        """Return a JSON-able record of the whole recipe, all defaults included."""
        sections: dict[str, Any] = {name: one.as_dict() for name, one in self.sections()}
        steps = [
            {"name": one.name, "analysis": one.analysis, "options": one.options.as_dict()}
            for one in self.steps
        ]
        return {"recipe": RECIPE_VERSION, **sections, "analyses": steps}

    def digest(self) -> str:
        """Return 12 digits that identify what rows depend on: the version, and all but the output.

        Comparing groups and writing does not change rows.
        """
        record = self.as_dict()
        kept = {name: one for name, one in record.items() if name not in NOT_OF_ROWS}
        return digest({"covoxel": VERSION, **kept})


#: The sections by their names, in the order of a file.
SECTIONS: dict[str, type[Options]] = {
    "images": ImagesSection,
    "channels": ChannelsSection,
    "regions": RegionsSection,
    "registration": RegistrationSection,
    "bleed": BleedSection,
    "groups": GroupsSection,
    "output": OutputSection,
}


def section_summary(name: str) -> str:
    """Return what a section is, in a sentence."""
    return (SECTIONS[name].__doc__ or "").partition("\n")[0]
