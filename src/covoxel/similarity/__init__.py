"""How alike two images are: differences, distributions, structure, hashes and key points."""
