"""The columns of the table of `compare_channels`: name, unit, meaning. In one place."""

from __future__ import annotations

from covoxel.analysis.schema import FRAME_IDENTITY, SHIFTS, Column, record_columns
from covoxel.similarity.measures import GROUPS

_WANG = "Wang et al. 2004, doi:10.1109/TIP.2003.819861"
_RUBNER = "Rubner et al. 2000, doi:10.1023/A:1026543900054"
_STUDHOLME = "Studholme et al. 1999, doi:10.1016/S0031-3203(98)00091-0"
_SWAIN = "Swain & Ballard 1991, doi:10.1007/BF00130487"
_ZAUNER = "Zauner 2010, Implementation and benchmarking of perceptual image hash functions"

#: Unit, meaning and reference of each measure.
_MEANINGS: dict[str, tuple[str, str, str]] = {
    "mse": ("intensity²", "Mean of squared differences", ""),
    "rmse": ("intensity", "Root of the mean of squared differences", ""),
    "nrmse": ("", "Root of the sum of squared differences over that of image 1's squares", ""),
    "mae": ("intensity", "Mean of absolute differences", ""),
    "psnr": ("dB", "Peak signal to noise ratio, 10 log10(data_range² / mse)", ""),
    "norm": ("intensity", "Euclidean length of the difference", ""),
    "pearson": ("", "Pearson's r", ""),
    "cosine_distance": ("", "1 - cosine of the angle between the images as vectors", ""),
    "correlation_distance": ("", "1 - Pearson's r", ""),
    "ssim": ("", "Mean structural similarity; windows of 7 pixels by default", _WANG),
    "histogram_correlation": ("", "Pearson's r of the histograms", ""),
    "chi_square": ("", "Sum of (h1 - h2)² / h1 over the bins of h1, of shares", ""),
    "histogram_intersection": ("", "Share of the histograms that is common", _SWAIN),
    "hellinger": ("", "Hellinger distance of the histograms", ""),
    "earth_movers": ("intensity", "Earth mover's distance of the intensities", _RUBNER),
    "mutual_information": ("bit", "Mutual information", ""),
    "nmi": ("", "Normalised mutual information, (H1 + H2) / H12", _STUDHOLME),
    "jaccard": ("", "Pixels of both masks over those of either", ""),
    "dice": ("", "Twice the pixels of both masks over the sum of theirs", ""),
    "intersection_coefficient": ("", "Share of mask 1 inside mask 2", ""),
    "average_hash": ("bit", "Bits of 64 in which the average hashes differ", ""),
    "perceptual_hash": ("bit", "Bits of 64 in which the perceptual hashes differ", _ZAUNER),
    "difference_hash": ("bit", "Bits of 64 in which the difference hashes differ", ""),
    "wavelet_hash": ("bit", "Bits of 64 in which the wavelet hashes differ", ""),
    "filtered_correlation1": ("", "Pearson's r of image 1 and its median of 3 × 3 pixels", ""),
    "filtered_correlation2": ("", "Pearson's r of image 2 and its median of 3 × 3 pixels", ""),
}

COMPARE_MEASURES = tuple(
    Column(name, unit, meaning, group, reference=reference, optional=True)
    for group, of in GROUPS.items()
    for name in of.names
    for unit, meaning, reference in [_MEANINGS[name]]
)

_SIZE = (
    Column("pixels", "px", "Pixels or voxels compared"),
    Column("dropped", "px", "Pixels left out because an image is NaN or infinite"),
)

_SETTINGS = (
    Column("data_range", "intensity", "Largest possible difference of two intensities"),
    Column("data_range_source", "", "Where the data range is from"),
    Column("fit", "", "How images of different size were brought onto one grid"),
)

COMPARE_COLUMNS = (
    *FRAME_IDENTITY,
    *_SIZE,
    *_SETTINGS,
    *SHIFTS,
    *COMPARE_MEASURES,
    *record_columns("Reasons for empty cells, and remarks on others"),
)
