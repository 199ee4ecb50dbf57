"""Which regions the frame cuts off."""

from __future__ import annotations

import numpy as np
import pytest

from covoxel.quality import touches_border

IDS = np.array([3, 5])


@pytest.mark.parametrize("place", [(0, 4), (9, 4), (4, 0), (4, 9)])
@pytest.mark.parametrize("planes", [(), (3,)])
def test_each_side_counts(place, planes):
    labels = np.zeros((*planes, 10, 10), np.uint16)
    labels[..., 5, 5] = 3
    labels[..., *place] = 5
    assert touches_border(labels, IDS).tolist() == [False, True]


def test_first_and_last_plane_do_not_count():
    labels = np.zeros((3, 10, 10), int)
    labels[:, 4:6, 4:6] = 3
    assert touches_border(labels, IDS).tolist() == [False, False]


def test_a_mask_is_region_1():
    mask = np.zeros((10, 10), bool)
    mask[4, 4] = True
    assert not touches_border(mask, np.array([1]))[0]
    mask[0, 4] = True
    assert touches_border(mask, np.array([1]))[0]


def test_the_whole_image_has_no_border_of_its_own():
    assert not touches_border(None, np.array([1])).any()


def test_only_the_border_is_read():
    class Lazy:
        ndim, shape, read = 3, (4, 50, 60), 0

        def __getitem__(self, index):
            block = np.zeros(self.shape, np.uint8)[index]
            self.read += block.size
            return block

    lazy = Lazy()
    assert not touches_border(lazy, IDS).any()
    assert lazy.read == 2 * 4 * (50 + 60)
