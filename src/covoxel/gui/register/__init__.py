"""The Register widget."""
