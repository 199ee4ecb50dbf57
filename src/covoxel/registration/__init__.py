"""Registration of one channel to another."""
