"""The Batch widget: all images of a recipe, stopped and resumed at will."""
