"""napari widgets: the only room that imports napari, Qt and magicgui."""
