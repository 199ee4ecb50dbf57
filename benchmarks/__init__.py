"""Ratios to the peers, each taken interleaved in one process: ``python -m benchmarks``."""
