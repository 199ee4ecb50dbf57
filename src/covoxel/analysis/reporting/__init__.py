"""Reports: what an analysis found, as a page to read and words to paste."""
