"""The Distance widget."""
