"""Displacement fields, tile by tile."""
