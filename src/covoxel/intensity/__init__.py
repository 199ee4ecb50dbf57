"""How bright, not where: the joint histogram of two channels, and what is read from it."""
