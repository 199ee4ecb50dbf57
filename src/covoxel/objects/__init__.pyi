from .object_set import (
    ObjectSet as ObjectSet,
    labelled_objects as labelled_objects,
    point_objects as point_objects,
)
