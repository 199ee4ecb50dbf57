"""Distances between associated particles."""
