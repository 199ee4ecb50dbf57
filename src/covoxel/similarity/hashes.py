"""Hashes of images, and images that are nearly the same by them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from covoxel.core.checks import one_of
from covoxel.core.types import AnyArray
from covoxel.image.channel import whole_array
from covoxel.similarity.data_range import extremes
from covoxel.similarity.pair import Measured, Pair, frame_of

if TYPE_CHECKING:
    from imagehash import ImageHash
    from PIL.Image import Image

#: The functions of ImageHash.
_FUNCTIONS = {
    "average": "average_hash",
    "perceptual": "phash",
    "difference": "dhash",
    "wavelet": "whash",
}
METHODS = tuple(_FUNCTIONS)
#: Levels of the pictures that are hashed.
_LEVELS = 256


def image_hash(image: Any, method: str = "perceptual", *, size: int = 8) -> ImageHash:
    """Hash an image, by ImageHash; the difference of two hashes is the number of bits that differ.

    Parameters
    ----------
    image : (Z, Y, X), (Y, X) or (Y, X, 3) array-like, Channel or napari layer
        Whole numbers of 8 bits, whatever their data type, and 8-bit pictures in colours are hashed
        as they are; masks (0 and 1) and others are stretched to 8 bits between their extremes. Of
        a stack it is the maximum along z.
    method : {"average", "perceptual", "difference", "wavelet"}
        Which hash.
    size : int
        Bits along each side, 2 at least; a power of 2 for the wavelet hash.

    Returns
    -------
    imagehash.ImageHash

    Raises
    ------
    ValueError
        If the method or the size is none that is allowed, or the picture is constant: the bits of
        its hash would be chance.

    References
    ----------
    ImageHash, https://github.com/JohannesBuchner/imagehash

    Examples
    --------
    >>> import numpy as np
    >>> image = np.add.outer(np.arange(64), np.arange(64)).astype(np.uint16)
    >>> image_hash(image) == image_hash(image.astype(np.uint8))
    True
    """
    import imagehash

    one_of("method", method, METHODS)
    whole = isinstance(size, int) and not isinstance(size, bool) and size >= 2
    if not whole or (method == "wavelet" and size & (size - 1)):
        allowed = "a power of 2" if method == "wavelet" else "an integer of at least 2"
        msg = f"size is {size!r}; it must be {allowed}"
        raise ValueError(msg)
    picture = _picture(image)
    if picture is None:
        msg = "image is constant; its hash is undefined"
        raise ValueError(msg)
    hashed: ImageHash = getattr(imagehash, _FUNCTIONS[method])(picture, hash_size=size)
    return hashed


def has_hash(image: Any) -> bool:
    """Return whether the hash of an image is defined: not of a constant picture.

    Examples
    --------
    >>> has_hash(np.zeros((9, 9))), has_hash(np.eye(9))
    (False, True)
    """
    return _picture(image) is not None


def _picture(image: Any) -> Image | None:
    """Return an image as 8 bits; None if it is constant."""
    from PIL import Image

    picture = Image.fromarray(_eight_bits(image))
    low, high = picture.convert("L").getextrema()
    return None if low == high else picture


def _eight_bits(image: Any) -> AnyArray:
    if hasattr(image, "rgb"):  # a napari layer
        image = image.data if image.rgb else image
    shape: tuple[int, ...] = () if hasattr(image, "axes") else tuple(getattr(image, "shape", ()))
    if len(shape) == 3 and shape[-1] in (3, 4) and image.dtype == np.uint8:
        return whole_array(image)
    values = frame_of("image", image).data
    values = np.atleast_2d(values.max(axis=0) if values.ndim > 2 else values)
    found = extremes([values])
    if not found.high > found.low:  # constant, or no finite pixel
        return np.zeros(values.shape, np.uint8)
    filled = np.where(np.isfinite(values), values, found.low).astype(np.float64)
    if found.whole and found.low >= 0 and 1 < found.high < _LEVELS:
        return filled.astype(np.uint8)
    shares = (filled - found.low) / (found.high - found.low)
    return np.rint((_LEVELS - 1) * shares).astype(np.uint8)


def of_hashes(pair: Pair, wanted: tuple[str, ...]) -> dict[str, Measured]:
    """Return the bits, out of 64, in which the hashes of both images differ."""
    if pair.masked:
        return dict.fromkeys(wanted, (math.nan, "hashes do not support masks"))
    images = (pair.image1, pair.image2)
    constant = [f"image {i}" for i, image in enumerate(images, start=1) if not has_hash(image)]
    if constant:
        reason = f"{' and '.join(constant)} {'are' if constant[1:] else 'is'} constant"
        return dict.fromkeys(wanted, (math.nan, reason))
    return {name: (float(_bits(pair, name.removesuffix("_hash"))), "") for name in wanted}


def _bits(pair: Pair, method: str) -> int:
    return int(image_hash(pair.image1, method) - image_hash(pair.image2, method))


@dataclass(frozen=True, slots=True)
class NearDuplicate:
    """Two images that are nearly the same."""

    #: Their names.
    first: str
    second: str
    #: Bits in which their hashes differ.
    distance: int


def near_duplicates(hashes: Mapping[str, ImageHash], *, distance: int = 4) -> list[NearDuplicate]:
    """Find images whose hashes differ in few bits.

    Parameters
    ----------
    hashes : mapping of str to imagehash.ImageHash
        One hash a name, all of one method and size.
    distance : int
        Most bits in which near-duplicates differ.

    Returns
    -------
    list of NearDuplicate
        The nearest first.

    Examples
    --------
    >>> import numpy as np
    >>> image = np.random.default_rng(0).integers(0, 255, (32, 32), np.uint8)
    >>> hashes = {"a": image_hash(image), "b": image_hash(image // 2), "c": image_hash(image.T)}
    >>> [(found.first, found.second) for found in near_duplicates(hashes)]
    [('a', 'b')]
    """
    return sorted(_near(list(hashes.items()), distance), key=lambda found: found.distance)


def _near(hashes: Sequence[tuple[str, ImageHash]], most: int) -> Iterator[NearDuplicate]:
    for (first, one), (second, other) in combinations(hashes, 2):
        bits = int(one - other)
        if bits <= most:
            yield NearDuplicate(first, second, bits)
