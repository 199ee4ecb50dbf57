"""Counts of simulated channels."""

import numpy as np

NOISE_FREE = {"poisson": False, "read_noise": 0.0}


def counts(pair):
    return np.asarray(pair.channel1.data, float), np.asarray(pair.channel2.data, float)


def pearson(pair):
    first, second = counts(pair)
    return np.corrcoef(first.ravel(), second.ravel())[0, 1]
