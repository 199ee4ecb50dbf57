"""The columns of the tables of `measure_objects`: name, unit, meaning. In one place."""

from __future__ import annotations

from dataclasses import replace

from covoxel.analysis.schema import (
    FRAME_IDENTITY,
    LENGTH_UNIT,
    SHIFTS,
    WARNINGS,
    Column,
    axis_columns,
    of_both,
    record_columns,
)

_LENGTH, _SIZE = "µm or px", "µm², µm³ or px"
_RELATE = "Carpenter et al. 2006, doi:10.1186/gb-2006-7-10-r100"
_GUIDED = "Bolte & Cordelières 2006, doi:10.1111/j.1365-2818.2006.01706.x"
_SODA = "Lagache et al. 2018, doi:10.1038/s41467-018-03053-x"
_MATCHED = "Chenouard et al. 2014, doi:10.1038/nmeth.2808"


OBJECT_COLUMNS = (
    *FRAME_IDENTITY,
    Column("channel", "", "Channel of the object, 1 or 2"),
    Column("object", "", "Label of the object, or number of the point"),
    Column("cell", "", "Label of the cell that holds most of it", dtype="Int64", optional=True),
    *axis_columns("center", "px", "Centre of the object along"),
    *axis_columns("center", "µm", "The same along", "_um"),
    Column("pixels", "px", "Pixels of the object inside the mask; 1 for a point"),
    Column("size", _SIZE, "Area or volume of these; empty for a point"),
    Column("diameter", _LENGTH, "Diameter of the disk or ball of this size"),
    *of_both("mean", "intensity", "Mean intensity of channel {0} in the object"),
    *of_both("integrated", "intensity", "Sum of the intensity of channel {0} in the object"),
    Column("cut", "", "True if it reaches the border of frame or mask: part of it may be missing"),
    Column("overlap", "", "Share of the object that lies in objects of the other channel"),
    Column("jaccard", "", "Jaccard index with the best overlapping object"),
    Column("best", "", "Label of that object", dtype="Int64"),
    Column("children", "", "Objects of which this is the best", dtype="Int64", optional=True),
    Column("center_in", "", "Label of the object that holds the centre", dtype="Int64"),
    Column("center_distance", _LENGTH, "Distance to the nearest centre of the other channel"),
    Column("nearest", "", "Label of the object with that centre", dtype="Int64"),
    Column("edge_distance", _LENGTH, "Distance of the nearest edges; 0 where objects touch"),
    Column("nearest_edge", "", "Label of the object with that edge", dtype="Int64"),
    Column("border_distance", _LENGTH, "Distance of the centre to the border of frame or mask"),
    Column("censored", "", "True if that is shorter: a nearer object may lie beyond the border"),
    Column("matched", "", "Label of the object that it is matched with", dtype="Int64"),
    Column("match_distance", _LENGTH, "Distance of the centres of both", reference=_MATCHED),
    Column("spot_intensity", "intensity", "Light of the spot over its surroundings", optional=True),
    Column("spot_width", _LENGTH, "Full width of the spot at half maximum", optional=True),
    Column("spot_contrast", "", "Its response over that of the noise", optional=True),
    LENGTH_UNIT,
    *record_columns("Why cells are empty"),
)

PAIR_COLUMNS = (
    *FRAME_IDENTITY,
    Column("cell", "", "Label of the cell of object 1", dtype="Int64", optional=True),
    *of_both("object", "", "Label of the object of channel {0}"),
    Column("pixels", "px", "Pixels that both share"),
    *of_both("fraction", "", "The same as a share of the object of channel {0}"),
    Column("jaccard", "", "The same as a share of the pixels of either"),
    Column("center_distance", _LENGTH, "Distance of the centres of both"),
    LENGTH_UNIT,
    *record_columns("Why cells are empty"),
)

COUNT_COLUMNS = (
    *of_both("objects", "", "Number of objects of channel {0}"),
    *of_both("cut", "", "Those that reach the border of frame or mask"),
    *of_both("overlapping", "", "Those that overlap objects of channel {1}"),
    *of_both("overlap", "", "Mean share of an object that lies in objects of channel {1}"),
    *of_both("centers_in", "", "Those whose centre lies in one of channel {1}", reference=_GUIDED),
    *of_both("holding", "", "Those in which a centre of channel {1} lies", reference=_GUIDED),
    *of_both("near", "", "Those with a centre of channel {1} within the longest distance"),
    Column("matches", "", "Pairs of objects that are matched one to one", reference=_MATCHED),
    *of_both("matched_share", "", "Matched objects as a share of those of channel {0}"),
    *of_both("center_distance", _LENGTH, "Mean distance to the nearest centre of channel {1}"),
    *of_both("center_distance_median", _LENGTH, "Median of the same"),
    *of_both("edge_distance", _LENGTH, "Mean distance to the nearest edge of channel {1}"),
    Column("match_distance", _LENGTH, "Mean distance of the centres of matched objects"),
)

