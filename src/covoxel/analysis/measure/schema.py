"""The columns of the table of `measure`: name, unit, meaning, reference."""

from __future__ import annotations

from collections.abc import Iterable

from covoxel.analysis.schema import IDENTITY, SHIFTS, WARNINGS, Column, of_both, record_columns
from covoxel.core.checks import NameGroup, names_of_groups

_MANDERS = "Manders et al. 1993, doi:10.1111/j.1365-2818.1993.tb03313.x"
_COSTES = "Costes et al. 2004, doi:10.1529/biophysj.103.038422"
#: What needs the thresholds of both channels.
_TWO = "12"
_PEARSON = "Manders et al. 1992, doi:10.1242/jcs.103.3.857"


def _pair(name: str, meaning: str, *, threshold: str = "") -> list[Column]:
    """Return Manders' columns of both channels, each followed by its value by chance."""
    chance = f"{name} expected by chance, of pixels that are independent"
    columns = (
        of_both(each, "", text, group="manders", reference=_MANDERS, threshold=threshold)
        for each, text in ((name, meaning), (f"{name}_chance", chance))
    )
    return [column for pair in zip(*columns, strict=True) for column in pair]


SIZE = (
    Column("pixels", "px", "Pixels or voxels measured"),
    Column("dropped", "px", "Pixels left out because a channel is NaN or infinite"),
    Column("area_um2", "µm²", "Area of the measured pixels (2-D)"),
    Column("volume_um3", "µm³", "Volume of the measured voxels (3-D)"),
    *of_both("saturated", "", "Share of the saturated pixels of channel {}, at the highest level"),
)

*_RECORD, _NOTES = record_columns("Why cells are empty, or may mean little: column: reason; …")
SETTINGS = (
    *of_both("threshold_method", "", "How the threshold of channel {} was chosen"),
    *of_both("threshold", "intensity", "Threshold of channel {} in raw units; above means >"),
    Column("threshold_scope", "", "Thresholds of the image, or of each region"),
    *of_both("background_method", "", "How the background of channel {} was chosen"),
    *of_both("background", "intensity", "Background subtracted from channel {}"),
    *of_both(
        "at_background", "", "Share of the pixels of channel {} at or below its background, as 0"
    ),
    Column("like", "", "Program whose conventions to follow"),
    *_RECORD,
)

#: Only where channel 2 was registered to channel 1 before it was measured.
REGISTRATION = (
    *SHIFTS,
    Column("pearson_before", "", "Pearson's r of all pixels before", reference=_PEARSON),
)

_ADLER = "Adler, Pagakis & Parmryd 2008, doi:10.1111/j.1365-2818.2008.01967.x"
_CORRECTED = "pearson_corrected"
#: Only where there is a second image of each channel.
REPLICATES = (
    Column(_CORRECTED, "", "Pearson's r of all pixels without noise", reference=_ADLER),
    Column(f"{_CORRECTED}_low", "", f"95 % interval of {_CORRECTED}: lower bound"),
    Column(f"{_CORRECTED}_high", "", f"95 % interval of {_CORRECTED}: upper bound"),
    *of_both("quality", "", "Pearson's r of channel {} and its replicate; 1 without noise"),
)

#: Only where bleed-through was subtracted before all else.
BLEED_COLUMNS = tuple(
    Column(f"bleed_{i}to{3 - i}", "", f"Share of channel {i} subtracted from channel {3 - i}")
    for i in (1, 2)
)

_STUDHOLME = "Studholme et al. 1999, doi:10.1016/S0031-3203(98)00091-0"
_SHENG = "Sheng et al. 2016, doi:10.1242/bio.020297"
_LI = "Li et al. 2004, doi:10.1523/JNEUROSCI.0346-04.2004"
_SINGAN = "Singan et al. 2011, doi:10.1186/1471-2105-12-407"
_DUTILLEUL = "Dutilleul 1993, doi:10.2307/2532625"
_KENDALL = "Kendall 1945, doi:10.1093/biomet/33.3.239"


def _columns(
    group: str,
    needs: str = "sums",
    reference: str = "",
    *,
    unit: str = "",
    threshold: str = "",
    **meanings: str,
) -> list[Column]:
    """Return columns that differ in name and meaning only."""
    return [
        Column(name, unit, meaning, group, needs, threshold, reference)
        for name, meaning in meanings.items()
    ]


