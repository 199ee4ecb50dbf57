"""The Measure widget."""
