"""The columns of the table of `measure`: name, unit, meaning, reference."""

from __future__ import annotations

from collections.abc import Iterable

from covoxel.analysis.schema import IDENTITY, SHIFTS, Column

_MANDERS = "Manders et al. 1993, doi:10.1111/j.1365-2818.1993.tb03313.x"
_COSTES = "Costes et al. 2004, doi:10.1529/biophysj.103.038422"
#: What needs the thresholds of both channels.
_TWO = "12"
_PEARSON = "Manders et al. 1992, doi:10.1242/jcs.103.3.857"


def _both(
    name: str,
    unit: str,
    meaning: str,
    group: str = "",
    needs: str = "sums",
    reference: str = "",
    *,
    threshold: str = "",
) -> list[Column]:
    """Return a column for each channel, whose number replaces ``{}``, the other's ``{other}``."""
    name = name if "{}" in name else f"{name}{{}}"
    return [
        Column(
            name.format(i),
            unit,
            meaning.format(i, other=3 - i),
            group,
            needs,
            threshold=threshold.format(i, other=3 - i),
            reference=reference,
        )
        for i in (1, 2)
    ]


def _pair(name: str, meaning: str, *, threshold: str = "") -> list[Column]:
    """Return Manders' columns of both channels, each followed by its value by chance."""
    chance = f"{name} expected by chance, of pixels that are independent"
    columns = (
        _both(each, "", told, "manders", reference=_MANDERS, threshold=threshold)
        for each, told in ((name, meaning), (f"{name}_chance", chance))
    )
    return [column for pair in zip(*columns, strict=True) for column in pair]


SIZE = (
    Column("pixels", "px", "Pixels or voxels measured"),
    Column("dropped", "px", "Pixels left out because a channel is NaN or infinite"),
    Column("area_um2", "µm²", "Area of the measured pixels (2-D)"),
    Column("volume_um3", "µm³", "Volume of the measured voxels (3-D)"),
    *_both("saturated", "", "Share of the saturated pixels of channel {}, at the highest level"),
)

SETTINGS = (
    *_both("threshold_method", "", "How the threshold of channel {} was chosen"),
    *_both("threshold", "intensity", "Threshold of channel {} in raw units; above means >"),
    Column("threshold_scope", "", "Thresholds of the image, or of each region"),
    *_both("background_method", "", "How the background of channel {} was chosen"),
    *_both("background", "intensity", "Background subtracted from channel {}"),
    *_both(
        "at_background", "", "Share of the pixels of channel {} at or below its background, as 0"
    ),
    Column("like", "", "Program whose conventions to follow"),
    Column("version", "", "Version of Covoxel"),
    Column("settings", "", "First 12 digits of the SHA-256 of the settings"),
)

#: Only where channel 2 was registered to channel 1 before it was measured.
REGISTRATION = (
    *SHIFTS,
    Column("pearson_before", "", "Pearson's r of all pixels before", reference=_PEARSON),
)

#: Only where bleed-through was subtracted before all else.
BLEED_COLUMNS = tuple(
    Column(f"bleed_{i}to{3 - i}", "", f"Share of channel {i} subtracted from channel {3 - i}")
    for i in (1, 2)
)

