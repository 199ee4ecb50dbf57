"""Which regions the frame cuts off."""

import numpy as np
import pytest

from covoxel.image.extents import Extents
from covoxel.image.regions import Region

IDS = np.array([3, 5])


def touching(image, ids=IDS):
    labelled = image.dtype != bool
    region = Region(image, ids, mask=not labelled)
    return Extents(region, image.shape).touching


@pytest.mark.parametrize("place", [(0, 4), (9, 4), (4, 0), (4, 9)])
@pytest.mark.parametrize("planes", [(), (3,)])
def test_each_side_counts(place, planes):
    labels = np.zeros((*planes, 10, 10), np.uint16)
    labels[..., 5, 5] = 3
    labels[..., *place] = 5
    assert touching(labels).tolist() == [False, True]


def test_first_and_last_plane_do_not_count():
    labels = np.zeros((3, 10, 10), int)
    labels[:, 4:6, 4:6] = 3
    assert touching(labels).tolist() == [False, False]


def test_a_mask_is_region_1():
    mask = np.zeros((10, 10), bool)
    mask[4, 4] = True
    assert not touching(mask, np.array([1]))[0]
    mask[0, 4] = True
    assert touching(mask, np.array([1]))[0]


def test_the_whole_image_has_no_border_of_its_own():
    assert not Extents(Region(None, np.array([1])), (4, 4)).touching.any()


def test_only_the_border_is_read():
    class Lazy:
        ndim, shape, dtype, read = 3, (4, 50, 60), np.dtype(np.uint8), 0

        def __getitem__(self, index):
            block = np.zeros(self.shape, np.uint8)[index]
            self.read += block.size
            return block

    lazy = Lazy()
    assert not touching(lazy).any()
    assert lazy.read == 2 * 4 * (50 + 60)


def test_of_one_plane_only_its_border_counts():
    labels = np.zeros((3, 10, 10), int)
    labels[:, 4:6, 4:6] = 3
    labels[0, 0, 4] = 3
    region = Region(labels, np.array([3]))
    found = [Extents(region, labels.shape, z=z).touching[0] for z in (None, 0, 1)]
    assert found == [True, True, False]
