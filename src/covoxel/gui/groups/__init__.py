"""The Groups widget: conditions compared by the means of their replicates."""
