"""The options of `measure`."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from covoxel.analysis.measure.conventions import CONVENTIONS, Convention
from covoxel.analysis.measure.schema import BLEED_COLUMNS, GROUPS, SLOW_GROUPS, chosen_measures
from covoxel.analysis.measure.single_stain import BleedShares, control_file
from covoxel.analysis.options import Options, digest, names_option, option
from covoxel.analysis.schema import Column
from covoxel.core.checks import listed_names
from covoxel.image.channel import Channel
from covoxel.intensity.histogram import MEMORY_BUDGET
from covoxel.thresholds.rolling import without_rolling_ball
from covoxel.thresholds.spec import (
    BACKGROUNDS,
    BLEEDS,
    THRESHOLDS,
    Spec,
    parse_background,
    parse_bleed,
    parse_threshold,
)

if TYPE_CHECKING:
    from covoxel.analysis.registrations import Registrations

LEAST_BUDGET = 1 << 16


@dataclass(frozen=True, kw_only=True)
class MeasureOptions(Options):
    """Options of `measure`.

    Options that are None follow the program named in `like`; where no measure needs a
    threshold, none is looked for unless it is given. Each field's metadata holds its label,
    help, unit and bounds.
    """

    measures: tuple[str, ...] = names_option(
        "Measures",
        f"columns of the table, groups of them ({', '.join(GROUPS)}); or default, or all "
        f"but {', '.join(SLOW_GROUPS)}",
        GROUPS,
    )
    threshold1: str | float | None = option(
        None,
        "Threshold 1",
        f"threshold of channel 1, otsu or that of like unless given: {', '.join(THRESHOLDS)} or "
        "a number",
        methods=THRESHOLDS,
        bare="manual",
    )
    threshold2: str | float | None = option(
        None,
        "Threshold 2",
        "threshold of channel 2, as of channel 1",
        methods=THRESHOLDS,
        bare="manual",
    )
    threshold_scope: str | None = option(
        None,
        "Threshold scope",
        "thresholds of the whole image, or of each region by itself (default where there is one)",
        choices={
            "image": "One threshold a channel, from all pixels of the image.",
            "region": "A threshold of each region, from its own pixels.",
        },
        advanced=True,
    )
    background1: str | float = option(
        "none",
        "Background 1",
        f"background of channel 1: {', '.join(BACKGROUNDS)} or a number",
        methods=BACKGROUNDS,
        bare="constant",
    )
    background2: str | float = option(
        "none",
        "Background 2",
        "background of channel 2, as of channel 1",
        methods=BACKGROUNDS,
        bare="constant",
    )
    bleed_1to2: str | float = option(
        "none",
        "Bleed 1→2",
        "share of channel 1 that bleeds into channel 2, subtracted first: "
        f"{', '.join(BLEEDS)} (an image of channel 1's stain alone) or a number",
        methods=BLEEDS,
        bare="share",
        advanced=True,
    )
    bleed_2to1: str | float = option(
        "none",
        "Bleed 2→1",
        "share of channel 2 that bleeds into channel 1, likewise",
        methods=BLEEDS,
        bare="share",
        advanced=True,
    )
    like: str = option(
        "covoxel",
        "Like",
        "program whose conventions to follow",
        choices={name: one.meaning for name, one in CONVENTIONS.items()},
    )
    per_plane: bool = option(False, "Each plane", "one row for each z plane", advanced=True)
    pool_time: bool = option(False, "Pool time", "pool all time points", advanced=True)
    memory_budget: int = option(
        MEMORY_BUDGET,
        "Memory budget",
        "memory that the run may use besides the program itself, some 100 MB in any case; beyond "
        "it data is sorted on disk, and measures that need all pixels of a float image are "
        "left out",
        unit="byte",
        low=LEAST_BUDGET,
        empty="4 GiB",
        advanced=True,
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "measures", listed_names("measures", self.measures))
        _ = self.settings

    @cached_property
    def settings(self) -> Settings:
        """The options with every open choice made, where no region is given."""
        convention = dataclasses.replace(CONVENTIONS[self.like], per_object=False)
        measures = chosen_measures(self.measures)
        usual = convention.usual_threshold(measures)
        given = {"threshold1": self.threshold1, "threshold2": self.threshold2}
        threshold1, threshold2 = (
            parse_threshold(name, usual if one is None else one) for name, one in given.items()
        )
        return Settings(
            self,
            measures,
            (threshold1, threshold2),
            self.threshold_scope or convention.scope(regional=False),
            (
                parse_background("background1", self.background1),
                parse_background("background2", self.background2),
            ),
            (
                parse_bleed("bleed_1to2", self.bleed_1to2),
                parse_bleed("bleed_2to1", self.bleed_2to1),
            ),
            convention,
        )


@dataclass(frozen=True)
class Settings:
    """Options with every open choice made."""

    options: MeasureOptions
    measures: tuple[Column, ...]
    threshold: tuple[Spec, Spec]
    threshold_scope: str
    background: tuple[Spec, Spec]
    bleed: tuple[Spec, Spec]
    convention: Convention
    registration: Registrations | None = None
    shares: BleedShares | None = None
    replicated: bool = False

    @cached_property
    def record(self) -> dict[str, Any]:
        """JSON-able record that identifies these settings."""
        record: dict[str, Any] = {
            "measures": [column.name for column in self.measures],
            "threshold1": _written(self.threshold[0]),
            "threshold2": _written(self.threshold[1]),
            "threshold_scope": self.threshold_scope,
            "background1": str(self.background[0]),
            "background2": str(self.background[1]),
            "bleed_1to2": _written(self.bleed[0]),
            "bleed_2to1": _written(self.bleed[1]),
            "like": self.options.like,
            "conventions": {
                key: value
                for key, value in dataclasses.asdict(self.convention).items()
                if key not in ("meaning", "threshold", "threshold_scope")
            },
            "per_plane": self.options.per_plane,
            "pool_time": self.options.pool_time,
        }
        if self.registration is not None:
            record["registration"] = self.registration.as_dict()
        if self.shares is not None:
            record["bleed_shares"] = dataclasses.asdict(self.shares)
        if self.replicated:
            record["replicates"] = True
        return record

    def prepared(self, raw: tuple[Channel, Channel]) -> tuple[Channel, Channel, Channel | None]:
        """Return a pair as it is measured, and channel 2 without its registration.

        Bleed-through and rolling-ball backgrounds are subtracted before channel 2 is registered;
        the last is None where it is not.
        """
        unmixed = raw if self.shares is None else self.shares.subtracted(raw)
        first, second = (
            without_rolling_ball(channel, spec.number) if spec.kind == "rolling" else channel
            for channel, spec in zip(unmixed, self.background, strict=True)
        )
        if self.registration is None:
            return first, second, None
        return first, self.registration.apply(second, fill_nan=True), second

    def digest(self) -> str:
        """Return the first 12 hexadecimal digits of the record's SHA-256."""
        return digest(self.record)

    def walks_costes(self) -> bool:
        """Whether a threshold or a measure needs Costes' line."""
        asked = any(column.group == "costes" for column in self.measures)
        return asked or any(spec.kind == "costes" for spec in self.threshold)

    def needs_cells(self) -> bool:
        """Whether a measure or a threshold of regions needs the joint histogram, not just sums."""
        return any(column.needs == "cells" for column in self.measures) or (
            self.walks_costes() and self.threshold_scope == "region"
        )

    def controls(self) -> dict[str, Path]:
        """Return the control files, by the option that they set."""
        thresholds = {
            f"threshold{i}": control_file(spec)[0]
            for i, spec in enumerate(self.threshold, start=1)
            if spec.kind == "control"
        }
        bleeds = zip(BLEED_COLUMNS, self.bleed, strict=True)
        return thresholds | {one.name: Path(spec.path) for one, spec in bleeds if spec.path}


def _written(spec: Spec) -> str:
    """Return a threshold or background as it is written, of a file the name alone."""
    return f"{spec.kind}:{Path(spec.path).name}" if spec.path else str(spec)


def resolve(options: MeasureOptions, regions: Collection[str] = ()) -> Settings:
    """Fill open options from the program that they follow, where these inputs are given."""
    if not regions:
        return options.settings
    convention = options.settings.convention
    if {"labels", "shapes"} & set(regions):
        convention = CONVENTIONS[options.like]
    scope = options.threshold_scope or convention.scope(regional=True)
    return dataclasses.replace(options.settings, threshold_scope=scope, convention=convention)
