"""The table of a result in its widget."""
