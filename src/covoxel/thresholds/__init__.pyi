from .costes import costes_threshold as costes_threshold
from .spec import threshold as threshold