COUPLING_COLUMNS = tuple(
    replace(one, optional=True)
    for one in (
        *of_both(
            "coupled",
            "",
            "Share of channel {0} with a partner within the longest distance, beyond chance",
            reference=_SODA,
        ),
        *of_both("coupled_low", "", "Lower end of the 95 % interval of the share of channel {0}"),
        *of_both("coupled_high", "", "Upper end of the 95 % interval of the share of channel {0}"),
        *of_both("chance", "", "Share of channel {0} that is as near by chance"),
        *of_both(
            "coupling_p",
            "",
            "p-value of the distances from objects of channel {0} to those of channel {1}",
            reference="SPACE, doi:10.1093/mam/ozae022",
        ),
        *of_both("coupling_z", "", "The same in standard deviations of chance; above 0 if nearer"),
        *of_both("null", "", "What chance is for channel {0}: distance_map, shifts or clusters"),
        *of_both("clustering_p", "", "p-value of clustering of channel {0} by itself"),
    )
)

_RIPLEY = "Ripley 1976, doi:10.2307/3212829"
_ENVELOPE = "Myllymäki et al. 2017, doi:10.1111/rssb.12172"
CROSS_K_COLUMNS = (
    *FRAME_IDENTITY,
    Column("distance", _LENGTH, "Outer radius of the ring"),
    Column("k", _SIZE, "Ripley's cross-K", reference=_RIPLEY),
    Column("l", _LENGTH, "Besag's L; the distance itself where the channels are independent"),
    Column("l_low", _LENGTH, "Lower end of its global envelope of 95 %", reference=_ENVELOPE),
    Column("l_high", _LENGTH, "Upper end of its global envelope of 95 %"),
    Column("g", "", "Pair correlation in the ring; 1 where the channels are independent"),
    Column("pairs", "", "Pairs of objects in the ring"),
    LENGTH_UNIT,
)
_CROSS_K = (
    Column("cross_k_p", "", "p-value of the whole curve of cross-K", optional=True),
    Column("cross_k_null", "", "What chance is for it", optional=True),
)

_BY_CHANCE = tuple(
    replace(one, optional=True)
    for one in (
        *of_both("overlapping_chance", "", "Objects of channel {0} that overlap where placed anew"),
        *of_both(
            "overlapping_p",
            "",
            "p-value of their number in channel {0}",
            reference="DiAna, doi:10.1016/j.ymeth.2016.11.016",
        ),
    )
)

CELL_COLUMNS = (
    *FRAME_IDENTITY,
    Column("label", "", "Label of the cell"),
    Column("pixels", "px", "Pixels of the cell"),
    Column("size", _SIZE, "Area or volume of these"),
    *of_both("mean", "intensity", "Mean intensity of channel {0} in the cell"),
    *of_both("positive", "", "True if the cell is positive for channel {0}", dtype="boolean"),
    *COUNT_COLUMNS,
    *COUPLING_COLUMNS,
    LENGTH_UNIT,
    *record_columns("Why cells are empty"),
)

AGREEMENT_COLUMNS = tuple(
    Column(name, "", meaning, reference=_RELATE, optional=True)
    for name, meaning in (
        ("precision", "Pixels of objects that belong together, of all that overlap"),
        ("recall", "The same, of all pixels of objects of channel 1"),
        ("f_factor", "Harmonic mean of precision and recall"),
        ("rand", "Share of pairs of pixels that both channels put together or apart"),
        ("adjusted_rand", "The same less what chance gives"),
    )
)

COEXPRESSION_COLUMNS = (
    Column("cells", "", "Number of cells", dtype="Int64", optional=True),
    Column("cells_neither", "", "Positive for neither channel", dtype="Int64", optional=True),
    Column("cells_only1", "", "Positive for channel 1 only", dtype="Int64", optional=True),
    Column("cells_only2", "", "Positive for channel 2 only", dtype="Int64", optional=True),
    Column("cells_both", "", "Positive for both channels", dtype="Int64", optional=True),
    Column("share_of1", "", "Share of cells positive for 1 that are so for 2", optional=True),
    Column("share_of2", "", "Share of cells positive for 2 that are so for 1", optional=True),
)

SUMMARY_COLUMNS = (
    *FRAME_IDENTITY,
    *COUNT_COLUMNS,
    *COUPLING_COLUMNS,
    *_BY_CHANCE,
    *_CROSS_K,
    *COEXPRESSION_COLUMNS,
    *AGREEMENT_COLUMNS,
    *of_both("threshold", "intensity", "Threshold of channel {0}"),
    Column("max_distance", _LENGTH, "Longest distance of centres that belong together"),
    LENGTH_UNIT,
    *SHIFTS,
    WARNINGS,
    *record_columns("Why cells are empty"),
)
