"""Key points of two images, matched where one movement explains them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.special import comb
from scipy.stats import binom

from covoxel.core.checks import one_of
from covoxel.core.types import AnyArray, BoolArray, FloatArray
from covoxel.similarity.pair import frame_of

DETECTORS = ("orb", "sift")
MOVEMENTS = {"euclidean": 2, "similarity": 2, "affine": 3}
#: Trials of RANSAC.
_TRIALS = 2000
#: Matches beyond those that define a movement, without which any movement would do.
_MORE = 3
#: How many movements may be expected to be agreed upon as well by chance.
_CHANCE = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class KeypointMatches:
    """Points of image 1 and the points of image 2 that show the same."""

    #: Positions y, x in pixels, of the matches that agree with `matrix`, (N, 2).
    points1: FloatArray
    points2: FloatArray
    #: Takes y, x of image 1 to image 2, in homogeneous coordinates; NaN without matches, (3, 3).
    matrix: FloatArray
    #: Matches before those that disagree were dropped.
    candidates: int
    #: Both images, scaled to [0, 1].
    images: tuple[FloatArray, FloatArray] = field(repr=False)
    #: Why there are no matches; empty where there are.
    reason: str = ""

    def side_by_side(self) -> FloatArray:
        """Return both images in one, image 2 on the right."""
        height = max(image.shape[0] for image in self.images)
        return np.hstack([np.pad(i, ((0, height - i.shape[0]), (0, 0))) for i in self.images])

    def lines(self) -> FloatArray:
        """Return the ends of a line a match on `side_by_side`, (N, 2, 2), for a Shapes layer."""
        right = self.points2 + np.array([0, self.images[0].shape[1]])
        return np.stack([self.points1, right], axis=1)


def match_keypoints(
    image1: Any,
    image2: Any,
    *,
    detector: str = "orb",
    movement: str = "similarity",
    tolerance: float = 2.0,
    max_points: int = 500,
    rng: int = 0,
) -> KeypointMatches:
    """Match key points of two planes, of any size, and drop the matches that disagree.

    Parameters
    ----------
    image1, image2 : (Y, X) array-like, Channel or napari layer
        Planes; pixels that are not finite count as the darkest.
    detector : {"orb", "sift"}
        How points are found and described, by scikit-image.
    movement : {"euclidean", "similarity", "affine"}
        What all matches are explained by.
    tolerance : float
        Distance in pixels within which a match agrees.
    max_points : int
        Key points that ORB looks for.
    rng : int
        Of RANSAC's draws.

    Returns
    -------
    KeypointMatches

    Raises
    ------
    ValueError
        If an image is no plane, or an option none that is allowed.

    References
    ----------
    Lowe 2004, doi:10.1023/B:VISI.0000029664.99615.94 (SIFT); Rublee et al. 2011,
    doi:10.1109/ICCV.2011.6126544 (ORB); Fischler & Bolles 1981, doi:10.1145/358669.358692
    (RANSAC); Moisan & Stival 2004, doi:10.1023/B:VISI.0000013094.38752.54 (agreement by chance)

    Examples
    --------
    >>> from covoxel import simulate_pair
    >>> image = simulate_pair(shape=(160, 160), rng=1).channel1.read()
    >>> found = match_keypoints(image, image[20:, 10:])
    >>> (found.points2 - found.points1).mean(axis=0).round().tolist()
    [-20.0, -10.0]
    """
    from skimage.feature import match_descriptors

    one_of("detector", detector, DETECTORS)
    one_of("movement", movement, MOVEMENTS)
    if not tolerance > 0:
        msg = f"tolerance is {tolerance!r}; a positive number of pixels is needed"
        raise ValueError(msg)
    images = _plane("image1", image1), _plane("image2", image2)
    described = [_described(image, detector, max_points) for image in images]
    for number, one in enumerate(described, start=1):
        if one is None:
            return _none(images, 0, f"image {number} has no key points")
    (places1, words1), (places2, words2) = [one for one in described if one is not None]
    ratio = {"max_ratio": 0.8} if detector == "sift" else {}
    matched = match_descriptors(words1, words2, cross_check=True, **ratio)
    points1, points2 = places1[matched[:, 0]], places2[matched[:, 1]]
    return _agreeing(images, points1, points2, movement, tolerance, rng)


def _plane(name: str, image: Any) -> FloatArray:
    values = frame_of(name, image).data
    if values.ndim != 2:
        msg = (
            f"{name} has shape {values.shape}; a plane is needed, such as one of it or its maximum"
        )
        raise ValueError(msg)
    values = values.astype(np.float64)
    finite = np.isfinite(values)
    low, high = (values[finite].min(), values[finite].max()) if finite.any() else (0.0, 0.0)
    return (np.where(finite, values, low) - low) / ((high - low) or 1.0)


def _described(
    image: FloatArray, detector: str, max_points: int
) -> tuple[FloatArray, AnyArray] | None:
    from skimage.feature import ORB, SIFT

    if min(image.shape) < 2:  # scikit-image takes it for a line
        return None
    extractor: Any = ORB(n_keypoints=max_points) if detector == "orb" else SIFT()
    try:
        extractor.detect_and_extract(image)
    except (RuntimeError, IndexError):  # what scikit-image raises of images without any
        return None
    if extractor.descriptors is None or not len(extractor.descriptors):
        return None
    return np.asarray(extractor.keypoints, np.float64), extractor.descriptors


def _agreeing(
    images: tuple[FloatArray, FloatArray],
    points1: FloatArray,
    points2: FloatArray,
    movement: str,
    tolerance: float,
    rng: int,
) -> KeypointMatches:
    from skimage import transform
    from skimage.measure import ransac

    least = MOVEMENTS[movement]
    if len(points1) < least + _MORE:
        return _none(images, len(points1), "too few key points match")
    model, agree = ransac(
        (points1, points2),
        getattr(transform, f"{movement.capitalize()}Transform"),
        min_samples=least,
        residual_threshold=tolerance,
        max_trials=_TRIALS,
        rng=rng,
    )
    if agree is None or np.count_nonzero(agree) < least + _MORE:
        return _none(images, len(points1), "the matches agree on no movement")
    matrix = np.asarray(model.params, np.float64)
    if _by_chance(images, matrix, agree, least, tolerance) > _CHANCE:
        return _none(images, len(points1), "no more matches agree than would by chance")
    return KeypointMatches(points1[agree], points2[agree], matrix, len(points1), images)


def _by_chance(
    images: tuple[FloatArray, FloatArray],
    matrix: FloatArray,
    agree: BoolArray,
    least: int,
    tolerance: float,
) -> float:
    """Return how many movements random matches would agree on as well (a contrario).

    A match agrees by chance where its point falls near to where the movement takes the other: into
    image 2, or into what it makes of image 1, if that is smaller.
    """
    area = min(images[1].size, abs(np.linalg.det(matrix[:2, :2])) * images[0].size)
    share = min(1.0, np.pi * tolerance**2 / max(area, 1.0))
    others, agreeing = agree.size - least, int(np.count_nonzero(agree)) - least
    return float(comb(agree.size, least) * binom.sf(agreeing - 1, others, share))


def _none(images: tuple[FloatArray, FloatArray], candidates: int, reason: str) -> KeypointMatches:
    empty = np.zeros((0, 2))
    return KeypointMatches(empty, empty, np.full((3, 3), np.nan), candidates, images, reason)
