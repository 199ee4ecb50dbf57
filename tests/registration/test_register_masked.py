"""More than a shift, inside masks that leave little of the image."""

from __future__ import annotations

import numpy as np
import pytest

from covoxel import read_image
from covoxel.io.samples import sample_path
from covoxel.registration import register


@pytest.fixture(scope="module")
def cells():
    channels = read_image(sample_path("shifted_channels.ome.tif"))
    (labels,) = read_image(sample_path("shifted_channels_labels.tif"))
    return *channels, np.asarray(labels.data)


@pytest.mark.parametrize("transform", ["similarity", "affine"])
def test_many_unsure_tiles_tell_together(cells, transform):
    first, second, labels = cells
    found = register(first, second, mask=labels > 0, transform=transform)
    assert np.all(np.abs(np.subtract(found.offset, (4, -3))) < 3 * np.array(found.uncertainty))
    assert 0.01 < max(found.uncertainty) < 0.5
    assert abs(found.scale - 1) < 0.01
    assert abs(found.rotation) < 0.5
    assert found.ncc_after > found.ncc_before + 0.3


def test_a_mask_that_is_too_small_says_what_to_do(cells):
    first, second, labels = cells
    with pytest.raises(ValueError, match=r"of \d+ inside the mask .* widen the mask, or take 'tr"):
        register(first, second, mask=labels == 3, transform="affine")
