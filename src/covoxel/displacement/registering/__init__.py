"""Where channel 2 lies: search and refinement."""
