from .analysis import Analysis as Analysis
from .ccf import CCF as CCF, CcfResult as CcfResult
from .compare import COMPARE as COMPARE, CompareResult as CompareResult
from .delay import DELAY as DELAY, DelayResult as DelayResult
from .distance import DISTANCE as DISTANCE, DistanceResult as DistanceResult
from .field import FIELD as FIELD, FieldResult as FieldResult
from .find import FIND as FIND, FindResult as FindResult
from .map import MAP as MAP
from .map_result import MapResult as MapResult
from .measure.matrix import correlation_matrix as correlation_matrix
from .measure.measure import MEASURE as MEASURE, MeasureResult as MeasureResult
from .region_means import map_means as map_means
from .register import REGISTER as REGISTER, RegisterResult as RegisterResult
from .registrations import Registrations as Registrations
from .repeats import REPEATS as REPEATS, RepeatsResult as RepeatsResult
from .result import Result as Result
