"""The measures of a comparison, by group, and the windows of SSIM; light to import."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from covoxel.core.checks import NameGroup, listed_names, names_of_groups, one_of

GROUPS = {
    "differences": NameGroup(
        (
            *("mse", "rmse", "nrmse", "mae", "psnr", "norm"),
            *("pearson", "cosine_distance", "correlation_distance"),
        ),
        "How different the pixels are, one by one",
    ),
    "structure": NameGroup(("ssim",), "How alike structures are, window by window"),
    "histograms": NameGroup(
        (
            *("histogram_correlation", "chi_square", "histogram_intersection"),
            *("hellinger", "earth_movers"),
        ),
        "How alike the histograms are, wherever pixels lie",
    ),
    "information": NameGroup(
        ("mutual_information", "nmi"), "How well one intensity predicts the other"
    ),
    "binary": NameGroup(
        ("jaccard", "dice", "intersection_coefficient"),
        "How much of two masks is shared",
        default=False,
    ),
    "hashes": NameGroup(
        ("average_hash", "perceptual_hash", "difference_hash", "wavelet_hash"),
        "By how many bits the fingerprints of both images differ",
        default=False,
    ),
    "noise": NameGroup(
        ("filtered_correlation1", "filtered_correlation2"),
        "How far an image is that of its smoothed copy: 1 without noise",
        default=False,
    ),
}
MEASURES = tuple(name for group in GROUPS.values() for name in group.names)
SsimWindow = Literal["uniform", "gaussian"]
#: Edge of each window of SSIM in pixels.
SSIM_WINDOWS = {"uniform": 7, "gaussian": 11}


def chosen(names: str | Iterable[str]) -> tuple[str, ...]:
    """Return the measures meant by names, of groups too, ``default`` or ``all``.

    Raises
    ------
    ValueError
        If a name is unknown, or there is none.

    Examples
    --------
    >>> chosen("information,mse")
    ('mse', 'mutual_information', 'nmi')
    """
    given = listed_names("measures", names)
    wanted = names_of_groups("measures", given, GROUPS)
    return tuple(name for name in MEASURES if name in wanted)


def ssim_edge(window: str, win_size: int | None) -> int:
    """Return the edge of the window of SSIM in pixels.

    Raises
    ------
    ValueError
        If there is no such window, or its size is not odd and at least 3.
    """
    one_of("ssim_window", window, SSIM_WINDOWS)
    if win_size is None:
        return SSIM_WINDOWS[window]
    whole = isinstance(win_size, int) and not isinstance(win_size, bool)
    if not whole or win_size < 3 or win_size % 2 == 0:
        msg = f"win_size is {win_size!r}; expected an odd integer ≥ 3"
        raise ValueError(msg)
    return win_size
