"""Displacements tile by tile."""
