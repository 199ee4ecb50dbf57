"""Correlation as a function of displacement and of delay."""
