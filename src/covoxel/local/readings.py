"""What can be read from the sums of a window; the kernels go by these numbers."""

#: Pearson's r; the slope of channel 2 over channel 1; Σab / Σa.
CORRELATION, SLOPE, SHARE = 0, 1, 2
