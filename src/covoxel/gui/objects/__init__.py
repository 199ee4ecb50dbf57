"""The Objects widget."""
