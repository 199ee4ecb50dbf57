"""From options to rows: regions × channel pairs × time, with columns, units and reasons."""