def _tested(name: str, meaning: str) -> list[Column]:
    """Return the interval and the tests of a correlation."""
    return [
        *_columns(
            *("significance", "frame"),
            **{
                f"{name}_low": f"Lower bound of the 95 % interval of {meaning}",
                f"{name}_high": f"Upper bound of the 95 % interval of {meaning}",
            },
        ),
        *_columns(
            *("significance", "frame", _DUTILLEUL),
            **{
                f"{name}_n_eff": f"Independent pixels behind {meaning}",
                f"{name}_p": f"p-value of {meaning}, which shared outlines and gradients lower too",
                f"{name}_p_fine": f"p-value of {meaning} of fine structures: that of association",
            },
        ),
    ]


def _intervals(name: str, threshold: str) -> list[Column]:
    """Return the intervals and the tests of Manders' columns of both channels."""
    parts = {
        "low": f"Lower bound of the 95 % interval of {name}, its threshold held",
        "high": f"Upper bound of the 95 % interval of {name}, its threshold held",
        "p_shift": f"p-value of {name} against shifts of one channel",
    }
    tests = {"group": "significance", "needs": "frame", "threshold": threshold}
    columns = (of_both(f"{name}_{part}", "", meaning, **tests) for part, meaning in parts.items())
    return [column for pair in zip(*columns, strict=True) for column in pair]


MEASURES = (
    *_columns("correlation", reference=_PEARSON, pearson="Pearson's r of all pixels"),
    *_columns(
        "correlation",
        threshold=_TWO,
        pearson_above="r of the pixels above both thresholds",
        pearson_above_either="r of the pixels above one threshold or both",
        pearson_below="r of the pixels not above both thresholds",
    ),
    *_columns(
        *("ranks", "cells", "Spearman 1904, doi:10.2307/1412159"),
        spearman="Spearman's ρ within the region",
    ),
    *_columns("ranks", "cells", _KENDALL, kendall="Kendall's τ-b within the region"),
    *_columns(
        "correlation",
        reference=_LI,
        icq="Li's ICQ, the share of pixels on one side of both means minus ½",
    ),
    *_pair(
        "m{}", "Share of the intensity of channel {0} where channel {1} is above its background"
    ),
    *_pair(
        "tm{}",
        "Share of the intensity of channel {0} where channel {1} is above its threshold",
        threshold="{1}",
    ),
    *_pair(
        "tm{}_own",
        "Share of the above-threshold intensity of channel {0} where channel {1} is above "
        "its threshold too",
        threshold=_TWO,
    ),
    *_pair(
        "tm{}_both",
        "Share of the intensity of channel {} where both are above their thresholds",
        threshold=_TWO,
    ),
    *_columns(
        "overlap",
        reference=_MANDERS,
        moc="Overlap coefficient Σab/√(Σa²Σb²)",
        k1="Σab/Σa²",
        k2="Σab/Σb²",
    ),
    *_columns("regression", reference=_COSTES, slope="Slope of the regression line"),
    *_columns(
        "regression",
        reference=_COSTES,
        unit="intensity",
        intercept="Intercept of the regression line",
    ),
    *_columns(
        *("costes", "cells", _COSTES),
        unit="intensity",
        costes_low="Lowest level of channel 1 at which r changes its sign along the line",
        costes_high="The highest such level",
    ),
    *_columns(
        *("information", "cells", _STUDHOLME),
        unit="bit",
        mutual_information="Mutual information",
    ),
    *_columns(
        *("information", "cells", _STUDHOLME),
        nmi="Normalised mutual information (H1 + H2)/H12, from 1 to 2",
    ),
    *_columns(
        "areas",
        reference=_SHENG,
        threshold=_TWO,
        tos="Threshold overlap score: overlap of the areas between chance (0) and its extremes "
        "(±1)",
        tos_log="The same on a logarithmic scale",
    ),
    *of_both(
        "rwc",
        "",
        "Rank-weighted share of the intensity of channel {} where both are above thresholds",
        group="rwc",
        needs="cells",
        reference=_SINGAN,
        threshold=_TWO,
    ),
    *of_both(
        "area_fraction",
        "",
        "Share of the region above the threshold of channel {}",
        group="areas",
        threshold="{}",
    ),
    *_columns(
        "areas", threshold=_TWO, area_fraction_both="Share of the region above both thresholds"
    ),
    *of_both(
        "intensity_fraction",
        "",
        "Share of the intensity of channel {} above its own threshold",
        group="areas",
        threshold="{}",
    ),
    *_columns(
        "areas",
        threshold=_TWO,
        jaccard="Intersection over union of the areas",
        dice="Twice the intersection over the sum of the areas",
    ),
    *_columns(
        *("above", "cells"),
        threshold=_TWO,
        spearman_above="ρ of the pixels above both thresholds",
        icq_above="ICQ of the pixels above both thresholds",
    ),
    *_columns(
        "above",
        threshold=_TWO,
        moc_above="moc of the pixels above both thresholds",
        k1_above="k1 of the pixels above both thresholds",
        k2_above="k2 of the pixels above both thresholds",
    ),
    *_tested("pearson", "Pearson's r"),
    *_tested("spearman", "Spearman's ρ"),
    *_columns(
        "significance",
        "frame",
        participation="About how many places make a channel's variance, the fewer of both; r rests "
        "on few objects below 4",
    ),
    *_intervals("m{}", ""),
    *_intervals("tm{}", "{1}"),
    *_columns(
        *("significance", "frame"),
        shifts="Independent shifts of one channel; p of shifts is at least 1/(1 + shifts)",
    ),
    *of_both("mean", "intensity", "Mean of channel {}, its background included", group="intensity"),
    *of_both("sd", "intensity", "Standard deviation of channel {}", group="intensity"),
    *of_both("minimum", "intensity", "Minimum of channel {}", group="intensity", needs="levels"),
    *of_both("maximum", "intensity", "Maximum of channel {}", group="intensity", needs="levels"),
)

