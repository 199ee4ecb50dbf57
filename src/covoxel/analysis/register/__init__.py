"""Registration of channels and drift."""
