"""Compare images: differences, structure, histograms, information, hashes."""