REMARKS = (WARNINGS, _NOTES)


def _group(name: str, meaning: str, **more: bool) -> tuple[str, NameGroup]:
    names = tuple(one.name for one in MEASURES if one.group == name)
    return name, NameGroup(names, meaning, **more)


#: The measures of each group; the time of slow ones grows with the image's size in transforms.
GROUPS = dict(
    (
        _group("correlation", "How far intensities rise together, in a straight line"),
        _group("ranks", "How far intensities rise together, in whatever curve"),
        _group(
            "manders", "How much of a channel lies where the other one is, with what chance gives"
        ),
        _group("overlap", "Manders' overlap of intensities, which brightness and background move"),
        _group("regression", "The line through the pairs of intensities"),
        _group("costes", "Where Costes' threshold could also lie", default=False),
        _group("information", "How well one intensity predicts the other"),
        _group("areas", "How much of the areas above the thresholds is shared"),
        _group("rwc", "Manders' shares, weighted by how alike the ranks of intensities are"),
        _group("above", "Measures of the pixels above both thresholds alone", default=False),
        _group(
            "significance",
            "Intervals and p-values by independent pixels and shifts; takes longer",
            default=False,
            slow=True,
        ),
        _group("intensity", "Mean, deviation, minimum and maximum of each channel", default=False),
    )
)
SLOW_GROUPS = tuple(name for name, group in GROUPS.items() if group.slow)


def chosen_measures(names: Iterable[str]) -> tuple[Column, ...]:
    """Return the measures meant by names of columns, of groups, ``default`` or ``all``."""
    wanted = names_of_groups("measures", names, GROUPS)
    return tuple(column for column in MEASURES if column.name in wanted)


def table_columns(
    measures: Iterable[Column],
    *,
    registered: bool = False,
    unmixed: bool = False,
    replicated: bool = False,
) -> tuple[Column, ...]:
    """Return all columns of a table with these measures, in order."""
    changed = (
        *(BLEED_COLUMNS if unmixed else ()),
        *(REGISTRATION if registered else ()),
        *(REPLICATES if replicated else ()),
    )
    return (*IDENTITY, *SIZE, *SETTINGS, *changed, *measures, *REMARKS)


#: Every column that a table of `measure` can have.
ALL_COLUMNS = table_columns(MEASURES, registered=True, unmixed=True, replicated=True)
