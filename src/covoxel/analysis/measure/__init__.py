"""Measure intensities: coefficients of regions, pairs of channels and time points."""
