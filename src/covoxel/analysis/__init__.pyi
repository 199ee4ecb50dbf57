from .analysis import Analysis as Analysis
from .ccf import CCF as CCF, CcfResult as CcfResult
from .compare.analysis import COMPARE as COMPARE
from .compare.result import CompareResult as CompareResult
from .delay import DELAY as DELAY, DelayResult as DelayResult
from .distance.analysis import DISTANCE as DISTANCE, DistanceResult as DistanceResult
from .field.analysis import FIELD as FIELD, FieldResult as FieldResult
from .groups import (
    GroupComparison as GroupComparison,
    GroupOptions as GroupOptions,
    compare_groups as compare_groups,
)
from .map.analysis import MAP as MAP
from .map.means import map_means as map_means
from .map.result import MapResult as MapResult
from .measure.analysis import MEASURE as MEASURE, MeasureResult as MeasureResult
from .measure.matrix import correlation_matrix as correlation_matrix
from .objects.analysis import OBJECTS as OBJECTS, ObjectsResult as ObjectsResult
from .register.analysis import REGISTER as REGISTER, RegisterResult as RegisterResult
from .registrations import Registrations as Registrations
from .result import Result as Result
from .search.find import FIND as FIND, FindResult as FindResult
from .search.repeats import REPEATS as REPEATS, RepeatsResult as RepeatsResult
