from .choose import threshold as threshold
from .costes import costes_threshold as costes_threshold
