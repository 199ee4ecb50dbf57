"""Maps of where two channels are together."""
