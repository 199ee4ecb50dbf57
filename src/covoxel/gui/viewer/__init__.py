"""napari layers: read, made from results, watched and linked."""
