"""Plots as Qt widgets."""
