"""Where: sums in a window around each pixel, and the maps that are read from them."""
