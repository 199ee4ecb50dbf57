"""The Map widget."""
