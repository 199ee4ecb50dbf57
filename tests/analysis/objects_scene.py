"""Two channels with known objects in two cells."""

import numpy as np

from covoxel import Channel, measure_objects

LIGHT = np.random.default_rng(0).integers(10, 99, (2, 12, 16)).astype(np.uint8)
#: Objects of both channels: one pair overlaps, one touches, one is alone; and two cells.
FIRST = np.zeros((12, 16), np.uint16)
FIRST[2:4, 2:5], FIRST[2:4, 9:11], FIRST[8:10, 3:5] = 7, 300, 12
SECOND = np.zeros((12, 16), np.int8)
SECOND[3:5, 2:5], SECOND[2:4, 11:12] = 5, 2
CELLS = np.zeros((12, 16), np.float32)
CELLS[:6], CELLS[7:] = 1, 4


def image(data, spacing=(0.5, 0.2), axes="YX", name=""):
    return Channel(data, axes, spacing and spacing[-len(axes.replace("T", "")) :], name=name)


def measured(**given):
    channels = [image(one, name=name) for one, name in zip(LIGHT, ("red", "green"), strict=True)]
    return measure_objects(*channels, objects1=FIRST, objects2=SECOND, **given)


def of_channel(table, number):
    return table[table["channel"] == number].set_index("object")
