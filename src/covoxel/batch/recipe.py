"""Recipe: what is done with all images of an experiment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from covoxel.analysis.analysis import Analysis
from covoxel.analysis.options import Options, digest
from covoxel.analysis.registry import ANALYSES, analysis
from covoxel.batch.sections import (
    BleedSection,
    ChannelsSection,
    GroupsSection,
    ImagesSection,
    OutputSection,
    RegionsSection,
    RegistrationSection,
)
from covoxel.core.version import VERSION

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
