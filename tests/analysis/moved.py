"""What analyses of a registered pair are to see, and their numbers."""

from dataclasses import replace

import numpy as np

SHIFT = (-4.3, 3.0)


def moved(registration, channel):
    """What is to be compared: moved counts, NaN where there are none."""
    outside = np.isnan(registration.apply(np.ones(channel.spatial_shape)))
    data = registration.apply(channel.data).astype(np.float64)
    data[..., outside] = np.nan
    return replace(channel, data=data)


def numbers(table, *left_out):
    """All columns without those that differ between runs."""
    left_out = {"settings", "warnings", "pearson_before", *left_out}
    names = [n for n in table if not n.startswith("shift_") and n not in left_out]
    return table[names].to_numpy(na_value=-1.0)
