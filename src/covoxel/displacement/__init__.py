"""How far apart, not where: the correlogram of two channels, and what is read from it."""