MEASURES = (
    Column("pearson", "", "Pearson's r of all pixels", "correlation", reference=_PEARSON),
    Column(
        "pearson_above", "", "r of the pixels above both thresholds", "correlation", threshold=_TWO
    ),
    Column(
        "pearson_above_either",
        "",
        "r of the pixels above one threshold or both",
        "correlation",
        threshold=_TWO,
    ),
    Column(
        "pearson_below",
        "",
        "r of the pixels not above both thresholds",
        "correlation",
        threshold=_TWO,
    ),
    Column(
        "spearman",
        "",
        "Spearman's ρ within the region",
        "ranks",
        "cells",
        reference="Spearman 1904, doi:10.2307/1412159",
    ),
    Column(
        "kendall",
        "",
        "Kendall's τ-b within the region",
        "ranks",
        "cells",
        reference="Kendall 1945, doi:10.1093/biomet/33.3.239",
    ),
    Column(
        "icq",
        "",
        "Li's ICQ, the share of pixels on one side of both means minus ½",
        "correlation",
        reference="Li et al. 2004, doi:10.1523/JNEUROSCI.0346-04.2004",
    ),
    *_pair(
        "m{}", "Share of the intensity of channel {} where channel {other} is above its background"
    ),
    *_pair(
        "tm{}",
        "Share of the intensity of channel {} where channel {other} is above its threshold",
        threshold="{other}",
    ),
    *_pair(
        "tm{}_own",
        "Share of the above-threshold intensity of channel {} where channel {other} is above "
        "its threshold too",
        threshold=_TWO,
    ),
    *_pair(
        "tm{}_both",
        "Share of the intensity of channel {} where both are above their thresholds",
        threshold=_TWO,
    ),
    Column("moc", "", "Overlap coefficient Σab/√(Σa²Σb²)", "overlap", reference=_MANDERS),
    Column("k1", "", "Σab/Σa²", "overlap", reference=_MANDERS),
    Column("k2", "", "Σab/Σb²", "overlap", reference=_MANDERS),
    Column("slope", "", "Slope of the regression line", "regression", reference=_COSTES),
    Column(
        "intercept",
        "intensity",
        "Intercept of the regression line",
        "regression",
        reference=_COSTES,
    ),
    Column(
        "costes_low",
        "intensity",
        "Lowest level of channel 1 at which r changes its sign along the line",
        "costes",
        "cells",
        reference=_COSTES,
    ),
    Column(
        "costes_high", "intensity", "The highest such level", "costes", "cells", reference=_COSTES
    ),
    Column(
        "mutual_information",
        "bit",
        "Mutual information",
        "information",
        "cells",
        reference="Studholme et al. 1999, doi:10.1016/S0031-3203(98)00091-0",
    ),
    Column(
        "nmi",
        "",
        "Normalised mutual information (H1 + H2)/H12, from 1 to 2",
        "information",
        "cells",
        reference="Studholme et al. 1999, doi:10.1016/S0031-3203(98)00091-0",
    ),
    Column(
        "tos",
        "",
        "Threshold overlap score: overlap of the areas between chance (0) and its extremes (±1)",
        "areas",
        threshold=_TWO,
        reference="Sheng et al. 2016, doi:10.1242/bio.020297",
    ),
    Column(
        "tos_log",
        "",
        "The same on a logarithmic scale",
        "areas",
        threshold=_TWO,
        reference="Sheng et al. 2016, doi:10.1242/bio.020297",
    ),
    *_both(
        "rwc",
        "",
        "Rank-weighted share of the intensity of channel {} where both are above thresholds",
        group="rwc",
        needs="cells",
        threshold=_TWO,
        reference="Singan et al. 2011, doi:10.1186/1471-2105-12-407",
    ),
    *_both(
        "area_fraction",
        "",
        "Share of the region above the threshold of channel {}",
        group="areas",
        threshold="{}",
    ),
    Column(
        "area_fraction_both",
        "",
        "Share of the region above both thresholds",
        "areas",
        threshold=_TWO,
    ),
    *_both(
        "intensity_fraction",
        "",
        "Share of the intensity of channel {} above its own threshold",
        group="areas",
        threshold="{}",
    ),
    Column("jaccard", "", "Intersection over union of the areas", "areas", threshold=_TWO),
    Column("dice", "", "Twice the intersection over the sum of the areas", "areas", threshold=_TWO),
    Column(
        "spearman_above",
        "",
        "ρ of the pixels above both thresholds",
        "above",
        "cells",
        threshold=_TWO,
    ),
    Column(
        "icq_above", "", "ICQ of the pixels above both thresholds", "above", "cells", threshold=_TWO
    ),
    Column("moc_above", "", "moc of the pixels above both thresholds", "above", threshold=_TWO),
    Column("k1_above", "", "k1 of the pixels above both thresholds", "above", threshold=_TWO),
    Column("k2_above", "", "k2 of the pixels above both thresholds", "above", threshold=_TWO),
    *_both("mean", "intensity", "Mean of channel {}, its background included", group="intensity"),
    *_both("sd", "intensity", "Standard deviation of channel {}", group="intensity"),
    *_both("minimum", "intensity", "Minimum of channel {}", "intensity", "levels"),
    *_both("maximum", "intensity", "Maximum of channel {}", "intensity", "levels"),
)

REMARKS = (
    Column("warnings", "", "Cautions about the image or the region: code: message; …"),
    Column("notes", "", "Why cells are empty, or may mean little: column: reason; …"),
)

#: Measures that are computed unless others are asked for.
DEFAULT_GROUPS = (
    "correlation",
    "ranks",
    "manders",
    "overlap",
    "regression",
    "information",
    "areas",
    "rwc",
)
GROUPS = tuple(dict.fromkeys(column.group for column in MEASURES))


def chosen_measures(names: Iterable[str]) -> tuple[Column, ...]:
    """Return the measures meant by names of columns, of groups, ``default`` or ``all``.

    Raises
    ------
    ValueError
        If a name is unknown, or there is none.
    """
    wanted: set[str] = set()
    for name in names:
        groups = {"default": DEFAULT_GROUPS, "all": GROUPS}.get(name, (name,))
        found = {c.name for c in MEASURES if c.name == name or c.group in groups}
        if not found:
            columns = ", ".join(column.name for column in MEASURES)
            msg = (
                f"measures has {name!r}; allowed are default, all, the groups "
                f"{', '.join(GROUPS)}, and the columns {columns}"
            )
            raise ValueError(msg)
        wanted |= found
    if not wanted:
        msg = "measures is empty; name one at least, or default or all"
        raise ValueError(msg)
    return tuple(column for column in MEASURES if column.name in wanted)


def table_columns(
    measures: Iterable[Column], *, registered: bool = False, unmixed: bool = False
) -> tuple[Column, ...]:
    """Return all columns of a table with these measures, in order."""
    changed = (*(BLEED_COLUMNS if unmixed else ()), *(REGISTRATION if registered else ()))
    return (*IDENTITY, *SIZE, *SETTINGS, *changed, *measures, *REMARKS)


#: Every column that a table of `measure` can have.
ALL_COLUMNS = table_columns(MEASURES, registered=True, unmixed=True)
