"""Objects of two channels: what overlaps, how near, and in which cells."""
