"""Checks that need the pixels in their places: noise, sampling, artefacts, planes, time points."""
