"""How far apart associated particles are."""
