"""Types, checks, files, progress and resampling that every other package may use."""
