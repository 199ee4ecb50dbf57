"""Where a channel's signal begins: backgrounds and thresholds, in raw units."""
