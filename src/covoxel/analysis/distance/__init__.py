"""Association distances of particles."""
